// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;

/*
 * Prints:
 *   job 7 begins
 *   job 7 is done
 *   CURFEW shutdown service=jobs outcome=CLEAN reason=SIGTERM … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/** Cause 4, no signal: a service answers to SIGTERM; what is in flight is finished. */
final class E04NoSignal {
  private E04NoSignal() {}

  public static void main(String... args) {
    Service.named("jobs")
        .main(service ->
            service.fork(
                "job",
                () -> {
                  System.out.println("job 7 begins");
                  Signal.terminateThisProcess();
                  Thread.sleep(500);
                  System.out.println("job 7 is done");
                }));
  }
}
