// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import java.time.Duration;

/*
 * Prints:
 *   CURFEW shutdown service=files outcome=FORCED reason=requestStop … exit=75 pending=1 …
 *   …
 *     pending  /files/mirror   IGNORED_CANCEL for …
 *   …
 *              cause 2  swallowed: the interrupt was consumed in E02Swallowed.mirror and the loop went on
 *              mend     let InterruptedException leave E02Swallowed.mirror, or return after cleanup
 *   …
 * Exit code: 75
 */

/**
 * Cause 2, swallowed: the process ends by its curfew, and the report names task, line and cause.
 */
final class E02Swallowed {
  private E02Swallowed() {}

  public static void main(String... args) {
    Service.named("files")
        .curfew(Duration.ofSeconds(3))
        .main(service -> {
          service.fork("mirror", E02Swallowed::mirror);
          service.fork("clock", () -> service.requestStop("it is late"));
        });
  }

  private static void mirror() {
    while (true) {
      try {
        Thread.sleep(100); // copies the next file
      } catch (InterruptedException e) {
        // "Can't happen." It just did.
      }
    }
  }
}
