// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every numbered example, run as a process of its own, prints what is written at its top. */
class NumberedExamplesTest {
  private static final Path SOURCES =
      Path.of("src/main/java/dev/curfew/examples/numbered").toAbsolutePath();
  private static final Pattern PROMISE =
      Pattern.compile(
          "\\n/\\*\\n \\* Prints:\\n(.*?) \\* Exit code: (\\d+)\\n \\*/", Pattern.DOTALL);

  @TempDir Path folder;

  /** What an example says of itself. */
  private record Promise(List<String> lines, int exitCode) {}

  static Stream<String> examples() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.map(file -> file.getFileName().toString()).sorted().forEach(names::add);
    }
    return names.stream()
        .filter(name -> name.matches("E\\d\\d\\w+\\.java"))
        .map(name -> name.substring(0, name.length() - ".java".length()));
  }

  @ParameterizedTest
  @MethodSource("examples")
  @Timeout(60)
  void itPrintsWhatItsSourceSays(String name) throws Exception {
    Promise promise = promise(Files.readString(SOURCES.resolve(name + ".java")));
    Path log = folder.resolve(name);
    Process example =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", // SQLite is a native library.
                "-cp",
                System.getProperty("java.class.path"),
                getClass().getPackageName() + "." + name)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(example.waitFor(40, TimeUnit.SECONDS)).as("%s ended", name).isTrue();
    } finally {
      example.destroyForcibly();
    }
    assertThat(Files.readString(log)).matches(pattern(promise.lines));
    assertThat(example.exitValue()).as("exit code of %s", name).isEqualTo(promise.exitCode);
  }

  /** As in a container whose entry point is in exec form. */
  @Test
  @Timeout(60)
  void asProcessOneAServiceStopsOnSigterm() throws Exception {
    Path log = folder.resolve("one");
    Process unshare =
        new ProcessBuilder(
                "unshare",
                "--pid",
                "--fork",
                "--kill-child",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                E14PidOne.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(unshare.waitFor(40, TimeUnit.SECONDS)).as("it ended").isTrue();
    } finally {
      unshare.destroyForcibly();
    }
    String said = Files.readString(log);
    assumeFalse(said.startsWith("unshare:"), "no namespaces here: " + said);
    assertThat(said).startsWith("this is process 1\n").contains("outcome=CLEAN reason=SIGTERM");
    assertThat(unshare.exitValue()).isZero();
  }

  @Test
  void whatDiffersFromAPromiseIsSeen() {
    Promise promise =
        promise("\n/*\n * Prints:\n *   a … c\n *   …\n *   e\n * Exit code: 3\n */\n");
    assertThat(promise.exitCode).isEqualTo(3);
    assertThat("a b c\nd\nd\ne\n").matches(pattern(promise.lines));
    assertThat("a b c\ne\n").matches(pattern(promise.lines));
    assertThat("a b\nd\ne\n").doesNotMatch(pattern(promise.lines));
    assertThat("a b c\nd\ne\nf\n").doesNotMatch(pattern(promise.lines));
  }

  private static Promise promise(String source) {
    Matcher matcher = PROMISE.matcher(source);
    assertThat(matcher.find()).as("a comment with 'Prints:' and 'Exit code:'").isTrue();
    List<String> lines =
        matcher.group(1).lines().map(line -> line.replaceFirst("^ \\* {0,3}", "")).toList();
    return new Promise(lines, Integer.parseInt(matcher.group(2)));
  }

  /** Three dots stand for anything in a line, and alone on a line for any number of lines. */
  private static String pattern(List<String> lines) {
    StringBuilder pattern = new StringBuilder();
    for (String line : lines) {
      if (line.equals("…")) {
        pattern.append("(?:.*\\n)*?");
        continue;
      }
      String[] parts = line.split("…", -1);
      for (int i = 0; i < parts.length; i++) {
        pattern
            .append(i == 0 ? "" : ".*")
            .append(parts[i].isEmpty() ? "" : Pattern.quote(parts[i]));
      }
      pattern.append("\\n");
    }
    return pattern.toString();
  }
}
