// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Curfew;
import dev.curfew.service.Service;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/*
 * Prints:
 *   CURFEW shutdown service=mails outcome=FORCED reason=requestStop … exit=75 pending=0 lost=9 close_failed=0
 *   …
 *     work     accepted=11 completed=2 failed=0 given_back=0 cancelled=1 never_started=8 abandoned=0 rejected=0
 *   …
 * Exit code: 75
 */

/**
 * An executor that exists already gets an owner in one line. In a stop its queue is finished if the
 * curfew allows; if not, the report says how much was done, cut off, and never started.
 */
final class E09ExistingExecutor {
  private E09ExistingExecutor() {}

  public static void main(String... args) {
    Service.named("mails")
        .curfew(Curfew.of(Duration.ofSeconds(2)))
        .main(service -> {
          ExecutorService pool = service.own("pool", Executors.newFixedThreadPool(1));
          for (int mail = 0; mail < 10; mail++) {
            int number = mail;
            pool.execute(() -> send(number));
          }
          service.fork("clock", () -> service.requestStop("it is late"));
        });
  }

  private static void send(int mail) {
    try {
      Thread.sleep(mail == 0 ? 10 : 60_000); // the first goes out, then the mail server hangs
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is cut off, and its thread knows
    }
  }
}
