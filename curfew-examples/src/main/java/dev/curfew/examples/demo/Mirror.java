// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.task.Background;
import dev.curfew.task.StopSignal;

/**
 * A task with the commonest of mistakes, on purpose: it catches the interrupt that should end it,
 * and goes on.
 */
final class Mirror implements Background {
  @Override
  public void run(StopSignal stop) {
    while (true) {
      copyNext();
    }
  }

  @SuppressWarnings("InterruptedExceptionSwallowed")
  private static void copyNext() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      // "Can't happen", so it is ignored: the cancel is lost here.
    }
  }
}
