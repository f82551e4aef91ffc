// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README shows is what is compiled, and what it points to is there. */
class ReadmeTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");
  private static final Pattern NAMED_TEST = Pattern.compile("\\[`(\\w+)`]\\(([^)]+\\.java)\\)");

  @Test
  void everyProgramOfTheReadmeIsPartOfACompiledExample() throws IOException {
    List<String> programs = find(JAVA).map(match -> match.group(1)).toList();
    assertThat(programs).isNotEmpty();
    String sources = sources();
    for (String program : programs) {
      assertThat(sources).contains(program.stripIndent().strip().indent(0).strip());
    }
  }

  @Test
  void everyLinkOfTheReadmeLeadsSomewhere() throws IOException {
    List<String> links = find(LINK).map(match -> match.group(1)).toList();
    assertThat(links).isNotEmpty();
    assertThat(links).allSatisfy(link -> assertThat(ROOT.resolve(link)).exists());
  }

  @Test
  void everyPromiseNamesATestThatExists() throws IOException {
    List<MatchResult> promises = find(NAMED_TEST).toList();
    assertThat(promises).hasSizeBetween(4, 6);
    for (MatchResult promise : promises) {
      assertThat(Files.readString(ROOT.resolve(promise.group(2))))
          .contains("void " + promise.group(1) + "(");
    }
  }

  private static Stream<MatchResult> find(Pattern pattern) throws IOException {
    return pattern.matcher(Files.readString(ROOT.resolve("README.md"))).results();
  }

  private static String sources() throws IOException {
    try (Stream<Path> files =
        Files.list(ROOT.resolve("curfew-examples/src/main/java/dev/curfew/examples"))) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).sorted().collect(Collectors.toList())) {
        String text = Files.readString(file);
        all.append(text).append('\n').append(text.indent(-4)).append('\n');
      }
      return all.toString();
    }
  }
}
