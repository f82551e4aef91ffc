// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.acceptance.child.Serves;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A service with requests in flight. */
final class HttpTest {

  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalUnderLoadLosesNoRequest(String signal) throws Exception {
    try (ChildJvm child = start();
        LoadClient load = LoadClient.start(port(child), "/work", 24)) {
      child.awaitThat("300 requests were answered", () -> load.answered() > 300);
      Ended ended = child.signal(signal).awaitEnd(BOUND).stopped("CLEAN", "SIG" + signal, 0);
      load.awaitNobodyListens();
      assertThat(load.lostOnKeptConnections()).as("requests lost, %s", ended).isZero();
      ended.said("begun=" + load.answered() + " answered=" + load.answered());
      assertThat(JsonReport.read(report()).addsUp().work("accepted"))
          .as("every request is a task")
          .isGreaterThanOrEqualTo(load.answered());
    }
  }

  @Test
  void exitInARequestHandlerStopsWithThatCode() throws Exception {
    try (ChildJvm child = start();
        LoadClient load = LoadClient.start(port(child), "/work", 8)) {
      child.awaitThat("50 requests were answered", () -> load.answered() > 50);
      try (LoadClient exits = LoadClient.start(port(child), "/exit", 1)) {
        child.awaitOut("exits");
        child.fromNow().awaitEnd(BOUND).stoppedByExit(7).said("closed database");
        assertThat(exits.answered()).as("the caller of exit never comes back").isZero();
        assertThat(load.lostOnKeptConnections()).isZero();
      }
    }
  }

  @Test
  void aRequestThatSwallowsItsCancelIsNamed() throws Exception {
    try (ChildJvm child = start();
        LoadClient load = LoadClient.start(port(child), "/loop", 1)) {
      child.awaitOut("loops");
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("FORCED", "SIGTERM", 75)
          .counted("pending", 1)
          .warned("/serves/api/")
          .warned("Swallows.loop")
          .said("closed database");
      assertThat(load.answered()).isZero();
      assertThat(JsonReport.read(report()).addsUp().work("abandoned")).isEqualTo(1);
    }
  }

  @Test
  void aRequestThatIsCancelledIsCountedAsLost() throws Exception {
    try (ChildJvm child = start();
        LoadClient sleeping = LoadClient.start(port(child), "/sleep", 3)) {
      child.awaitOut("sleeps", 3);
      child
          .signal("TERM")
          .awaitEnd(BOUND)
          .stopped("FORCED", "SIGTERM", 75)
          .counted("lost", 3)
          .counted("pending", 0)
          .warned("lost: it was not home by the drain mark")
          .said("begun=3 answered=0");
      assertThat(sleeping.lostOnKeptConnections()).isZero();
      JsonReport.read(report()).addsUp();
    }
  }

  private ChildJvm start() {
    return ChildJvm.of(Serves.class).curfew(CURFEW).reportingTo(report()).start();
  }

  private Path report() {
    return folder.resolve("report.json");
  }

  private static int port(ChildJvm child) throws InterruptedException {
    String line = child.awaitOut("port=");
    child.awaitOut("ready");
    return Integer.parseInt(line.substring("port=".length()));
  }
}
