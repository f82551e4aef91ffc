// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TerminationLogTest {
  @TempDir Path folder;

  @Test
  void theReportReplacesWhatWasThere() throws IOException {
    Path file = Files.writeString(folder.resolve("log"), "old\n".repeat(2000));
    TerminationLog.in(file).write(1, SystemdMessagesTest.report());

    assertThat(file).hasContent(SystemdMessagesTest.report().text());
  }

  @Test
  void anOlderReportThatComesLateDoesNotWin() throws IOException {
    Path file = Files.createFile(folder.resolve("log"));
    TerminationLog log = TerminationLog.in(file);
    log.write(2, SystemdMessagesTest.report());
    Files.writeString(file, "newer");
    log.write(1, SystemdMessagesTest.report());

    assertThat(file).hasContent("newer");
  }

  @Test
  void aFileThatIsNotThereIsNeverMade() throws IOException {
    Path file = folder.resolve("log");
    assertThat(TerminationLog.in(file)).isNull();

    Files.createFile(file);
    TerminationLog log = TerminationLog.in(file);
    Files.delete(file);
    assertThatThrownBy(() -> log.write(1, SystemdMessagesTest.report()))
        .isInstanceOf(IOException.class);
    assertThat(file).doesNotExist();
  }

  @Test
  void aFolderOrADeviceIsNoTerminationLog() {
    assertThat(TerminationLog.in(folder)).isNull();
    assertThat(TerminationLog.in(Path.of("/dev/null"))).isNull();
  }

  @Test
  void aTextThatFitsIsLeftAsItIs() {
    String fits = "x".repeat(TerminationLog.LONGEST - 1) + "\n";
    assertThat(new String(TerminationLog.shortened(fits), UTF_8)).isEqualTo(fits);
  }

  @Test
  void aLongTextIsCutAtALineAndSaysSo() {
    String line = "  pending  /crawler/größe   ×12\n";
    byte[] cut = TerminationLog.shortened("CURFEW shutdown\n" + line.repeat(500));

    assertThat(cut.length)
        .isLessThanOrEqualTo(TerminationLog.LONGEST)
        .isGreaterThan(TerminationLog.LONGEST - 100);
    assertThat(new String(cut, UTF_8))
        .startsWith("CURFEW shutdown\n" + line)
        .endsWith(line + "  more     cut here; the whole report is on standard error\n");
  }

  @Test
  void aLineThatIsTooLongIsCutAnywhere() {
    assertThat(TerminationLog.shortened("x".repeat(10_000))).hasSize(TerminationLog.LONGEST);
  }
}
