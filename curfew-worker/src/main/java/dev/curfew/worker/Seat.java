// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.report.WorkCount;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * Three threads of its own talk to the queue: a claimer, a settler, and a beater, which renews the
 * lease. They are platform threads that no cancel reaches, because an interrupt in the middle of a
 * statement may cut its connection and leave open what became of it. They end in this order:
 *
 *   quiet()   the claimer takes no more and ends; what was ready goes out
 *   close()   runners are home, or are left; the settler settles what is out and ends
 *             the beater gives the lease back, with whatever is still claimed, and ends: last,
 *             because a lease that ends before its jobs has them done twice
 *
 * A lease is lost when the queue says so, or when it could not be renewed in its time. What runs is
 * cancelled then, and all that was claimed goes back. Where it is another worker's by then that is
 * stale, and does nothing; where only our own clock had given it up, nothing stays claimed.
 */

/** A worker's connection to its queue; closed after all its jobs. */
@SuppressWarnings("try") // Its close waits, and an interrupt ends that: nobody uses it in a try.
final class Seat implements Managed, AutoCloseable {
  /** No longer, because what is ready may have to go back meanwhile. */
  private static final Duration POLL = Duration.ofSeconds(1);

  /** From the close of this to the end of the process, at most: the last two marks of a curfew. */
  private static final Duration UNTIL_HALT = Duration.ofSeconds(2);

  /** One of them is for the claimer's end, and one for the beater's farewell. */
  private static final int FAREWELL_PARTS = 4;

  /** Which part of the lease is left when it is taken for lost. */
  private static final int EARLY = 20;

  private final JobConsumer consumer;
  private final Desk desk;
  private final Lease lease;

  private final Thread claimer = thread("claim", this::claim);
  private final Thread settler = thread("settle", this::settle);
  private final Thread beater = thread("beat", this::beat);

  private final CountDownLatch quiet = new CountDownLatch(1);

  /** All that could be settled is: the settler has ended by a close, or is given up. */
  private final CountDownLatch settled = new CountDownLatch(1);

  /** Written by the beater before it ends, read after its end. */
  private @Nullable RuntimeException farewell;

  private volatile boolean started;

  /** Guarded by its owner: closed by the worker's task, or by its group after that. */
  private volatile boolean closed;

  /** Is told what has ended one of the threads before its time, on that thread. */
  private final Consumer<Throwable> onBroken;

  Seat(JobConsumer consumer, Desk desk, Lease lease, Consumer<Throwable> onBroken) {
    this.onBroken = onBroken;
    this.consumer = consumer;
    this.desk = desk;
    this.lease = lease;
    // The consumer has its lease from before now: a beat follows at once.
    lease.renewed(valid(Deadline.in(consumer.lease())));
  }

  private Thread thread(String name, Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .name("curfew-worker-" + name)
        .unstarted(() -> {
          try {
            body.run();
          } catch (Throwable t) {
            // Throwable: a worker that has lost one of its threads must not look alive.
            onBroken.accept(t);
          }
        });
  }

  void start() {
    started = true;
    beater.start();
    settler.start();
    claimer.start();
  }

  // ---- claiming

  private void claim() {
    Outage outage = new Outage("can't claim jobs");
    try {
      for (int room = desk.awaitRoom(); room > 0; room = desk.awaitRoom()) {
        if (!lease.isValid()) {
          if (quiet.await(50, TimeUnit.MILLISECONDS)) {
            return;
          }
          continue;
        }
        try {
          int number = lease.number();
          List<Claim> claims = consumer.claim(room, POLL);
          outage.over();
          take(claims, number);
        } catch (QueueException e) {
          if (quiet.getCount() == 0 || quiet.await(pause(outage, e), TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      // Only close interrupts it, when it has no more time: its end is what that wants.
      Thread.currentThread().interrupt();
    }
  }

  /** Milliseconds until the next try; what will not pass is thrown. */
  private static long pause(Outage outage, QueueException failure) {
    if (!failure.isPassing()) {
      throw failure;
    }
    return outage.pause(failure).toMillis();
  }

  private void take(List<Claim> claims, int number) {
    desk.add(claims, number);
    if (lease.number() != number) {
      lose(); // Lost meanwhile: the beater may have looked before these were there.
    }
  }

  // ---- settling

  private void settle() {
    Outage outage = new Outage("can't settle jobs");
    try {
      for (List<Settlement> batch = desk.awaitOutgoing();
          !batch.isEmpty();
          batch = desk.awaitOutgoing()) {
        int stale = settle(batch, outage);
        desk.settled(stale);
      }
    } catch (InterruptedException e) {
      // Only close interrupts it, when it has no more time: its end is what that wants.
      Thread.currentThread().interrupt();
    }
  }

  private int settle(List<Settlement> batch, Outage outage) throws InterruptedException {
    for (; ; ) {
      try {
        List<Settled> results = consumer.settle(batch);
        outage.over();
        return countStale(batch, results);
      } catch (QueueException e) {
        if (!e.isPassing()) {
          return batch.size() == 1
              ? settleOtherwise(batch.getFirst(), e, outage)
              : oneByOne(batch, outage);
        }
        Thread.sleep(outage.pause(e));
      }
    }
  }

  /** One of them is refused for good: the others must not suffer. */
  private int oneByOne(List<Settlement> batch, Outage outage) throws InterruptedException {
    int stale = 0;
    for (Settlement settlement : batch) {
      stale += settle(List.of(settlement), outage);
    }
    return stale;
  }

  /** Its outcome can't be stored as it is; nothing is stuck, and nothing is lost. */
  private int settleOtherwise(Settlement refused, QueueException why, Outage outage)
      throws InterruptedException {
    Log.LOGGER.log(
        Level.ERROR,
        "the queue refused how job " + refused.claim().id() + " ended; it is tried again",
        why);
    JobOutcome plain = plain(refused.outcome());
    for (; ; ) {
      try {
        return countStale(
            List.of(refused), consumer.settle(List.of(new Settlement(refused.claim(), plain))));
      } catch (QueueException e) {
        if (!e.isPassing()) {
          Log.LOGGER.log(
              Level.ERROR,
              "job " + refused.claim().id() + " stays claimed until this worker ends",
              e);
          return 0;
        }
        Thread.sleep(outage.pause(e));
      }
    }
  }

  /** What every queue can store; an attempt is spent only if one was. */
  private static JobOutcome plain(JobOutcome refused) {
    String why = "see the log of its worker";
    Duration pause = Duration.ofMinutes(1);
    return switch (refused) {
      case JobOutcome.Dead dead -> new JobOutcome.Dead(why);
      case JobOutcome.Done done -> new JobOutcome.RetryAfter(pause, true, why);
      case JobOutcome.GiveBack back -> new JobOutcome.RetryAfter(pause, false, why);
      case JobOutcome.RetryAfter retry -> new JobOutcome.RetryAfter(pause, retry.spent(), why);
    };
  }

  private static int countStale(List<Settlement> batch, List<Settled> results) {
    int stale = 0;
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i) == Settled.STALE
          && !(batch.get(i).outcome() instanceof JobOutcome.GiveBack)) {
        stale++;
        Log.LOGGER.log(
            Level.WARNING,
            "job {0} had been given to another worker when this one ended it: its effect may be"
                + " there twice",
            batch.get(i).claim().id());
      }
    }
    return stale;
  }

  // ---- beating

  private void beat() {
    try {
      renew();
    } catch (Throwable t) {
      // Throwable: see thread(). What runs is cancelled by this, and keeps its claim until it
      // ended.
      onBroken.accept(t);
      awaitSettled();
    } finally {
      sayFarewell();
    }
  }

  private void awaitSettled() {
    try {
      settled.await();
    } catch (InterruptedException e) {
      // Only close interrupts it, when it has no more time; it still tries to say farewell.
      Thread.currentThread().interrupt();
    }
  }

  private void renew() {
    Outage outage = new Outage("can't renew its lease");
    Duration pause = consumer.lease().dividedBy(4);
    try {
      for (Duration wait = Duration.ZERO; !settled.await(wait.toNanos(), TimeUnit.NANOSECONDS); ) {
        wait = pause;
        Deadline until = valid(Deadline.in(consumer.lease()));
        try {
          boolean had = consumer.beat();
          outage.over();
          if (had && lease.isValid()) {
            lease.renewed(until);
          } else {
            // If only our own clock says so it is still true: what runs was told that it is lost.
            loseLease(until);
          }
        } catch (QueueException e) {
          wait = Duration.ofMillis(pause(outage, e));
          if (!lease.isValid()) {
            loseLease(Deadline.in(Duration.ZERO));
          }
        }
      }
    } catch (InterruptedException e) {
      // Only close interrupts it, when it has no more time; it still tries to say farewell.
      Thread.currentThread().interrupt();
    }
  }

  private void sayFarewell() {
    try {
      consumer.close();
    } catch (RuntimeException e) {
      farewell = e; // Whoever closes throws it.
    }
  }

  private void loseLease(Deadline until) {
    lease.lost(until);
    lose();
  }

  /**
   * How often somebody should {@link #look}: before the queue, which lets it be a little longer.
   */
  Duration lookEvery() {
    return consumer.lease().dividedBy(2 * EARLY);
  }

  /** Cancels what runs when the lease has passed: a beat that hangs in its queue can't. */
  void look() {
    if (!lease.isValid()) {
      lose();
    }
  }

  private void lose() {
    for (RunningJob job : desk.lose(lease.number())) {
      if (!job.job().leaseIsValid() && job.cancel(RunningJob.Cancel.LEASE_LOST)) {
        Log.LOGGER.log(
            Level.WARNING,
            "the lease of job {0} is lost: it is cancelled here, and another worker may have it",
            job.claim().id());
      }
    }
  }

  /** A little early, because clocks differ and others are quick. */
  private static Deadline valid(Deadline lease) {
    Duration left = lease.remaining();
    return Deadline.in(left.minus(left.dividedBy(EARLY)));
  }

  // ---- the end

  void quiet() {
    quiet.countDown();
    desk.quiet();
    try {
      consumer.quiet();
    } catch (RuntimeException e) {
      // Its poll is short, and what it brings goes back: nothing else has to suffer.
      Log.LOGGER.log(Level.WARNING, "the queue did not hear that its worker takes no more", e);
    }
  }

  @Override
  public void close() throws Exception {
    close(Deadline.in(Duration.ofSeconds(10)));
  }

  @Override
  public void close(Deadline limit) throws Exception {
    leave(limit.remaining().plus(UNTIL_HALT), limit);
  }

  /** Closes it; what still runs is given back, due after this time. */
  void leave(Duration delay, Deadline limit) throws Exception {
    if (closed) {
      return; // Its worker has closed it before its time was over; the group comes second.
    }
    closed = true;
    quiet();
    List<RunningJob> left = desk.leave(delay);
    if (!left.isEmpty()) {
      lease.lost(Deadline.in(Duration.ZERO)); // For those that ask before their effect.
    }
    for (RunningJob job : left) {
      Log.LOGGER.log(
          Level.WARNING,
          "job {0} did not end and is given back: it is due again when this process has ended",
          job.claim().id());
    }
    if (!started) {
      sayFarewell();
    } else {
      Duration part = limit.remaining().dividedBy(FAREWELL_PARTS);
      // What it still brings has to go back: the settler must not end before it.
      end(claimer, Deadline.in(part));
      desk.close();
      end(settler, Deadline.in(limit.remaining().minus(part)));
      settled.countDown();
      end(beater, limit);
    }
    int unsettled = desk.unsettled();
    if (unsettled > 0) {
      throw new TimeoutException(
          "the queue does not know how "
              + unsettled
              + " jobs ended; they are done again after the lease of "
              + consumer.lease().toSeconds()
              + " s");
    }
    if (farewell != null) {
      throw farewell;
    }
    if (beater.isAlive()) {
      throw new TimeoutException(
          "the queue did not answer; what is claimed is done again after the lease of "
              + consumer.lease().toSeconds()
              + " s");
    }
  }

  /** Waits for its end; at the limit it is interrupted, and left. */
  private static void end(Thread thread, Deadline limit) throws InterruptedException {
    if (!thread.join(Duration.ofNanos(Math.max(1, limit.remainingNanos())))) {
      thread.interrupt();
    }
  }

  @Override
  public WorkCount work() {
    WorkerStats stats = desk.stats();
    return new WorkCount(
        stats.claimed(),
        stats.done(),
        stats.retried() + stats.dead(),
        stats.givenBack() + stats.postponed(),
        0,
        0,
        stats.left() + stats.running(),
        0);
  }

  @Override
  public String toString() {
    return "queue of a worker, " + desk.inFlight() + " jobs in hand";
  }
}
