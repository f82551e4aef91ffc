// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Ends groups: one loop over a group and its inner groups that advances whatever can be advanced,
 * then parks until something comes home or the next mark.
 *
 * <pre>
 *   RUNNING ──forks, inner groups, intakes home──▶ BACKGROUNDS_ASKED ──home──▶ CLOSING ──▶ DONE
 * </pre>
 *
 * <p>The end of a block is driven by its owner: it waits as long as it takes, and once the group is
 * cancelled ten seconds more. The stop of a service is driven by its warden; see {@link StopWalk},
 * which sets marks for all of it. Only the driver writes a group's {@link Ending}; tasks merely
 * count themselves home and unpark it.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
class Walk {
  /** After a cancel, and of an own deadline: how long until what is still out is abandoned. */
  static final Duration LIMIT = Duration.ofSeconds(10);

  private static final Duration LIMIT_AT_DEADLINE = Duration.ofSeconds(1);

  /** Inner blocks give up first, so that the outer one does not name what was just unwinding. */
  private static final Duration LIMIT_WITH_BLOCKS = Duration.ofMillis(500);

  /** Between two looks at what cannot take long. */
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** What a close leaves for each of those that come after it. */
  private static final Duration RESERVE = Duration.ofMillis(500);

  /** How long asked background tasks have at the end of a block. */
  static final Duration ANSWER = Duration.ofSeconds(1);

  final List<Group> tops;
  private final List<Throwable> problems = new ArrayList<>();
  private final @Nullable Strand owner;

  /** When the closes of a cancelled block end; null until the first begins. */
  private @Nullable Deadline closeBy;

  Walk(List<Group> tops, @Nullable Strand owner) {
    this.tops = tops;
    this.owner = owner;
    tops.forEach(group -> drive(group, Thread.currentThread()));
  }

  static Walk block(Group group, Strand owner) {
    return new Walk(List.of(group), owner);
  }

  static Walk join(Group group) {
    return new Walk(List.of(group), group.owner);
  }

  private static void drive(Group group, Thread driver) {
    group.driver = driver;
    group.holdings.inners().forEach(inner -> drive(inner, driver));
  }

  /** What was abandoned, and closes that failed, for the owner's exception. */
  List<Throwable> problems() {
    return problems;
  }

  // ---- the loop of a block

  /**
   * Waits for the forks only. Returns whether a foreign interrupt came; then it has ended early.
   */
  boolean awaitForks() {
    Group group = tops.getFirst();
    while (!forksHome(group)) {
      long wait = giveUpOverdueBelow(group);
      if (wait == 0) {
        continue;
      }
      Host.step();
      if (forksHome(group)) {
        break;
      }
      Host.current().parkNanos(group, wait);
      if (Thread.interrupted() && group.reason() == null) {
        return true;
      }
    }
    return false;
  }

  private long giveUpOverdueBelow(Group group) {
    long wait = giveUpOverdue(group);
    for (Group inner : group.holdings.inners()) {
      wait = Math.min(wait, giveUpOverdueBelow(inner));
    }
    return wait;
  }

  private static boolean forksHome(Group group) {
    if (!group.forksHome()) {
      return false;
    }
    for (Group inner : group.holdings.inners()) {
      if (!forksHome(inner)) {
        return false;
      }
    }
    return true;
  }

  /** Ends the block. Returns whether a foreign interrupt came meanwhile. */
  boolean end() {
    boolean foreign = false;
    for (; ; ) {
      Group group = tops.getFirst();
      long wait = advance(group);
      if (group.ending.stage == Ending.Stage.DONE) {
        return foreign;
      }
      if (wait <= 0) {
        continue;
      }
      Host.step();
      Host.current().parkNanos(group, wait);
      // Checked only where we wait: a flag that was set when the body returned is not ours to take
      // if there is nothing to wait for.
      if (Thread.interrupted() && group.reason() == null) {
        foreign = true;
        group.cancel(
            new Group.Cancel(
                new CancelReason(
                    CancelReason.Kind.BODY_FAILED,
                    group.path(),
                    "the owner of group " + group.path() + " was interrupted while it waited",
                    Host.current().wallTime()),
                group,
                Host.current().nanoTime()));
      }
    }
  }

  // ---- one step

  /** Moves a group as far as it goes. Returns nanoseconds until the next look, 0 for at once. */
  final long advance(Group group) {
    Ending ending = group.ending;
    long wait = Long.MAX_VALUE;
    if (ending.stage.compareTo(Ending.Stage.CLOSING) < 0) {
      wait = quiet(group);
      for (Group inner : group.holdings.inners()) {
        if (group.holdings.servesIntake(inner)) {
          continue; // Its tasks come from an intake that still brings some.
        }
        wait = Math.min(wait, advance(inner));
        if (inner.ending.stage == Ending.Stage.DONE) {
          group.holdings.ended(inner);
          wait = 0;
        }
      }
      wait = Math.min(wait, giveUpOverdue(group));
    }
    return switch (ending.stage) {
      case RUNNING -> awaitRunning(group, wait);
      case BACKGROUNDS_ASKED ->
          group.isHome() && group.holdings.inners().isEmpty()
              ? close(group)
              : Math.min(wait, hurryBackgrounds(group));
      case CLOSING -> closeNext(group, ending);
      case DONE -> Long.MAX_VALUE;
    };
  }

  private long awaitRunning(Group group, long wait) {
    if (!group.forksHome() || !group.holdings.inners().isEmpty() || !intakesHome(group)) {
      return wait;
    }
    if (group.backgroundsHome()) {
      return close(group);
    }
    askBackgrounds(group);
    return 0;
  }

  final void askBackgrounds(Group group) {
    group.ending.answerBy = answerBy();
    group.ending.stage = Ending.Stage.BACKGROUNDS_ASKED;
    group.askBackgrounds(group.ending.answerBy);
  }

  /** When background tasks that were asked now will be cancelled. */
  Deadline answerBy() {
    return Deadline.in(ANSWER);
  }

  /** Cancels background tasks that do not answer. Nanoseconds until the next look. */
  long hurryBackgrounds(Group group) {
    Ending ending = group.ending;
    if (ending.backgroundsCancelled || group.backgroundsHome()) {
      return Long.MAX_VALUE;
    }
    if (ending.answerBy.hasPassed()) {
      ending.backgroundsCancelled = true;
      cancelAll(group);
      return 0;
    }
    return ending.answerBy.remainingNanos();
  }

  /** Background tasks, and whatever else is there, did not answer. */
  void cancelAll(Group group) {
    group.cancel(
        new Group.Cancel(
            new CancelReason(
                CancelReason.Kind.NOT_HOME,
                group.path(),
                "it was asked to stop and did not answer within " + ANSWER.toMillis() + " ms",
                Host.current().wallTime()),
            group,
            Host.current().nanoTime()));
  }

  // ---- intakes

  private long quiet(Group group) {
    long wait = Long.MAX_VALUE;
    if (!group.holdings.intakes().isEmpty()) {
      Deadline limit = quietLimit(group);
      for (OpenIntake intake : group.holdings.intakes()) {
        intake.quiet(limit);
        wait = Math.min(wait, intake.untilLook());
      }
    }
    return wait;
  }

  Deadline quietLimit(Group group) {
    return Deadline.in(LIMIT);
  }

  private static boolean intakesHome(Group group) {
    for (OpenIntake intake : group.holdings.intakes()) {
      if (!intake.isHome()) {
        return false;
      }
    }
    return true;
  }

  // ---- giving up

  /** Abandons what did not end after its cancel. Returns nanoseconds until the next look. */
  long giveUpOverdue(Group group) {
    if (group.isHome()) {
      return Long.MAX_VALUE;
    }
    long wait = Long.MAX_VALUE;
    Group.Cancel cancel = group.cancelled();
    if (cancel != null) {
      long left = limitAfter(group, cancel) - Host.current().nanoTime();
      if (left <= 0) {
        problems.addAll(Abandoned.giveUp(group, cancel.reason(), group.slots));
        // One that has just ended, or was refused, and has not said so yet will be home in no time.
        return group.isHome() ? 0 : MOMENT.toNanos();
      }
      wait = left;
    }
    for (Map.Entry<GroupTask<?>, Group.Cancel> own : group.ownCancels().entrySet()) {
      GroupTask<?> task = own.getKey();
      if (task.isDone()) {
        continue;
      }
      long left = own.getValue().at() + LIMIT.toNanos() - Host.current().nanoTime();
      if (left <= 0) {
        problems.addAll(Abandoned.giveUp(group, own.getValue().reason(), task));
        left = MOMENT.toNanos();
      }
      wait = Math.min(wait, left);
    }
    return wait;
  }

  private static long limitAfter(Group group, Group.Cancel cancel) {
    boolean atDeadline =
        cancel.origin() == group && cancel.reason().kind() == CancelReason.Kind.DEADLINE;
    Outlook outlook = new Outlook();
    group.slots.forEach(outlook::look);
    Duration limit = atDeadline && !outlook.shielded ? LIMIT_AT_DEADLINE : LIMIT;
    if (outlook.inBlocks) {
      limit = limit.plus(LIMIT_WITH_BLOCKS);
    }
    return cancel.at() + limit.toNanos();
  }

  /** What the tasks that are still out are in. */
  private static final class Outlook {
    boolean shielded;
    boolean inBlocks;

    void look(GroupTask<?> task) {
      if (!task.hasEnded()) {
        shielded |= task.isShielded();
        inBlocks |= task.scope != null;
      }
    }
  }

  // ---- closing

  private long close(Group group) {
    if (group.isHeldOpen()) {
      return Long.MAX_VALUE; // Whatever changes that unparks the driver.
    }
    if (!group.holdings.seal()) {
      return 0;
    }
    intakesEnded(group);
    if (!closesAbandoned() && Abandoned.keep(group)) {
      group.ending.stage = Ending.Stage.DONE;
    } else {
      group.ending.stage = Ending.Stage.CLOSING;
    }
    return 0;
  }

  /** The group's intakes are home, or were left. */
  void intakesEnded(Group group) {
    for (OpenIntake intake : group.holdings.intakes()) {
      Errand quiet = intake.quietErrand();
      Throwable failure = quiet == null ? null : quiet.failure();
      String path = group.path() + "/" + intake.name;
      if (failure != null) {
        Findings.note(path, "failed to go quiet", failure);
      } else if (quiet != null && quiet.wasLeft()) {
        Findings.hangs(path, "its quiet did not return, or left work in flight", quiet.stack());
      }
    }
  }

  /** Whether resources of tasks that were given up are closed under them. */
  boolean closesAbandoned() {
    return false;
  }

  /** Closes the newest resource. Returns nanoseconds until the next look, 0 for at once. */
  final long closeNext(Group group, Ending ending) {
    Errand errand = ending.close;
    Owned closing = ending.closing;
    if (errand != null && closing != null) {
      if (!errand.isOver()) {
        return Math.max(1, errand.limit().remainingNanos());
      }
      closed(closing, errand);
      count(group, closing);
      ending.close = null;
      ending.closing = null;
    }
    Owned next = group.holdings.next();
    if (next == null) {
      ending.stage = Ending.Stage.DONE;
      return 0;
    }
    if (owner != null && group.cancelled() == null) {
      closeHere(group, next, owner);
      return 0;
    }
    Deadline limit = closeLimit();
    ending.closing = next;
    ending.close = Errand.start("close " + next.path(), () -> next.close(limit), limit);
    return 0;
  }

  /**
   * The limit of one close. All closes share one; what is closed before others leaves them some
   * time, in case that it hangs: half a second each, or half of what is left if that is less.
   */
  private Deadline closeLimit() {
    long left = closeBy().remainingNanos();
    long others = 0;
    for (Group top : tops) {
      others += resourcesBelow(top);
    }
    long reserve = Math.min(left / 2, others * RESERVE.toNanos());
    return Deadline.in(Duration.ofNanos(Math.max(1, left - reserve)));
  }

  private static long resourcesBelow(Group group) {
    long count = group.holdings.resources().size();
    for (Group inner : group.holdings.inners()) {
      count += resourcesBelow(inner);
    }
    return count;
  }

  /** When the closes end; in a block ten seconds after the first began. */
  Deadline closeBy() {
    Deadline by = closeBy;
    if (by == null) {
      by = Deadline.in(LIMIT);
      closeBy = by;
    }
    return by;
  }

  /** A block that ends ordinarily closes on its owner's thread, like try-with-resources. */
  private void closeHere(Group group, Owned next, Strand strand) {
    try {
      Shield.<@Nullable Void, Exception>call(
          strand,
          LIMIT,
          () -> {
            next.close(Deadline.never());
            return null;
          });
    } catch (Throwable t) {
      // Throwable: the other resources are closed all the same; it is thrown in the end.
      if (t instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      problems.add(closeFailed(next, t));
    }
    count(group, next);
  }

  private void count(Group group, Owned closed) {
    WorkCount work = closed.work();
    if (!work.equals(WorkCount.NONE)) {
      group.tally.add(losesWork() ? work : work.withoutLoss());
    }
  }

  /** Whether work that a resource cut off is lost: not if its own program ended the group. */
  boolean losesWork() {
    return false;
  }

  /** Notes how a close on a helper went. */
  void closed(Owned resource, Errand errand) {
    Throwable failure = errand.failure();
    if (failure != null) {
      problems.add(closeFailed(resource, failure));
      Findings.closeFailed(resource, failure);
    } else if (errand.wasLeft()) {
      List<StackTraceElement> now = errand.stack();
      problems.add(
          closeFailed(
              resource, new Failures.Abandoned(resource.path(), "did not close in time", now)));
      Findings.closeHangs(resource, now);
    }
  }

  static ResourceEnd.How how(Errand errand) {
    return errand.wasLeft()
        ? ResourceEnd.How.ABANDONED
        : errand.failure() != null ? ResourceEnd.How.THREW : ResourceEnd.How.CLOSED;
  }

  private static ExecutionException closeFailed(Owned resource, Throwable failure) {
    return new Failures.CloseFailed(
        "Resource " + resource.path() + " could not be closed: " + Failures.describe(failure),
        failure);
  }
}
