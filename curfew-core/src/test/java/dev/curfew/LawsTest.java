// SPDX-License-Identifier: Apache-2.0
package dev.curfew;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Keeps {@code docs/laws.md} true: every law has a row, and every test it names exists. */
class LawsTest {
  private static final int LAWS = 23;

  /** Surefire runs in the folder of the module. */
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern ROW = Pattern.compile("\\| *(\\d+) *\\|.*\\|(.*)\\|");

  /** {@code SomeTest}, {@code SomeTest.method}; a method alone is one of the class before it. */
  private static final Pattern NAME =
      Pattern.compile("`(?:(\\w+Test)(?:[.#](\\w+))?|([a-z]\\w*))`");

  @Test
  void everyLawHasARow() throws IOException {
    assertThat(rows().keySet())
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, LAWS).boxed().toList());
  }

  @Test
  void everyTestThatARowNamesExists() throws IOException {
    Map<String, String> sources = sources();
    assertThat(sources).as("test sources found").hasSizeGreaterThan(40);
    List<String> wrong = new ArrayList<>();
    int named = 0;
    for (Map.Entry<Integer, String> row : rows().entrySet()) {
      String where = "law " + row.getKey() + ": ";
      String type = null;
      int namedHere = 0;
      Matcher name = NAME.matcher(row.getValue());
      while (name.find()) {
        namedHere++;
        String method = name.group(2) != null ? name.group(2) : name.group(3);
        type = name.group(1) != null ? name.group(1) : type;
        String source = type == null ? null : sources.get(type);
        if (source == null) {
          wrong.add(where + "no test source " + type + ".java");
        } else if (!isTest(source, method)) {
          wrong.add(where + type + " has no test " + (method == null ? "at all" : method));
        }
      }
      if (namedHere == 0) {
        wrong.add(where + "no test is named");
      }
      named += namedHere;
    }
    assertThat(wrong).isEmpty();
    assertThat(named).as("tests named").isGreaterThan(LAWS);
  }

  /** Whether the source has a test of this name, or any if it is null. */
  private static boolean isTest(String source, String method) {
    String declared = method == null ? "\\w+" : method;
    return Pattern.compile(
            "@(?:Test|ParameterizedTest)\\b(?:(?!@Test|@ParameterizedTest|\\bvoid\\b).)*\\bvoid "
                + declared
                + "\\(",
            Pattern.DOTALL)
        .matcher(source)
        .find();
  }

  private static Map<Integer, String> rows() throws IOException {
    Map<Integer, String> rows = new HashMap<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/laws.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String twice = rows.put(Integer.valueOf(row.group(1)), row.group(2));
        assertThat(twice).as("another row of law %s", row.group(1)).isNull();
      }
    }
    return rows;
  }

  /** The test sources of all modules, by the name of their class. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    List<Path> folders;
    try (Stream<Path> modules = Files.list(ROOT)) {
      folders =
          modules
              .map(module -> module.resolve("src/test/java"))
              .filter(Files::isDirectory)
              .toList();
    }
    for (Path folder : folders) {
      List<Path> files;
      try (Stream<Path> walk = Files.walk(folder)) {
        files = walk.filter(file -> file.toString().endsWith("Test.java")).toList();
      }
      for (Path file : files) {
        String name = file.getFileName().toString();
        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
      }
    }
    return sources;
  }
}
