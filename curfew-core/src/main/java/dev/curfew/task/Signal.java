// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A stop signal that many tasks share. Set once. */
final class Signal {
  private volatile boolean set;

  /** When what is still out will be cancelled; written by whoever asks, read by any thread. */
  private volatile Deadline deadline = Deadline.never();

  /** Threads in await: each adds and removes itself. Made by the first. */
  private volatile @Nullable Set<Thread> waiting;

  /** Sets the signal and wakes who waits for it. Any thread. */
  void ask(Deadline whenCancelled) {
    deadline = deadline.earlier(whenCancelled);
    set = true;
    Host.step();
    wake();
  }

  /** Makes who waits look again: it was cancelled. */
  void wake() {
    Set<Thread> threads = waiting;
    if (threads != null) {
      threads.forEach(LockSupport::unpark);
    }
  }

  private Set<Thread> waiting() {
    Set<Thread> threads = waiting;
    if (threads == null) {
      synchronized (this) {
        threads = waiting;
        if (threads == null) {
          threads = ConcurrentHashMap.newKeySet();
          waiting = threads;
        }
      }
    }
    return threads;
  }

  boolean isSet() {
    return set;
  }

  Deadline deadline() {
    return deadline;
  }

  /** The signal as one strand sees it. */
  record View(Signal signal, Strand strand) implements StopSignal {
    @Override
    public boolean isSet() {
      return signal.set || strand.reason() != null;
    }

    @Override
    public boolean await(Duration atMost) throws InterruptedException {
      Objects.requireNonNull(atMost, "atMost was null, expected a Duration");
      return await(Deadline.in(atMost));
    }

    @Override
    public void await() throws InterruptedException {
      while (!await(Deadline.never())) {
        // A park may return for no reason.
        Thread.onSpinWait();
      }
    }

    private boolean await(Deadline limit) throws InterruptedException {
      Thread current = Thread.currentThread();
      // The signal may have been handed to a thread other than its task's.
      @Nullable Strand waiter = ForeignStrand.known();
      Set<Thread> waiting = signal.waiting();
      waiting.add(current);
      try {
        for (; ; ) {
          if (Thread.interrupted()) {
            throw interrupted(waiter);
          }
          if (waiter != null && !waiter.signalOnly()) {
            waiter.check();
          }
          if (isSet()) {
            return true;
          }
          long left = limit.remainingNanos();
          if (left == 0) {
            return false;
          }
          Host.step();
          Host.current().parkNanos(signal, left);
        }
      } finally {
        waiting.remove(current);
      }
    }

    @Override
    public Deadline deadline() {
      return signal.deadline;
    }
  }

  /** What a wait throws that an interrupt has ended: with our reason, if it was ours. */
  static InterruptedException interrupted(@Nullable Strand strand) {
    var reason = strand == null ? null : strand.reason();
    return reason == null
        ? new InterruptedException("interrupted by another thread, not by a cancel of Curfew's")
        : new InterruptedException("cancelled: " + reason);
  }
}
