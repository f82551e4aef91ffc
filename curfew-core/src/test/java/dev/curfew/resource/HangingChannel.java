// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.CountDownLatch;

/** A channel whose close, which an interrupt runs in the interrupting thread, hangs. */
final class HangingChannel extends AbstractInterruptibleChannel {
  private final CountDownLatch hangs;
  private final CountDownLatch end;

  HangingChannel(CountDownLatch hangs, CountDownLatch end) {
    this.hangs = hangs;
    this.end = end;
  }

  /** Blocks until the test ends, so that an interrupt in between closes this channel. */
  void block() throws Exception {
    boolean completed = false;
    begin();
    try {
      awaitEnd();
      completed = true;
    } finally {
      end(completed);
    }
  }

  @Override
  protected void implCloseChannel() {
    hangs.countDown();
    awaitEnd();
  }

  private void awaitEnd() {
    boolean interrupted = false;
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
