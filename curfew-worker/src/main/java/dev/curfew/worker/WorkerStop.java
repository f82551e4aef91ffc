// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.StopSignal;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The stop signal of a worker's jobs: set when the worker goes quiet. Any thread. */
final class WorkerStop implements StopSignal {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Written under the lock, read by any thread. */
  private volatile boolean set;

  /** Guarded by the lock. */
  private long setAt;

  /** When what runs will be cancelled; known once the worker's task was asked. */
  private volatile Deadline deadline = Deadline.never();

  void set() {
    lock.lock();
    try {
      if (!set) {
        setAt = Host.current().nanoTime();
      }
      set = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How long it has been set. */
  Duration since() {
    lock.lock();
    try {
      return set ? Duration.ofNanos(Host.current().nanoTime() - setAt) : Duration.ZERO;
    } finally {
      lock.unlock();
    }
  }

  void cancelledAt(Deadline whenCancelled) {
    deadline = whenCancelled;
  }

  @Override
  public boolean isSet() {
    return set;
  }

  @Override
  public boolean await(Duration atMost) throws InterruptedException {
    return await(Deadline.in(atMost));
  }

  @Override
  public void await() throws InterruptedException {
    boolean unused = await(Deadline.never());
  }

  private boolean await(Deadline limit) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!set) {
        long nanos = limit.remainingNanos();
        if (nanos == 0) {
          return false;
        }
        long unused = changed.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Deadline deadline() {
    return deadline;
  }
}
