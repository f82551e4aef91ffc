// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.report.Pending;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A task of a group: its record, its handle, and what its thread runs, in one object of 48 bytes.
 *
 * <p>It is also its thread's uncaught-exception handler. That is how code finds the task that it
 * runs in: a thread local would cost 136 bytes a task, the handler's field is there anyway. And a
 * failure of the record-keeping itself, an exhausted stack for one, ends up here.
 */
final class GroupTask<T extends @Nullable Object> extends Strand
    implements Task<T>, Runnable, Thread.UncaughtExceptionHandler {
  // How far the task has got: bits 16 to 19. Ordered: from COMPLETED on it has ended.
  static final int STATUS = 0xF << 16;
  static final int NEW = 0;
  static final int RUNNING = 1 << 16;
  static final int COMPLETED = 2 << 16;
  static final int FAILED = 3 << 16;
  static final int CANCELLED = 4 << 16;

  /** Cancelled before its body began, or its thread could not be started. */
  static final int NEVER_STARTED = 5 << 16;

  /** The group did not accept it; it counts nowhere. */
  static final int REJECTED = 6 << 16;

  /** Nobody waits for it any more. */
  static final int ABANDONED = 1 << 20;

  /** Somebody waits for it alone; see {@link Group#awaitTask}. */
  static final int AWAITED = 1 << 21;

  /** Its outcome was waited for through this handle. */
  static final int JOINED = 1 << 22;

  /** It was cancelled by itself; the reason is with its group. */
  static final int OWN_CANCEL = 1 << 23;

  /** It called System.exit, which never returns: its part is done. */
  static final int EXITED = 1 << 26;

  /** It has a turn of its bounded group; see {@link Turns}. */
  static final int TURN = 1 << 30;

  // What kind of task it is: bits 24 and 25.
  static final int KIND = 3 << 24;
  static final int FORK = 0;
  static final int BACKGROUND = 1 << 24;
  static final int SET_UP = 2 << 24;

  /** A failure, with what the record no longer knows once the body is gone. */
  private record Failure(
      Throwable thrown, @Nullable CancelReason reason, @Nullable StackTraceElement site) {}

  final Group group;
  final String name;

  /** When it was forked, by the monotonic clock: some milliseconds early in a flood of forks. */
  final long forkedAt = Host.current().coarseNanoTime();

  /** The body until it ends; then the result, a {@link Failure}, or a CancelReason. */
  private @Nullable Object content;

  /** Counts the forks of its group from 1; set when the group accepts it. */
  int ordinal;

  GroupTask(Group group, String name, Object body, int kind) {
    this.group = group;
    this.name = name;
    content = body;
    if (kind != FORK) {
      word = kind;
    }
  }

  // ---- what the thread runs

  @Override
  public void run() {
    Turns turns = group.turns;
    // The work behind a future has begun: a turn would only be kept from work that may complete it.
    if (turns == null || kind() != FORK || content instanceof Adopted) {
      runBody();
      return;
    }
    try {
      turns.take(this);
      runBody();
    } finally {
      turns.giveBack(
          this); // When it has ended: if it has failed, the next one is cancelled by now.
    }
  }

  private void runBody() {
    if (!claim(RUNNING)) {
      return;
    }
    Host.step();
    CancelReason early = reason();
    if (early != null && !(content instanceof Adopted)) { // Its work has begun elsewhere.
      finish(NEVER_STARTED, early);
      return;
    }
    Object result;
    try {
      result = call();
    } catch (Throwable t) {
      // Throwable: whatever leaves a body is its outcome, errors included; nothing is rethrown.
      finishThrown(t);
      return;
    }
    finish(COMPLETED, result);
  }

  @SuppressWarnings("unchecked") // content is the body until the task ends
  private @Nullable Object call() throws Exception {
    Object body = content;
    if (body instanceof Callable<?> callable) {
      Object result = callable.call();
      Escapes.look(result);
      return result;
    }
    if (body instanceof Action action) {
      action.run();
    } else {
      ((Background) Objects.requireNonNull(body)).run(stopSignal());
    }
    return null;
  }

  /** Decides who has the body: the thread that runs it, or a fork whose start failed. */
  boolean claim(int status) {
    for (; ; ) {
      int w = word;
      if ((w & STATUS) != NEW) {
        return false;
      }
      if (WORD.compareAndSet(this, w, w | status)) {
        return true;
      }
    }
  }

  private void finishThrown(Throwable thrown) {
    CancelReason reason = reason();
    if (reason != null && Failures.isInterruption(thrown)) {
      boolean lost = reason.kind() == CancelReason.Kind.STOP && kind() == FORK;
      finish(CANCELLED, new Failure(thrown, reason, lost ? site() : null), "");
    } else {
      // Foreign code: if it hangs, the task still runs, and can be cancelled and given up.
      String what = Failures.describe(thrown);
      finish(FAILED, new Failure(thrown, reason, site()), what);
    }
  }

  private void finish(int status, @Nullable Object result) {
    finish(status, result, "");
  }

  /** Ends the task. Its own thread, or the one that could not start it. */
  private void finish(int status, @Nullable Object result, String what) {
    content = result;
    int w;
    do {
      w = word;
    } while (!WORD.compareAndSet(this, w, (w & ~(STATUS | DELIVERY)) | status | GONE));
    Host.step();
    Group cancelled = null;
    try {
      // Whoever gave it up goes on without it; its late failure is only reported.
      if (status == FAILED && result instanceof Failure failure && (w & ABANDONED) == 0) {
        cancelled = group.taskFailed(this, failure.thrown, what);
      }
    } finally {
      // Whatever went wrong with telling: a group that waits for a task which has ended never ends.
      group.taskEnded(this, w);
    }
    if (cancelled != null) {
      // Last, when nobody waits for this thread: an interrupt may close a channel, which may hang.
      cancelled.deliverCancel();
    }
  }

  /** The thread could not be started, and the body did not and will not run. */
  void finishUnstarted() {
    finish(NEVER_STARTED, null);
    unpark(); // Its thread may have started all the same, and wait for a turn.
  }

  /** Nobody waits for it any more; false if it has ended. Any thread. */
  boolean abandon() {
    for (; ; ) {
      int w = word;
      if (isDone(w) || (w & ABANDONED) != 0) {
        return false;
      }
      if (WORD.compareAndSet(this, w, w | ABANDONED)) {
        return true;
      }
    }
  }

  /** The group did not accept it. */
  void reject() {
    content = null;
    claim(REJECTED);
  }

  /** Only reached when the record-keeping above failed, as it may at the end of a stack. */
  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    if ((word & STATUS) == RUNNING || claim(RUNNING)) {
      finishThrown(thrown);
    } else {
      group.note(path(), "failed after its end", thrown);
    }
  }

  // ---- what others see

  static boolean isDone(int word) {
    return (word & STATUS) >= COMPLETED;
  }

  /** A finding names it as lost. */
  static final int NAMED = 1 << 28;

  /** It, or what is inside it, has opened an inner group; see {@link Holdings#open}. */
  static final int OPENED = 1 << 27;

  /** Whether it is part of the account. */
  static boolean isCounted(int word) {
    return (word & KIND) != SET_UP && (word & STATUS) != REJECTED;
  }

  /** Whether a stop has ended it, or kept it from beginning; for one that has ended so. */
  boolean wasCutOff() {
    Object ended = content;
    CancelReason reason = ended instanceof Failure failure ? failure.reason : (CancelReason) ended;
    return reason != null && reason.kind() == CancelReason.Kind.STOP;
  }

  /** Whether its record may go. A failure stays in its slot until its group has thrown it. */
  boolean isSweepable(int w) {
    return isDone(w) && ((w & STATUS) != FAILED || group.options.isIsolated());
  }

  int kind() {
    return word & KIND;
  }

  int status() {
    return word & STATUS;
  }

  boolean hasEnded() {
    return isDone(word);
  }

  /** Where it was forked, if that is known. */
  @Nullable StackTraceElement site() {
    Object known = content;
    if (known instanceof Failure failure) {
      return failure.site;
    }
    return known == null || hasEnded() ? null : Sites.of(known);
  }

  /** What a body of ours says of itself while it runs; null for most. */
  Pending.@Nullable State bodyState() {
    return content instanceof Wrapping wrapping ? wrapping.state() : null;
  }

  @Nullable Throwable failure() {
    return hasEnded() && content instanceof Failure failure ? failure.thrown : null;
  }

  /** The deepest stack it can be asked for; empty if it has ended. May stall: never on a warden. */
  List<StackTraceElement> stack() {
    Thread runs = thread;
    return runs == null ? List.of() : List.of(runs.getStackTrace());
  }

  /** The reason that its outcome has; for one that has ended. */
  private @Nullable CancelReason lastReason() {
    Object ended = content;
    if (ended instanceof Failure failure) {
      return failure.reason;
    }
    return status() == NEVER_STARTED && ended instanceof CancelReason reason ? reason : null;
  }

  @Override
  @Nullable CancelReason baseReason() {
    if (hasEnded()) {
      CancelReason last = lastReason();
      if (last != null) {
        return last;
      }
    }
    CancelReason own = (word & OWN_CANCEL) == 0 ? null : group.ownCancel(this);
    if (own != null) {
      return own; // Nothing else was there before it, and the first reason is kept.
    }
    CancelReason reason = kind() == FORK ? group.forksReason() : group.reason();
    return reason == null && kind() == SET_UP ? group.refusalReason() : reason;
  }

  @Override
  Signal baseSignal() {
    return kind() == FORK ? group.forkSignal() : group.backgroundSignal();
  }

  @Override
  long baseDeadline() {
    return group.deadline;
  }

  @Override
  Tally tally() {
    return group.tally;
  }

  @Override
  boolean signalOnly() {
    return group.options.isSignalOnly();
  }

  @Override
  public String path() {
    return group.path() + "/" + label();
  }

  /** Its name, with the fork's ordinal where the group has several of that name. */
  String label() {
    String shown = Options.printable(name);
    return group.isRepeated(name) ? shown + "#" + ordinal : shown;
  }

  @Override
  public boolean isDone() {
    int w = word;
    return isDone(w) || (w & ABANDONED) != 0;
  }

  @Override
  public Outcome<T> outcome() {
    int w = word;
    if (!isDone(w)) {
      if ((w & ABANDONED) != 0) {
        return new Outcome.Abandoned<>(reasonNow(), stack());
      }
      throw new IllegalStateException(
          "Task " + path() + " has not ended; wait for it with join() or await()");
    }
    Object ended = content;
    return switch (w & STATUS) {
      case COMPLETED -> completed(ended);
      case FAILED -> {
        Failure failure = (Failure) Objects.requireNonNull(ended);
        yield new Outcome.Failed<>(failure.thrown, failure.reason);
      }
      case CANCELLED -> {
        Failure failure = (Failure) Objects.requireNonNull(ended);
        yield new Outcome.Cancelled<>(Objects.requireNonNull(failure.reason), failure.thrown);
      }
      default -> new Outcome.Cancelled<>(ended instanceof CancelReason r ? r : unstarted(), null);
    };
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // what the body returned, null included
  private Outcome<T> completed(@Nullable Object value) {
    return new Outcome.Completed<>((T) value);
  }

  private CancelReason reasonNow() {
    CancelReason reason = reason();
    return reason != null ? reason : unstarted();
  }

  private CancelReason unstarted() {
    return new CancelReason(
        CancelReason.Kind.REQUESTED,
        group.path(),
        "its thread could not be started",
        Host.current().wallTime());
  }

  @Override
  public T get() {
    int w = word;
    if (!isDone() || ((w & JOINED) == 0 && !group.hasJoined(ordinal))) {
      throw new IllegalStateException(
          "Task "
              + path()
              + " was not joined: call join() on its group, or on the task, before get()");
    }
    return switch (outcome()) {
      case Outcome.Completed<T> completed -> completed.value();
      case Outcome.Failed<T> failed ->
          throw new IllegalStateException(
              "Task " + path() + " failed: " + Failures.describe(failed.failure()),
              failed.failure());
      case Outcome.Cancelled<T> cancelled ->
          throw new IllegalStateException(
              "Task " + path() + " was cancelled: " + cancelled.reason(), cancelled.late());
      case Outcome.Abandoned<T> abandoned ->
          throw new IllegalStateException(
              "Task " + path() + " was abandoned: " + abandoned.reason());
    };
  }

  @Override
  public T join() throws ExecutionException, InterruptedException {
    return switch (await()) {
      case Outcome.Completed<T> completed -> completed.value();
      case Outcome.Failed<T> failed -> {
        group.delivered(this);
        throw new Failures.TaskFailed(path(), failed.failure());
      }
      case Outcome.Cancelled<T> cancelled -> {
        CancellationException thrown =
            new CancellationException("Task " + path() + " was cancelled: " + cancelled.reason());
        thrown.initCause(cancelled.late());
        throw thrown;
      }
      case Outcome.Abandoned<T> abandoned ->
          throw new CancellationException(
              "Task " + path() + " was abandoned: " + abandoned.reason());
    };
  }

  @Override
  public Outcome<T> await() throws InterruptedException {
    group.awaitTask(this, Deadline.never());
    mark(JOINED, true);
    return outcome();
  }

  @Override
  public void cancel(String why) {
    group.cancelTask(this, group.reasonFor(CancelReason.Kind.REQUESTED, why));
  }

  @Override
  public Optional<CancelReason> cancelReason() {
    return Optional.ofNullable(baseReason());
  }

  @Override
  public CompletableFuture<T> asFuture() {
    return TaskFuture.of(this);
  }

  void unpark() {
    LockSupport.unpark(thread);
  }

  @Override
  public String toString() {
    return "Task " + path();
  }
}
