// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Swallows;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that do not end when they are cancelled, each told apart and named (law 13). */
final class SwallowsTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  @TempDir private Path folder;

  @Test
  void aTaskThatSwallowsOnceAndReturnsHasCompleted() throws Exception {
    stop("once").stopped("CLEAN", "SIGTERM", 0).said("cleaned up").said("closed database");
    JsonReport json = JsonReport.read(report()).addsUp();
    assertThat(json.work("completed")).isPositive();
    assertThat(json.work("abandoned")).isZero();
  }

  @Test
  void aTaskThatSwallowsInALoopIsNamedWithItsLineAndTheCause() throws Exception {
    assertAbandoned("loop", "IGNORED_CANCEL").warned("cause 2").warned("Swallows.loop");
  }

  @Test
  void aTaskThatComputesIsNotCalledASwallower() throws Exception {
    assertAbandoned("computes", "COMPUTING").warned("Swallows.computes").neverWarned("cause 2");
  }

  @Test
  void aTaskThatWaitsForAMonitorIsNotCalledASwallower() throws Exception {
    assertAbandoned("monitor", "BLOCKED").warned("Swallows.monitor").neverWarned("cause 2");
  }

  @Test
  void aTaskInNativeInputIsNotCalledASwallower() throws Exception {
    assertAbandoned("native", "NATIVE").warned("Swallows.nativeInput").neverWarned("cause 2");
  }

  @Test
  void aTaskInAnUninterruptibleWaitIsNotCalledASwallower() throws Exception {
    assertAbandoned("uninterruptible", "WAITS_UNINTERRUPTIBLY")
        .warned("Swallows.uninterruptible")
        .warned("CompletableFuture.join")
        .neverWarned("cause 2");
  }

  @Test
  void aTaskThatIsInterruptedInASocketIsLostAndNoFailureOfTheService() throws Exception {
    stop("socket")
        .stopped("FORCED", "SIGTERM", 75)
        .counted("pending", 0)
        .counted("lost", 1)
        .neverWarned("SocketException");
    assertThat(JsonReport.read(report()).addsUp().work("cancelled")).isEqualTo(1);
  }

  private Ended assertAbandoned(String way, String state) throws Exception {
    Ended ended =
        stop(way)
            .stopped("FORCED", "SIGTERM", 75)
            .counted("pending", 1)
            .warned("/swallows/job")
            .warned(state);
    JsonReport json = JsonReport.read(report()).addsUp();
    assertThat(json.work("abandoned")).isEqualTo(1);
    assertThat(json.all()).contains("/swallows/job", state);
    return ended;
  }

  private Ended stop(String way) throws Exception {
    Launch launch = ChildJvm.of(Swallows.class).arguments(way);
    try (ChildJvm child = launch.curfew(CURFEW).reportingTo(report()).start()) {
      child.awaitOut("ready");
      return child.signal("TERM").awaitEnd(BOUND);
    }
  }

  private Path report() {
    return folder.resolve("report.json");
  }
}
