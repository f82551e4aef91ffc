// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Opens a group around a body on the calling thread, ends it, and decides what the caller sees. */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class Block {
  /** So many tasks that were late are named. */
  private static final int MOST_LATE = 3;

  private Block() {}

  /** Makes the group of a block. */
  @FunctionalInterface
  interface Maker {
    Group make(Options options, Strand owner, @Nullable Group outer, long deadline);
  }

  static <T extends @Nullable Object, X extends Throwable> T call(
      Options options, TaskGroup.Body<T, X> body)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    return call(
        options,
        (named, owner, outer, deadline) -> new Group(named, owner, outer, null, deadline),
        body);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // it returns what the body returned, null included
  static <T extends @Nullable Object, X extends Throwable> T call(
      Options options, Maker maker, TaskGroup.Body<T, X> body)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    StackProbe.touchForBlock();
    Strand strand = Strand.current();
    Deadline own = options.deadlineNow();
    long around = strand.deadlineNanos();
    // The limit of a shield only lets through what is cancelled: it takes no deadline's place.
    boolean ownBinds = strand.isShielded() && !own.equals(Deadline.never());
    Group block = open(options, maker, strand, own, around);
    Expiry expiry = block.deadline == around && !ownBinds ? null : expireAt(block, own);
    @Nullable Object value = null;
    Throwable thrown = null;
    try {
      value = body.run(block);
    } catch (Throwable t) {
      // Throwable: whatever leaves the body, the group has to end; it is thrown again below.
      thrown = t;
    }
    Throwable failure = end(block, strand, thrown);
    if (expiry != null) {
      Timers.remove(expiry);
    }
    if (failure != null) {
      throw Block.<X>unchecked(failure);
    }
    return (T) value;
  }

  /** Everything that is thrown here is an X, an unchecked exception, or declared by the caller. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Throwable> X unchecked(Throwable thrown) throws X {
    throw (X) thrown;
  }

  // ---- opening

  private static Group open(Options options, Maker maker, Strand strand, Deadline own, long around)
      throws InterruptedException {
    strand.check();
    Group outer = strand.scope;
    Group block = maker.make(options, strand, outer, effective(own, around));
    if (outer == null && strand instanceof ForeignStrand foreign && !foreign.helps()) {
      Roots.enter(foreign);
    }
    strand.scope = block;
    Host.step();
    // Whoever cancelled, or asked, before it could see the new block has set its reason before.
    CancelReason missed = outer == null ? strand.baseReason() : outer.reason();
    if (missed != null
        && (block.shieldDepth == (outer == null ? 0 : outer.shieldDepth)
            || Shield.hasExpired(strand, block.shieldDepth))) {
      block.close();
      leave(block, strand, false, true);
      throw new InterruptedException("cancelled: " + missed);
    }
    Signal around2 = outer == null ? strand.baseSignal() : outer.forkSignal();
    if (around2.isSet()) {
      block.askForks(around2.deadline());
    }
    if (strand instanceof ForeignStrand foreign && !foreign.helps()) {
      Roots.catchUp(block);
    }
    return block;
  }

  /** The earlier of a group's own deadline and that of what is around it. */
  static long effective(Deadline own, long around) {
    if (own.equals(Deadline.never())) {
      return around;
    }
    if (around != Group.NO_DEADLINE) {
      // On a tie the outer one expires: only the scope that expired turns it into a timeout. Asked
      // of the deadline itself: what is computed below may be a little early.
      Deadline outer = Deadline.at(around);
      if (outer.hasPassed() || outer.earlier(own).equals(outer)) {
        return around;
      }
    }
    long nanos = Host.current().nanoTime() + own.remainingNanos();
    return nanos == Group.NO_DEADLINE ? nanos - 1 : nanos; // The clock may be anywhere.
  }

  /** Cancels a group at its own deadline. */
  static Expiry expireAt(Group group, Deadline at) {
    Expiry expiry = new Expiry(group, at);
    Timers.add(expiry);
    return expiry;
  }

  /** What happens at the deadline of a group. */
  static final class Expiry extends Timers.Timer {
    private final Group group;

    Expiry(Group group, Deadline at) {
      super(at);
      this.group = group;
    }

    @Override
    void fire() {
      // It binds until the forks are home: then the background tasks are asked, in a time of their
      // own.
      if ((group.word() & (Group.CLOSING | Group.CLOSED)) == 0
          && !group.backgroundSignal().isSet()) {
        CancelReason reason =
            new CancelReason(
                CancelReason.Kind.DEADLINE,
                group.path(),
                "the deadline of group " + group.path() + " has passed",
                Host.current().wallTime());
        group.lateAtDeadline = late(group);
        group.cancel(new Group.Cancel(reason, group, Host.current().nanoTime()));
        group.expired();
      }
    }
  }

  /** Who was out when the deadline came, in a few words. */
  private static String late(Group group) {
    StringJoiner names = new StringJoiner(", ");
    int[] out = new int[1];
    group.slots.forEach(task -> {
      if (!task.isDone() && task.kind() == GroupTask.FORK && out[0]++ < MOST_LATE) {
        names.add(task.label());
      }
    });
    if (out[0] == 0) {
      return "its body, or what is inside it, was not done";
    }
    if (out[0] > MOST_LATE) {
      names.add("…");
    }
    return names + (out[0] == 1 ? " was" : " were") + " still out";
  }

  // ---- joining

  /** See {@link TaskGroup#join()}. */
  static void join(Group group) throws ExecutionException, InterruptedException {
    @Nullable Strand caller = ForeignStrand.known();
    if (caller == null) {
      caller = Strand.current(); // Its body may have taken away the handler that leads to it.
    }
    if (group.joiner() == null || caller != group.joiner()) {
      throw new IllegalStateException(
          "join() of group "
              + group.path()
              + " was called by "
              + (caller.path().isEmpty()
                  ? "thread " + Thread.currentThread().getName()
                  : caller.path())
              + "; only the thread that opened the group may wait for all of it. Wait for single"
              + " tasks with Task.join(), or call join() in the group's body");
    }
    Walk walk = Walk.join(group);
    boolean foreign = walk.awaitForks();
    group.block().ending.problems.addAll(walk.problems());
    Group.Cancel cancel = group.cancelled();
    boolean cancelledFirst =
        cancel != null
            && (cancel.origin() != group || cancel.reason().kind() != CancelReason.Kind.FAILURE);
    // What fails after such a cancel is told by the end of the block, as suppressed.
    ExecutionException failures = cancelledFirst ? null : group.failures();
    if (failures != null) {
      walk.problems().forEach(problem -> Failures.suppress(failures, problem));
      throw failures;
    }
    if (cancel != null) {
      CancelReason reason = cancel.reason();
      if (cancel.origin() == group && reason.kind() == CancelReason.Kind.REQUESTED) {
        throw new CancellationException("Group " + group.path() + " was cancelled: " + reason);
      }
      throw new InterruptedException("cancelled: " + reason);
    }
    if (foreign) {
      throw Signal.interrupted(caller);
    }
    group.joinedAll();
  }

  // ---- ending

  /** Ends the group; returns what its caller must see, or null. */
  private static @Nullable Throwable end(Group block, Strand strand, @Nullable Throwable thrown) {
    if (thrown != null && !(block.isHome() && block.holdings.isQuiet())) {
      block.cancel(
          new Group.Cancel(
              new CancelReason(
                  CancelReason.Kind.BODY_FAILED,
                  block.path(),
                  "the body of group " + block.path() + " was left by " + Failures.describe(thrown),
                  Host.current().wallTime()),
              block,
              Host.current().nanoTime()));
    }
    Walk walk = Walk.block(block, strand);
    boolean foreign = walk.end();
    block.joinedAll();
    block.close();
    Throwable result = compose(block, thrown, foreign, walk);
    leave(block, strand, block.cancelled() != null, result instanceof InterruptedException);
    return result;
  }

  private static void leave(Group block, Strand strand, boolean cancelled, boolean interrupted) {
    Group outer = block.outer;
    (outer == null ? strand.tally() : outer.tally).add(block.workBelow());
    strand.leave(block, cancelled, interrupted);
    if (outer == null && strand instanceof ForeignStrand foreign && !foreign.helps()) {
      Roots.leave(foreign);
    }
  }

  private static @Nullable Throwable compose(
      Group block, @Nullable Throwable thrown, boolean foreign, Walk walk) {
    ExecutionException failures = block.failures();
    Throwable result = primary(block, thrown, failures, foreign);
    if (failures != null && result != null && result != failures) {
      Failures.suppress(result, failures.getCause() == null ? failures : failures.getCause());
      for (Throwable later : failures.getSuppressed()) {
        Failures.suppress(result, later);
      }
    }
    if (thrown != null && result != null && Failures.causeOf(result) != thrown) {
      // An interruption that we turned into what it means says nothing that its reason does not.
      if (!(thrown instanceof InterruptedException)) {
        Failures.suppress(result, thrown);
      }
    }
    List<Throwable> problems = new ArrayList<>(block.ending.problems);
    problems.addAll(walk.problems());
    for (Throwable problem : problems) {
      if (result != null) {
        Failures.suppress(result, problem);
      } else if (problem instanceof Failures.CloseFailed) {
        result = problem;
      }
    }
    return result;
  }

  /** What left the block, before what is suppressed in it; the table of TaskGroup's contract. */
  private static @Nullable Throwable primary(
      Group block,
      @Nullable Throwable thrown,
      @Nullable ExecutionException failures,
      boolean foreign) {
    Group.Cancel cancel = block.cancelled();
    boolean answered =
        thrown != null
            && !(thrown instanceof Failures.TaskFailed)
            && Failures.isInterruption(thrown);
    if (thrown != null && (cancel == null || !answered)) {
      return thrown;
    }
    if (cancel == null) {
      return failures != null ? failures : foreign ? Signal.interrupted(null) : null;
    }
    CancelReason reason = cancel.reason();
    if (cancel.origin() == block) {
      return switch (reason.kind()) {
        case DEADLINE ->
            new TimeoutException(
                "Group "
                    + block.path()
                    + " did not end by its deadline and was cancelled: "
                    + block.lateAtDeadline);
        case REQUESTED -> thrown == null ? failures : requested(block, thrown, reason);
        // What left the body, or interrupted its end, came before anything that failed then.
        case BODY_FAILED -> thrown != null ? thrown : foreign ? Signal.interrupted(null) : failures;
        default -> failures != null ? failures : failed(thrown, foreign, reason);
      };
    }
    // An outer cancel: whoever has lost nothing by it keeps the value.
    if (thrown instanceof InterruptedException) {
      return thrown;
    }
    WorkCount work = block.workBelow();
    boolean casualties = work.cancelled() + work.neverStarted() + work.abandoned() > 0;
    if (thrown != null || casualties || failures != null) {
      InterruptedException interrupted = new InterruptedException("cancelled: " + reason);
      interrupted.initCause(thrown);
      return interrupted;
    }
    return null;
  }

  /** After the group's own cancel the body's value counts, if there is one. */
  private static @Nullable Throwable requested(
      Group block, @Nullable Throwable thrown, CancelReason reason) {
    if (thrown == null || thrown instanceof CancellationException) {
      return thrown;
    }
    CancellationException cancelled =
        new CancellationException("Group " + block.path() + " was cancelled: " + reason);
    cancelled.initCause(thrown);
    return cancelled;
  }

  private static @Nullable Throwable failed(
      @Nullable Throwable thrown, boolean foreign, CancelReason reason) {
    if (reason.kind() == CancelReason.Kind.FAILURE && thrown != null) {
      // An inner group ran into its deadline, or the failure was told by an earlier join.
      return new ExecutionException(reason.why(), thrown);
    }
    return thrown != null ? thrown : foreign ? Signal.interrupted(null) : null;
  }
}
