// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.util.concurrent.locks.LockSupport;

/*
 * Prints:
 *   main returns
 * Exit code: 0
 */

/** Cause 1, forgotten: a virtual thread that nobody joins vanishes when main returns. */
final class E01ForgottenPlain {
  private E01ForgottenPlain() {}

  public static void main(String... args) {
    Thread.ofVirtual()
        .start(() -> {
          LockSupport.parkNanos(200_000_000); // a slow disk
          System.out.println("order 7 is saved"); // never, and the exit code is 0
        });
    System.out.println("main returns");
  }
}
