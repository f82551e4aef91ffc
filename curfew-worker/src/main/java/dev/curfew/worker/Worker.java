// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.report.CancelReason;
import dev.curfew.resource.Intake;
import dev.curfew.task.Background;
import dev.curfew.task.Cancellation;
import dev.curfew.task.GroupOptions;
import dev.curfew.task.Shield;
import dev.curfew.task.StopSignal;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.QueueException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Takes jobs from a queue and has a {@link JobHandler} do them, until it is asked to stop: then it
 * takes no more, gives back what it has not begun, finishes what it has in hand, and gives back
 * what does not end in time. No job is lost by that, and no attempt spent.
 *
 * <pre>{@code
 * JobQueue queue = service.own("frontier", SqlJobQueue.sqlite(Path.of("frontier.db")));
 * service.background("fetch", Worker.of(queue).concurrency(16).handle(job -> fetch(http, job)));
 * }</pre>
 *
 * <p>It is a background task and an intake: give it to {@link TaskGroup#background} once, in the
 * group that owns the queue or in one inside of it.
 *
 * <p>A job is delivered at least once. It comes again when its process is killed, when its lease is
 * lost, or when it has not ended by the end of a stop; have its effect tolerate that, with {@link
 * Job#id} as idempotency key.
 *
 * <p>Cancellation: a job is cancelled, which interrupts it, at its time-out, when its lease is
 * lost, and when a stop has no more time for it. A handler that returns nevertheless has its job
 * given back, because nobody can tell a job that was finished from one whose interrupt was
 * swallowed; {@link Job#done()} tells.
 *
 * <p>Failures: an exception of the handler, an {@link Error} included, is an attempt that failed. A
 * queue that can't be reached is tried again, without limit, while what is in hand goes on as long
 * as its lease lasts.
 *
 * <p>All methods may be called from any thread.
 */
public final class Worker implements Background, Intake {
  private final JobQueue queue;
  private final WorkerOptions options;
  private final JobHandler handler;
  private final AtomicBoolean started = new AtomicBoolean();
  private final WorkerStop stop = new WorkerStop();
  private final Throttle throttle;
  private final Desk desk;
  private final Lease lease = new Lease();

  /** Written by its task, read by any thread. */
  private volatile @Nullable Seat seat;

  /** Why it can't go on; written by a thread of its seat, read by its task. */
  private volatile @Nullable Throwable broken;

  Worker(JobQueue queue, WorkerOptions options, JobHandler handler) {
    this.queue = queue;
    this.options = options;
    this.handler = handler;
    throttle = Throttle.of(options.concurrencyLimit(), options.isAdaptive());
    desk = new Desk(throttle::limit);
  }

  /**
   * Options for a worker of this queue.
   *
   * @param queue where the jobs are
   * @return options that set nothing else; {@link WorkerOptions#handle} makes the worker
   */
  public static WorkerOptions of(JobQueue queue) {
    return WorkerOptions.of(queue);
  }

  // ---- its task

  /**
   * Works until it is asked to stop. Called by the group that it was given to.
   *
   * @throws IllegalStateException if it has run before
   */
  @Override
  public void run(StopSignal asked) throws Exception {
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("a worker runs once; make another for another task");
    }
    JobConsumer consumer = join(asked);
    if (consumer == null) {
      return;
    }
    try {
      GroupOptions<RuntimeException> jobs = TaskGroup.named("jobs").isolated();
      (options.onPlatformThreads() ? jobs.platformThreads() : jobs)
          .run(group -> {
            Seat taken = new Seat(consumer, desk, lease, failure -> fail(group, failure));
            group.own("queue", taken);
            seat = taken;
            if (stop.isSet()) {
              taken.quiet(); // It came before there was a seat.
            }
            for (int i = 0; i < options.concurrencyLimit(); i++) {
              group.fork("runner", () -> doJobs(group));
            }
            taken.start();
            awaitEnd(asked, taken);
          });
    } catch (CancellationException e) {
      Throwable failure = broken;
      throw failure == null
          ? e
          : new IllegalStateException("a worker can't go on: " + failure, failure);
    } finally {
      quiet();
      if (seat == null) {
        consumer.close(); // The group was cancelled before it had begun.
      }
    }
  }

  private void fail(TaskGroup jobs, Throwable failure) {
    broken = failure;
    jobs.cancel("a worker can't go on: " + failure);
  }

  /** A queue that can't be reached yet is asked again. Null if the stop came first. */
  private @Nullable JobConsumer join(StopSignal asked) throws InterruptedException {
    Outage outage = new Outage("can't begin");
    while (!stop.isSet() && !asked.isSet()) {
      try {
        return queue.consume(Identity.text(), options.leaseAtQueue());
      } catch (QueueException e) {
        if (!e.isPassing()) {
          throw e;
        }
        if (stop.await(outage.pause(e))) {
          return null;
        }
      }
    }
    return null;
  }

  /** Until it is asked to stop, and as long after that as there is time for what is in hand. */
  private void awaitEnd(StopSignal asked, Seat taken) throws Exception {
    try {
      while (!asked.await(taken.lookEvery())) {
        taken.look();
      }
      quiet();
      Deadline cancelled = asked.deadline();
      Duration left = cancelled.remaining();
      // What is given back by then leaves its runner before that is cancelled, too.
      Duration margin = min(left.dividedBy(8), Duration.ofMillis(250));
      Deadline mark = Deadline.in(left.minus(margin));
      stop.cancelledAt(mark);
      if (!awaitIdle(mark, taken)) {
        desk.running().forEach(job -> job.cancel(RunningJob.Cancel.STOP));
        boolean unused = desk.awaitIdle(Deadline.never());
      }
    } catch (InterruptedException e) {
      quiet();
      leaveTheStubborn(taken);
      throw e;
    }
  }

  private boolean awaitIdle(Deadline limit, Seat taken) throws InterruptedException {
    while (!desk.awaitIdle(limit.earlier(Deadline.in(taken.lookEvery())))) {
      if (limit.hasPassed()) {
        return false;
      }
      taken.look();
    }
    return true;
  }

  /**
   * What does not answer its cancel is given back if the process is about to end, due when that has
   * happened. Otherwise it keeps its lease, and the group waits for it.
   *
   * <p>A stop cancels this task half-way from its drain mark to its cancel mark, and would leave it
   * at the latter, without having been told where that is. By the default's proportions what lies
   * between is at least a tenth, and what lies before the end of the process at most a half, of the
   * time from the beginning of the stop until now.
   */
  private void leaveTheStubborn(Seat taken) throws Exception {
    boolean stops =
        Cancellation.reason().filter(why -> why.kind() == CancelReason.Kind.STOP).isPresent();
    if (stops) {
      Duration soFar = stop.since();
      Duration grace = soFar.dividedBy(20);
      Shield.VoidBody<Exception> farewell =
          () -> {
            if (!desk.awaitIdle(Deadline.in(grace))) {
              taken.leave(soFar.dividedBy(2).plusMillis(500), Deadline.in(grace));
            }
          };
      Shield.run(grace.multipliedBy(2).plusMillis(100), farewell);
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  // ---- its runners

  private void doJobs(TaskGroup jobs) {
    try {
      for (RunningJob job = next(); job != null; job = next()) {
        JobOutcome outcome = new JobOutcome.GiveBack(true, Duration.ZERO);
        try {
          outcome = run(job);
        } finally {
          desk.end(job, outcome);
        }
      }
    } catch (Throwable t) {
      // Throwable: a worker that has lost one of its runners must not look alive.
      fail(jobs, t);
    }
  }

  /** The next job; null at the end, and after a cancel: then this has nothing in hand. */
  private @Nullable RunningJob next() {
    while (!Cancellation.isCancelled()) {
      // A flag that a handler has left behind is that of a job which has ended.
      boolean unused = Thread.interrupted();
      try {
        return desk.begin(lease, stop);
      } catch (InterruptedException e) {
        // By its cancel, which the loop sees; or by what its last job has left running.
      }
    }
    return null;
  }

  private JobOutcome run(RunningJob running) {
    Job job = running.job();
    Interruptions.warn(job);
    Throwable thrown = null;
    try {
      TaskGroup.VoidBody<Exception> body =
          group -> {
            running.runsIn(group);
            handle(job);
          };
      TaskGroup.named("job " + job.id()).run(body);
    } catch (Throwable t) {
      // Throwable: one job's failure, whatever it is, must not end the worker of the others.
      JobException answer = JobException.in(t);
      thrown = answer == null ? t : answer;
    }
    boolean cancelled = running.ended() != null || Cancellation.isCancelled();
    throttle.note(thrown);
    return outcome(job, thrown, cancelled);
  }

  private void handle(Job job) throws Exception {
    Budget budget = options.requestBudget();
    if (budget == null) {
      attempt(job);
      return;
    }
    try (Reservation reservation = budget.reserve(job, 0)) {
      if (!job.leaseIsValid()) {
        job.giveBack(); // It was lost in the wait, and nobody has cancelled this yet.
      }
      reservation.settle(0);
      attempt(job);
    }
  }

  /** Its time begins now: what it has waited for its budget is no attempt. */
  private void attempt(Job job) throws Exception {
    job.begin();
    Duration timeout = options.timeout();
    if (timeout == null) {
      handler.handle(job);
      return;
    }
    Deadline limit = Deadline.in(timeout);
    try {
      TaskGroup.VoidBody<Exception> body = group -> handler.handle(job);
      TaskGroup.named("attempt").deadline(limit).run(body);
    } catch (TimeoutException e) {
      throw limit.hasPassed() ? overdue(timeout, e) : e;
    }
  }

  /** For who reads why a job is dead: the group that ended it says nothing to them. */
  private static TimeoutException overdue(Duration timeout, TimeoutException cut) {
    long millis = timeout.toMillis();
    String time = millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    TimeoutException overdue =
        new TimeoutException("it did not end within its jobTimeout of " + time);
    overdue.setStackTrace(new StackTraceElement[0]);
    for (Throwable suppressed : cut.getSuppressed()) {
      overdue.addSuppressed(suppressed);
    }
    return overdue;
  }

  private JobOutcome outcome(Job job, @Nullable Throwable thrown, boolean cancelled) {
    if (job.isDone() || (thrown == null && !cancelled)) {
      return new JobOutcome.Done();
    }
    if (thrown instanceof JobException end) {
      JobOutcome outcome = end.outcome();
      return outcome instanceof JobOutcome.GiveBack give && !job.hasBegun()
          ? new JobOutcome.GiveBack(false, give.delay())
          : outcome;
    }
    if (cancelled) {
      // Interruption is no failure, whatever the handler made of it.
      return new JobOutcome.GiveBack(job.hasBegun(), Duration.ZERO);
    }
    return options.policy().after(Objects.requireNonNull(thrown), job.attempt());
  }

  // ---- an intake

  /** Takes no more jobs; what was not begun goes back at once. */
  @Override
  public void quiet() {
    stop.set();
    Seat taken = seat;
    if (taken != null) {
      taken.quiet();
    }
  }

  /** {@return how many jobs it has in hand, or has ended without its queue knowing yet} */
  @Override
  public long inFlight() {
    return desk.inFlight();
  }

  // ---- figures

  /** {@return what it has done so far} */
  public WorkerStats stats() {
    return desk.stats();
  }

  /** {@return the jobs that it is doing} */
  public List<JobInHand> running() {
    return desk.running().stream().map(RunningJob::view).toList();
  }

  /** {@return how many jobs it may do at once now; less than its concurrency while throttled} */
  public int limit() {
    return throttle.limit();
  }
}
