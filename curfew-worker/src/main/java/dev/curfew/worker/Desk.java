// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/*
 * A job on its way through a worker:
 *
 *   claimed ──▶ READY ──begin()──▶ RUNNING ──end()──▶ OUTGOING ──settled()──▶ gone
 *                 │                   │                  ▲
 *                 │ quiet()           │ leave()          │
 *                 └───────────────────┴──────────────────┘
 *
 * The claimer adds, runners begin and end, the settler takes what is outgoing. From quiet() on
 * nothing becomes ready: what the claimer still brings goes out at once.
 *
 * Everything is guarded by one lock, which is never held across a call into the queue, into a
 * handler, or into a group.
 */

/** The jobs that a worker has in hand. Any thread. */
final class Desk {
  /** What is ready beyond what runs should begin within this time. */
  private static final long AHEAD_NANOS = Duration.ofMillis(100).toNanos();

  /** What has been ready for so long goes back: others may be idle. */
  private static final long STALE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final int AHEAD_MOST = 10;

  /** With so many outcomes unsettled the queue can't keep up: no more is claimed. */
  private static final int OUTGOING_MOST = 1_000;

  private static final int BATCH = 500;

  /** How many jobs may run; asked under the lock, so it must be quick and take none of its own. */
  private final IntSupplier most;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Condition sent = lock.newCondition();
  private final Condition idle = lock.newCondition();

  // All below is guarded by the lock.
  private final Deque<Ready> ready = new ArrayDeque<>();
  private final Set<RunningJob> running = new LinkedHashSet<>();
  private List<Settlement> outgoing = new ArrayList<>();
  private int settling;
  private boolean quiet;
  private boolean closed;

  /** How long jobs take, the last ones counting most; long until that is known. */
  private long usualNanos = STALE_NANOS;

  private final Counts counts = new Counts();

  private record Ready(Claim claim, int lease, long since) {}

  Desk(IntSupplier most) {
    this.most = most;
  }

  // ---- the claimer

  /** Waits until jobs could be begun, or soon; how many, or 0 once no more are wanted. */
  int awaitRoom() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!quiet) {
        releaseStale();
        int wanted = wanted();
        if (wanted > 0) {
          return wanted;
        }
        long unused = room.awaitNanos(STALE_NANOS);
      }
      return 0;
    } finally {
      lock.unlock();
    }
  }

  /** Jobs take longer than was thought when these were claimed. */
  private void releaseStale() {
    Ready oldest = ready.peek();
    if (oldest != null && Host.current().nanoTime() - oldest.since >= STALE_NANOS) {
      usualNanos = Math.max(usualNanos, STALE_NANOS);
      giveBackReady();
    }
  }

  private void giveBackReady() {
    for (Ready job : ready) {
      giveBack(job.claim);
    }
    ready.clear();
  }

  private int wanted() {
    if (outgoing.size() + settling >= OUTGOING_MOST) {
      return 0;
    }
    long limit = most.getAsInt();
    long ahead = Math.min(AHEAD_MOST * limit, limit * AHEAD_NANOS / Math.max(1, usualNanos));
    // Not one by one: a claim costs the queue as much as ten.
    if (ready.size() > ahead / 2) {
      return 0;
    }
    return (int) Math.max(0, limit + ahead - running.size() - ready.size());
  }

  /** Has the claimed jobs begun, unless it is too late. */
  void add(List<Claim> claims, int lease) {
    lock.lock();
    try {
      counts.claimed += claims.size();
      long now = Host.current().nanoTime();
      for (Claim claim : claims) {
        if (closed) {
          counts.givenBack++; // By the farewell: the settler may have gone.
        } else if (quiet) {
          giveBack(claim);
        } else {
          ready.add(new Ready(claim, lease, now));
        }
      }
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Not begun, and not to be begun. */
  private void giveBack(Claim claim) {
    counts.givenBack++;
    outgoing.add(new Settlement(claim, new JobOutcome.GiveBack(false, Duration.ZERO)));
    sent.signal();
  }

  // ---- runners

  /** Waits for a job and begins it; null once there will be none. */
  @Nullable RunningJob begin(Lease lease, WorkerStop stop) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Ready next = awaitReady();
      // A process that was frozen for longer than its lease is here before its next beat.
      while (next != null && !lease.isValid(next.lease)) {
        giveBack(next.claim);
        signalRoom();
        next = awaitReady();
      }
      if (next == null) {
        return null;
      }
      RunningJob job = new RunningJob(next.claim, next.lease, lease, stop);
      running.add(job);
      if (!ready.isEmpty()) {
        work.signal(); // The limit may have risen by more than one since the last signal.
      }
      signalRoom();
      return job;
    } finally {
      lock.unlock();
    }
  }

  /** For who has the lock. */
  private @Nullable Ready awaitReady() throws InterruptedException {
    while (!quiet && (ready.isEmpty() || running.size() >= most.getAsInt())) {
      work.await();
    }
    return ready.poll();
  }

  /** A job has ended in this way. */
  void end(RunningJob job, JobOutcome outcome) {
    lock.lock();
    try {
      long took = job.nanos();
      usualNanos = (usualNanos * 7 + took) / 8;
      if (!running.remove(job)) {
        return; // It was left: its queue has had an answer.
      }
      counts.add(outcome);
      outgoing.add(new Settlement(job.claim(), outcome));
      sent.signal();
      work.signal();
      signalRoom();
    } finally {
      lock.unlock();
    }
  }

  private void signalRoom() {
    if (!quiet && wanted() > 0) {
      room.signal();
    }
  }

  private void signalIdle() {
    if (running.isEmpty() && outgoing.isEmpty() && settling == 0 && ready.isEmpty()) {
      idle.signalAll();
    }
  }

  // ---- the settler

  /** Waits for outcomes; none once there will be none. */
  List<Settlement> awaitOutgoing() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (outgoing.isEmpty() && !closed) {
        sent.await();
      }
      List<Settlement> batch;
      if (outgoing.size() <= BATCH) {
        batch = outgoing;
        outgoing = new ArrayList<>();
      } else {
        List<Settlement> head = outgoing.subList(0, BATCH);
        batch = new ArrayList<>(head);
        head.clear();
      }
      settling = batch.size();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** The queue has what {@link #awaitOutgoing} returned; so many of them were stale. */
  void settled(int stale) {
    lock.lock();
    try {
      counts.stale += stale;
      settling = 0;
      signalRoom();
      signalIdle();
    } finally {
      lock.unlock();
    }
  }

  // ---- the end

  /** From now on nothing begins. */
  void quiet() {
    lock.lock();
    try {
      quiet = true;
      giveBackReady();
      work.signalAll();
      room.signalAll();
      signalIdle();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is in hand; whether it came to that. */
  boolean awaitIdle(Deadline limit) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (inFlight() > 0) {
        long nanos = limit.remainingNanos();
        if (nanos == 0) {
          return false;
        }
        long unused = idle.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * What was claimed under another lease than this goes back: if it is another worker's by now,
   * that is stale and does nothing. What runs is the caller's to cancel.
   */
  List<RunningJob> lose(int lease) {
    lock.lock();
    try {
      ready.removeIf(job -> {
        if (job.lease == lease) {
          return false;
        }
        giveBack(job.claim);
        return true;
      });
      signalRoom();
      return List.copyOf(running);
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what will not end, due when this process has. */
  List<RunningJob> leave(Duration delay) {
    lock.lock();
    try {
      List<RunningJob> left = List.copyOf(running);
      running.clear();
      for (RunningJob job : left) {
        counts.left++;
        outgoing.add(new Settlement(job.claim(), new JobOutcome.GiveBack(true, delay)));
      }
      sent.signal();
      return left;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more is sent: the settler may go when it has settled what there is. */
  void close() {
    lock.lock();
    try {
      closed = true;
      sent.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // ---- figures

  int inFlight() {
    lock.lock();
    try {
      return ready.size() + running.size() + outgoing.size() + settling;
    } finally {
      lock.unlock();
    }
  }

  int unsettled() {
    lock.lock();
    try {
      return outgoing.size() + settling;
    } finally {
      lock.unlock();
    }
  }

  List<RunningJob> running() {
    lock.lock();
    try {
      return List.copyOf(running);
    } finally {
      lock.unlock();
    }
  }

  WorkerStats stats() {
    lock.lock();
    try {
      return counts.stats(running.size(), ready.size(), outgoing.size() + settling);
    } finally {
      lock.unlock();
    }
  }

  /** Guarded by the desk's lock. */
  private static final class Counts {
    long claimed;
    long done;
    long retried;
    long postponed;
    long dead;
    long givenBack;
    long stale;
    long left;

    void add(JobOutcome outcome) {
      switch (outcome) {
        case JobOutcome.Done() -> done++;
        case JobOutcome.GiveBack back -> givenBack++;
        case JobOutcome.RetryAfter retry -> {
          if (retry.spent()) {
            retried++;
          } else {
            postponed++;
          }
        }
        case JobOutcome.Dead(String why) -> dead++;
      }
    }

    WorkerStats stats(int running, int ready, int unsettled) {
      return new WorkerStats(
          claimed, done, retried, postponed, dead, givenBack, left, stale, running, ready,
          unsettled);
    }
  }
}
