// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import dev.curfew.time.Deadline;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real sockets, clients that check nothing. {@code -Dcurfew.http.rounds=200} for more than a
 * glance.
 */
@Timeout(900)
final class StopUnderLoadTest {
  private static final int ROUNDS = Integer.getInteger("curfew.http.rounds", 10);

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
    HttpHandler handler =
        exchange -> {
          if (workMillis > 0) {
            LockSupport.parkNanos(workMillis * 1_000_000);
          }
          byte[] body = "done".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        };
    HttpIntake intake =
        HttpIntake.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler);
    intake.start(group);
    Load load = new Load(intake.port(), keepAlive, pauseMillis).start(clients);
    await("some load", () -> load.answered.sum() >= clients * 3L);
    LockSupport.parkNanos(
        ThreadLocalRandom.current().nextLong(workMillis * 1_000_000 + 20_000_000));

    long begun = System.nanoTime();
    intake.retire();
    intake.quiet();
    await("the intake to be home", () -> intake.inFlight() == 0);
    long home = System.nanoTime();
    group.join();
    intake.close(Deadline.in(Duration.ofSeconds(1)));
    long closed = System.nanoTime();
    load.join();

    HttpCount count = intake.count();
    System.out.printf(
        "%s %d: home after %.1f ms, closed after %.1f ms, answered %d, 503 %d, lost %d kept + %d"
            + " fresh, %s %s%n",
        what,
        round,
        (home - begun) / 1e6,
        (closed - begun) / 1e6,
        load.answered.sum(),
        load.unavailable.sum(),
        load.lostOnKept.sum(),
        load.lostOnFresh.sum(),
        count,
        load.losses);
    assertThat(load.losses).as("lost requests in round " + round).isEmpty();
    assertThat(count.answered()).isEqualTo(load.answered.sum()).isEqualTo(count.taken());
    assertThat(count.addsUp()).isTrue();
    assertThat(load.unavailable.sum()).isZero();
    assertThat(group.failures()).isEmpty();
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited 20 s for " + what);
      }
      LockSupport.parkNanos(200_000);
    }
  }
}
