// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import java.io.IOException;

/*
 * Prints:
 *   job 7 begins
 * Exit code: 143
 */

/** Cause 4, no signal: a SIGTERM, as every deploy sends one, in the middle of a job. */
final class E04NoSignalPlain {
  private E04NoSignalPlain() {}

  public static void main(String... args) throws IOException, InterruptedException {
    System.out.println("job 7 begins");
    Signal.terminateThisProcess();
    Thread.sleep(500);
    System.out.println("job 7 is done"); // never
  }
}
