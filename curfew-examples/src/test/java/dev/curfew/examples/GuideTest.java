// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.service.Curfew;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the guide shows is what is there, and its files agree with each other. */
class GuideTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path DOCS = ROOT.resolve("docs");
  private static final Path SOURCES = ROOT.resolve("curfew-examples/src/main/java/com/example");
  private static final Duration MARGIN = Duration.ofSeconds(5);
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");

  @Test
  void everyProgramOfTheGuideIsACompiledOne() throws IOException {
    List<String> programs = blocks("guide.md", "java");
    assertThat(programs).isNotEmpty();
    String sources = sources();
    assertThat(programs).allSatisfy(program -> assertThat(sources).contains(program));
  }

  @Test
  void theProgramOfTheWorkersPageIsACompiledOne() throws IOException {
    assertThat(blocks("workers.md", "java").getFirst())
        .isEqualTo(Files.readString(SOURCES.resolve("crawler/Crawler.java")));
  }

  @Test
  void everyProgramOfTheComparisonCompiles() throws IOException {
    // Tables only: whoever adds a program has to say how it is compiled.
    assertThat(blocks("coming-from.md", "java")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pom.xml", "Dockerfile", "kubernetes.yaml", "hello.service"})
  void theGuideQuotesTheFileAsItIs(String file) throws IOException {
    assertThat(Files.readString(DOCS.resolve("guide.md"))).contains("\n" + deployed(file) + "```");
  }

  @ParameterizedTest
  @ValueSource(strings = {"guide.md", "coming-from.md", "workers.md"})
  void everyLinkLeadsSomewhere(String page) throws IOException {
    List<String> links = all(LINK, Files.readString(DOCS.resolve(page))).toList();
    assertThat(links).isNotEmpty();
    assertThat(links).allSatisfy(link -> assertThat(DOCS.resolve(link)).exists());
  }

  @Test
  void kubernetesWaitsFiveSecondsLongerThanTheCurfew() throws IOException {
    assertThat(seconds("kubernetes.yaml", "terminationGracePeriodSeconds: (\\d+)"))
        .isGreaterThanOrEqualTo(curfew().plus(MARGIN));
    // Its time would count inside the grace period.
    assertThat(deployed("kubernetes.yaml")).doesNotContain("preStop:");
  }

  @Test
  void systemdWaitsFiveSecondsLongerThanTheCurfew() throws IOException {
    assertThat(seconds("hello.service", "\nTimeoutStopSec=(\\d+)\n"))
        .isGreaterThanOrEqualTo(curfew().plus(MARGIN));
  }

  @Test
  void theContainerRunsJavaItself() throws IOException {
    assertThat(deployed("Dockerfile"))
        .containsPattern("\nENTRYPOINT \\[\"java\", (\"[^\"]+\"(, )?)+]\n")
        .doesNotContain("\nCMD ");
    assertThat(deployed("kubernetes.yaml")).doesNotContain("command:");
    assertThat(deployed("hello.service")).containsPattern("\nExecStart=/\\S*/java -jar \\S+\n");
  }

  @Test
  void theProbesAskWhatTheProgramServes() throws IOException {
    String manifest = deployed("kubernetes.yaml");
    assertThat(manifest)
        .containsPattern("readinessProbe:\\s+httpGet:\\s+path: /readyz\\s+port: health\n")
        .containsPattern("livenessProbe:\\s+httpGet:\\s+path: /livez\\s+port: health\n")
        .containsPattern("name: health\\s+containerPort: 8081\n")
        .containsPattern("name: http\\s+containerPort: 8080\n");
    assertThat(sources()).contains("HttpIntake.at(8080)").contains("new InetSocketAddress(8081)");
  }

  @Test
  void systemdIsTold() throws IOException {
    assertThat(deployed("hello.service"))
        .contains("\nType=notify\n")
        .contains("\nNotifyAccess=all\n")
        .contains("\nKillMode=mixed\n")
        .contains("\nRestart=on-failure\n")
        .contains("\nSuccessExitStatus=143\n");
    assertThat(deployed("pom.xml")).contains("<Enable-Native-Access>ALL-UNNAMED<");
  }

  @Test
  void theReadmeAndTheContributingPageLinkBothPages() throws IOException {
    for (String page : List.of("README.md", "CONTRIBUTING.md")) {
      assertThat(Files.readString(ROOT.resolve(page)))
          .contains("docs/guide.md")
          .contains("docs/coming-from.md");
    }
  }

  @Test
  void theTableOfStagesIsTheDefaultCurfews() throws IOException {
    Curfew curfew = Curfew.DEFAULT;
    assertThat(curfew.total()).isEqualTo(curfew());
    assertThat(Files.readString(DOCS.resolve("guide.md")))
        .contains("| " + curfew.unready().toSeconds() + " s | unready |")
        .contains("| " + curfew.drain().toSeconds() + " s | drain |")
        .contains("| " + curfew.cancel().toSeconds() + " s | cancel |")
        .contains("| " + curfew.close().toSeconds() + " s | close |")
        .contains("| " + curfew.total().toSeconds() + " s | report |");
  }

  private static Duration curfew() throws IOException {
    return seconds(Files.readString(SOURCES.resolve("hello/Hello.java")), "ofSeconds\\((\\d+)\\)");
  }

  private static Duration seconds(String file, String pattern) throws IOException {
    String text = file.contains("\n") ? file : deployed(file);
    String number = all(Pattern.compile(pattern), text).findFirst().orElseThrow();
    return Duration.ofSeconds(Long.parseLong(number));
  }

  private static String deployed(String file) throws IOException {
    return Files.readString(DOCS.resolve("deploy").resolve(file));
  }

  private static List<String> blocks(String page, String language) throws IOException {
    Pattern block = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL);
    return all(block, Files.readString(DOCS.resolve(page))).toList();
  }

  private static Stream<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult match) -> match.group(1));
  }

  private static String sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        all.append(Files.readString(file));
      }
      return all.toString();
    }
  }
}
