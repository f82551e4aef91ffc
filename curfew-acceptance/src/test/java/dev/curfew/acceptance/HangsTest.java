// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Hangs;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code of the user that throws or does not come back during the stop (law 18). */
final class HangsTest {

  private static final Duration CURFEW = Duration.ofSeconds(8);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  @TempDir private Path folder;

  @Test
  void anIntakeThatHangsInQuietIsNamedAndTheWalkGoesOn() throws Exception {
    stop("quiet")
        .stopped("FORCED", "SIGTERM", 75)
        .warned("/hangs/api")
        .warned("hangsInQuiet")
        .said("asked")
        .said("closed last")
        .said("closed client")
        .said("closed first");
  }

  @Test
  void anIntakeThatThrowsInQuietIsNamedAndTheWalkGoesOn() throws Exception {
    Ended ended = stop("quiet-throws");
    ended
        .warned("/hangs/api")
        .warned("the socket is gone")
        .said("asked")
        .said("closed last")
        .said("closed client")
        .said("closed first");
    // Named in any case; never a code that says something else.
    assertThat(ended.exitCode()).as("exit code of %s", ended).isIn(0, 75);
    ended.stopped("\\S+", "SIGTERM", ended.exitCode());
  }

  @Test
  void aCloseThatThrowsIsNamedAndTheWalkGoesOn() throws Exception {
    stop("close-throws")
        .stopped("FORCED", "SIGTERM", 75)
        .counted("close_failed", 1)
        .counted("pending", 0)
        .warned("/hangs/client")
        .warned("the peer is gone")
        .said("closed last")
        .said("closed first");
    assertThat(JsonReport.read(report()).all()).contains("/hangs/client", "THREW");
  }

  @Test
  void aCloseThatHangsIsLeftWithItsStackAndTheWalkGoesOn() throws Exception {
    Ended ended =
        stop("close")
            .stopped("FORCED", "SIGTERM", 75)
            .counted("close_failed", 1)
            .warned("/hangs/client")
            .warned("hangsInClose")
            .said("closed last")
            .said("closed first");
    assertThat(ended.err())
        .as("nothing was left to cancel when the drain mark passed")
        .anyMatch(line -> line.contains("stages") && line.contains("close"))
        .noneMatch(line -> line.contains("stages") && line.contains("cancel"));
    assertThat(JsonReport.read(report()).all())
        .contains("/hangs/client", "ABANDONED", "hangsInClose");
  }

  @Test
  void aTextThatHangsIsNeverAskedFor() throws Exception {
    stop("to-string").stopped("CLEAN", "SIGTERM", 0).said("closed client").said("closed first");
  }

  private Ended stop(String where) throws Exception {
    Launch launch = ChildJvm.of(Hangs.class).arguments(where).curfew(CURFEW).reportingTo(report());
    try (ChildJvm child = launch.start()) {
      child.awaitOut("ready");
      return child.signal("TERM").awaitEnd(BOUND);
    }
  }

  private Path report() {
    return folder.resolve("report.json");
  }
}
