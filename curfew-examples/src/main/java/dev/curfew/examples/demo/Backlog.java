// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.report.WorkCount;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of jobs in memory that loses none: whatever it took in is done, has failed, or is
 * written down when the service stops, so that the next start takes it up again.
 *
 * <p>Any method may be called from any thread.
 */
final class Backlog implements Predicate<String>, Managed, AutoCloseable {
  private final int capacity;
  private final JobList failedList;
  private final JobList givenBackList;
  private final JobList abandonedList;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // All below is guarded by the lock.
  private final Deque<String> waiting = new ArrayDeque<>();
  private final Set<String> begun = new LinkedHashSet<>();
  private final List<String> givenBack = new ArrayList<>();
  private boolean handedOver;
  private boolean closed;
  private long accepted;
  private long completed;
  private long failed;

  /** Takes up what an earlier run has given back. */
  Backlog(int capacity, ServiceSettings settings) throws IOException {
    this.capacity = capacity;
    this.failedList = new JobList(settings.failedFile());
    this.givenBackList = new JobList(settings.givenBackFile());
    this.abandonedList = new JobList(settings.abandonedFile());
    waiting.addAll(givenBackList.take());
    accepted = waiting.size();
  }

  /** Takes a job in, unless the queue is full or closed: from then on the service owes it. */
  @Override
  public boolean test(String job) {
    lock.lock();
    try {
      if (closed || waiting.size() == capacity) {
        return false;
      }
      accepted++;
      if (handedOver) {
        givenBack.add(job); // From a request that was still in flight: nobody would begin it.
      } else {
        waiting.add(job);
        changed.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a job and begins it; null once {@link #handOver} was called. */
  @Nullable String begin() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !handedOver) {
        changed.await();
      }
      String job = waiting.poll();
      if (job != null) {
        begun.add(job);
      }
      return job;
    } finally {
      lock.unlock();
    }
  }

  /** A job that was begun has ended in this way. */
  void end(String job, Attempts.End how) {
    if (how == Attempts.End.FAILED) {
      failedList.add(List.of(job));
    }
    lock.lock();
    try {
      if (!begun.remove(job)) {
        return; // Too late: it was written down as abandoned.
      }
      switch (how) {
        case DONE -> completed++;
        case FAILED -> failed++;
        case GIVE_BACK -> givenBack.add(job);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what was not begun, and lets every worker that waits for a job go home. */
  void handOver() {
    lock.lock();
    try {
      handedOver = true;
      givenBack.addAll(waiting);
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What has become of the jobs, for the report. */
  @Override
  public WorkCount work() {
    lock.lock();
    try {
      long abandoned = closed ? begun.size() : 0;
      return new WorkCount(accepted, completed, failed, givenBack.size(), 0, 0, abandoned, 0);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close(Deadline limit) {
    close();
  }

  @Override
  public void close() {
    handOver();
    List<String> back;
    List<String> abandoned;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      back = List.copyOf(givenBack);
      abandoned = List.copyOf(begun);
    } finally {
      lock.unlock();
    }
    givenBackList.add(back);
    abandonedList.add(abandoned);
  }
}
