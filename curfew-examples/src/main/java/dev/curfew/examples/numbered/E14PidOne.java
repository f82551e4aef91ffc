// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;

/*
 * Prints:
 *   this is process …
 *   CURFEW shutdown service=contained outcome=CLEAN reason=SIGTERM … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/**
 * A service in a container is process 1 if its entry point is written in exec form, and then a
 * SIGTERM reaches it. Try it without a container: {@code unshare --pid --fork ./curfew example 14}.
 */
final class E14PidOne {
  private E14PidOne() {}

  public static void main(String... args) {
    Service.named("contained")
        .main(service ->
            service.background(
                "idle",
                stop -> {
                  System.out.println("this is process " + ProcessHandle.current().pid());
                  Signal.terminateThisProcess();
                  stop.await();
                }));
  }
}
