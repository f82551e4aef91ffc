// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Says that there may be something to claim: a hint, which may be wrong and may be missed. */
final class Hints {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition given = lock.newCondition();

  /** How many hints were given. Read and written under the lock. */
  private long count;

  /** {@return how many hints were given, to be asked before looking for jobs} */
  long seen() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  void give() {
    lock.lock();
    try {
      count++;
      given.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a hint later than those seen. */
  void await(long seen, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (count == seen && left > 0) {
        left = given.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
