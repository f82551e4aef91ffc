// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As {@link StopUnderLoadTest}, on Jetty; {@code -Dcurfew.http.rounds} for more rounds. */
@Timeout(900)
final class JettyStopUnderLoadTest {
  private static final int ROUNDS = Integer.getInteger("curfew.http.rounds", 5);

  private static final Map<String, List<Double>> HOME_MILLIS = new TreeMap<>();
  private static final Map<String, List<Double>> CLOSED_MILLIS = new TreeMap<>();
  private static final Map<String, Integer> LOST_ON_FRESH = new TreeMap<>();

  @AfterAll
  static void printFigures() {
    if (ROUNDS > 5) {
      HOME_MILLIS.forEach((what, millis) -> print(what + ": quiet to home", millis));
      CLOSED_MILLIS.forEach((what, millis) -> print(what + ": home to closed", millis));
      System.out.println("reset while they connected: " + LOST_ON_FRESH);
    }
  }

  private static void print(String what, List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    System.out.printf(
        "%s: %d rounds without a loss, median %.1f ms, p90 %.1f ms, longest %.1f ms%n",
        what,
        sorted.size(),
        sorted.get(sorted.size() / 2),
        sorted.get(sorted.size() * 9 / 10),
        sorted.getLast());
  }

  @Test
  void aStopAmongRequestsInFlightLosesNone() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      stopUnderLoad("inFlight", round, 32, true, 0, 100);
    }
  }

  @Test
  void aStopAmongShortRequestsOnKeptAliveConnectionsLosesNone() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      stopUnderLoad("short", round, 32, true, 0, 0);
    }
  }

  @Test
  void aStopAmongClientsThatPauseBetweenRequestsLosesNone() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      stopUnderLoad("pausing", round, 32, true, 40, 5);
    }
  }

  @Test
  void aStopAmongNewConnectionsLosesNoRequestInFlight() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      stopUnderLoad("fresh", round, 16, false, 0, 5);
    }
  }

  private static void stopUnderLoad(
      String what, int round, int clients, boolean keepAlive, long pauseMillis, long workMillis)
      throws Exception {
    FakeGroup group = new FakeGroup();
    Server server = JettyServers.onLoopback();
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            if (workMillis > 0) {
              LockSupport.parkNanos(workMillis * 1_000_000);
            }
            Content.Sink.write(response, true, "done", callback);
            return true;
          }
        });
    JettyIntake intake = JettyIntake.listen(server);
    intake.start(group);
    Load load = new Load(intake.port(), keepAlive, pauseMillis).start(clients);
    Eventually.that("some load", () -> load.answered.sum() >= clients * 3L);
    LockSupport.parkNanos(
        ThreadLocalRandom.current().nextLong(workMillis * 1_000_000 + 20_000_000));

    long begun = System.nanoTime();
    intake.retire();
    intake.quiet();
    Eventually.that("the intake to be home", () -> intake.inFlight() == 0);
    long home = System.nanoTime();
    group.join();
    intake.close(Deadline.in(Duration.ofSeconds(5)));
    long closed = System.nanoTime();
    load.join();

    HttpCount count = intake.count();
    HOME_MILLIS.computeIfAbsent(what, name -> new ArrayList<>()).add((home - begun) / 1e6);
    CLOSED_MILLIS.computeIfAbsent(what, name -> new ArrayList<>()).add((closed - home) / 1e6);
    LOST_ON_FRESH.merge(what, (int) load.lostOnFresh.sum(), Integer::sum);
    // A connection that waits to be accepted when the socket closes is reset by the kernel.
    assertThat(load.losses)
        .as("lost requests in round " + round)
        .hasSizeLessThan(clients)
        .allMatch(loss -> loss.startsWith("request 0 "));
    assertThat(count.answered())
        .as("answered, of " + count + "; unavailable " + load.unavailable + "; " + load.losses)
        .isEqualTo(load.answered.sum())
        .isEqualTo(count.taken());
    assertThat(count.addsUp()).isTrue();
    assertThat(load.unavailable.sum()).isZero();
    assertThat(group.failures()).isEmpty();
    Eventually.that("all of Jetty's threads to end", () -> JettyServers.threads().isEmpty());
  }
}
