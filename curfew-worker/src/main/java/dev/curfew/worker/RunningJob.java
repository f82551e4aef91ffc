// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.TaskGroup;
import dev.curfew.time.Host;
import dev.curfew.worker.queue.Claim;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A job between its begin and its end, and the group it runs in. */
final class RunningJob {
  /** Why it was cancelled by its worker. */
  enum Cancel {
    /** A stop has no more time for it. */
    STOP,
    /** It belongs to another worker by now. */
    LEASE_LOST
  }

  private final Claim claim;
  private final Job job;
  private final long begun = Host.current().nanoTime();

  /** Guarded by this. */
  private @Nullable TaskGroup group;

  /** Guarded by this; the first stays, except that a lost lease outranks a stop. */
  private @Nullable Cancel cancel;

  /** Guarded by this; a cancel that comes later is none. */
  private boolean ended;

  RunningJob(Claim claim, int leaseNumber, Lease lease, WorkerStop stop) {
    this.claim = claim;
    job = new Job(claim, stop, () -> lease.isValid(leaseNumber));
  }

  Claim claim() {
    return claim;
  }

  Job job() {
    return job;
  }

  long nanos() {
    return Host.current().nanoTime() - begun;
  }

  JobInHand view() {
    return new JobInHand(job.id(), job.attempt(), Duration.ofNanos(nanos()), job.progress());
  }

  /** It runs in this group; a cancel that came before reaches it now. */
  void runsIn(TaskGroup newGroup) {
    Cancel earlier;
    synchronized (this) {
      group = newGroup;
      earlier = cancel;
    }
    if (earlier != null) {
      newGroup.cancel(sentence(earlier));
    }
  }

  /** Cancels it; whether that is news. */
  boolean cancel(Cancel why) {
    TaskGroup reached;
    synchronized (this) {
      if (ended || cancel == why) {
        return false;
      }
      if (cancel == null || why == Cancel.LEASE_LOST) {
        cancel = why;
      }
      reached = group;
    }
    if (reached != null) {
      reached.cancel(sentence(why)); // Foreign code: a channel's close may hang in it.
    }
    return true;
  }

  /** The handler is through: why it was cancelled before that, if it was. */
  synchronized @Nullable Cancel ended() {
    ended = true;
    return cancel;
  }

  private static String sentence(Cancel why) {
    return switch (why) {
      case STOP -> "the stop has no more time for this job";
      case LEASE_LOST -> "its lease is lost: another worker may have it";
    };
  }
}
