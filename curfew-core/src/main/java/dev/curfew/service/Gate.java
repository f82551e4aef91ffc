// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** A gate that opens once. Waiting goes through the host, so that tests can hold the clock. */
final class Gate {
  private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();

  /** Set once, by whoever opens; read by any thread. */
  private volatile boolean open;

  /** Lets everybody through; what the caller did before happens before they go on. */
  void open() {
    open = true;
    for (Thread thread : waiting) {
      LockSupport.unpark(thread);
    }
  }

  boolean isOpen() {
    return open;
  }

  /**
   * Waits until the gate is open.
   *
   * @return false if the deadline passed first
   */
  boolean await(Deadline deadline) throws InterruptedException {
    Thread self = Thread.currentThread();
    waiting.add(self);
    try {
      while (!open) {
        if (Thread.interrupted()) {
          throw new InterruptedException("interrupted while waiting");
        }
        long left = deadline.remainingNanos();
        if (left == 0) {
          return false;
        }
        Host.current().parkNanos(this, left);
      }
      return true;
    } finally {
      waiting.remove(self);
    }
  }

  /** Waits until the gate is open, whoever interrupts; the interrupt is kept. */
  boolean awaitFirmly(Deadline deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return await(deadline);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
