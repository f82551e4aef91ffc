// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import dev.curfew.task.Restart;
import dev.curfew.task.StopSignal;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * Prints:
 *   connection 1 is lost
 *   connection 2 is lost
 *   connection 3 works
 *   CURFEW shutdown service=feed outcome=CLEAN … exit=0 pending=0 lost=0 close_failed=0
 *   …
 *     finding  /feed/prices   ×2
 *   …
 * Exit code: 0
 */

/**
 * A background task that is run again when it fails: after a pause that grows, and not more often
 * than its policy allows. Each restart is in the report, though the stop was clean.
 */
final class E11Supervision {
  private E11Supervision() {}

  public static void main(String... args) {
    AtomicInteger connections = new AtomicInteger();
    Restart policy =
        Restart.atMost(5, Duration.ofMinutes(1))
            .withBackoff(Duration.ofMillis(10), Duration.ofMillis(100));
    Service.named("feed")
        .main(service ->
            service.supervise("prices", policy, stop -> read(service, connections, stop)));
  }

  private static void read(Service service, AtomicInteger connections, StopSignal stop)
      throws IOException, InterruptedException {
    int number = connections.incrementAndGet();
    if (number < 3) {
      System.out.println("connection " + number + " is lost");
      throw new IOException("the peer went away");
    }
    System.out.println("connection " + number + " works");
    service.requestStop("seen enough");
    stop.await();
  }
}
