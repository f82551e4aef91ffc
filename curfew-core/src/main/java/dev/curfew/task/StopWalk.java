// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The stop of services: the walk of all their groups under marks that hold for the whole tree. Each
 * group moves on as soon as its own part is home; a mark is the latest moment for all of them. The
 * warden's thread drives it and runs none of the users' code.
 */
final class StopWalk extends Walk {
  /** A delivery that takes longer hangs in somebody's channel; another thread goes on. */
  private static final Duration DELIVERY = Duration.ofMillis(250);

  private static final int MOST_DELIVERIES = 8;

  /** So many background tasks that did not answer are looked at, and named. */
  private static final int MOST_DEAF = 32;

  /** How long that may hold up their cancel. */
  private static final Duration DEAF_LOOK = Duration.ofMillis(100);

  /** How long forks are not asked because of an intake whose quiet() does not return at once. */
  private static final Duration QUIET = Duration.ofMillis(250);

  /** From the begin of an exit's stop until it is asked who called it. */
  private static final Duration EXIT_LOOK = Duration.ofMillis(50);

  /** What nobody waited for is not called hanging before it had this long. */
  private static final Duration GRACE = Duration.ofMillis(100);

  private static final Duration AFTER_SUSPENSION = Duration.ofMillis(300);

  private static final int MOST_EXIT_LOOKS = 256;

  private final List<Root> roots;
  private final boolean foreign;
  private final CancelReason why;
  private final RootGroup.Marks marks;
  private final Deadline half;
  private Deadline closeMark;
  private final List<ResourceEnd> ends = new ArrayList<>();
  private final List<Pending> pending = new ArrayList<>();
  private final List<Sending> sendings = new ArrayList<>();
  private final List<Stray> strays = new ArrayList<>();
  private final List<Owned> seen = new ArrayList<>();
  private final Set<GroupTask<?>> named = new HashSet<>();

  /** Background tasks that did not answer, and where they were; written by a helper. */
  private final Map<GroupTask<?>, List<StackTraceElement>> deaf = new ConcurrentHashMap<>();

  private long pendingTasks;
  private boolean drained;
  private boolean halved;
  private boolean gaveUp;
  private boolean tookStrays;
  private boolean closing;
  private @Nullable Deadline exitLook;

  StopWalk(List<Root> roots, boolean foreign, CancelReason why, RootGroup.Marks marks) {
    super(List.copyOf(roots), null);
    this.roots = roots;
    this.foreign = foreign;
    this.why = why;
    this.marks = marks;
    closeMark = marks.close();
    half = between(marks.drain(), marks.cancel());
  }

  private static Deadline between(Deadline from, Deadline to) {
    long now = Host.current().nanoTime();
    return Deadline.at(now + (from.remainingNanos() / 2) + (to.remainingNanos() / 2));
  }

  /** A delivery under way on a helper. */
  private static final class Sending {
    Errand errand;
    int attempts = 1;

    Sending(Action action) {
      errand = Errand.start("cancel", action, Deadline.in(DELIVERY));
    }
  }

  Account run() {
    marks.onStage().accept("drain");
    roots.forEach(this::quietAll);
    awaitQuiet();
    if (foreign) {
      Roots.askForeign(marks.drain());
    }
    roots.forEach(root -> root.askForks(marks.drain()));
    while (!step()) {
      Thread.interrupted(); // The warden is interrupted by nobody; a stray flag must not spin it.
    }
    return account();
  }

  private void quietAll(Group group) {
    for (OpenIntake intake : group.holdings.intakes()) {
      intake.quiet(marks.drain());
    }
    group.holdings.inners().forEach(this::quietAll);
  }

  /** Work that is asked to end must not find an intake that still takes more. */
  private void awaitQuiet() {
    Deadline limit = Deadline.in(QUIET).earlier(marks.drain());
    while (!roots.stream().allMatch(StopWalk::isQuiet) && !limit.hasPassed()) {
      Host.step();
      Host.current().parkNanos(this, limit.remainingNanos());
      Thread.interrupted(); // See run().
    }
  }

  private static boolean isQuiet(Group group) {
    return group.holdings.intakes().stream().allMatch(OpenIntake::isQuiet)
        && group.holdings.inners().stream().allMatch(StopWalk::isQuiet);
  }

  /** One round. Returns whether everything is over. */
  private boolean step() {
    long wait = Long.MAX_VALUE;
    boolean done = true;
    boolean home = true;
    for (Root root : roots) {
      wait = Math.min(wait, advance(root));
      done &= root.ending.stage == Ending.Stage.DONE;
      home &= root.ending.stage.compareTo(Ending.Stage.CLOSING) >= 0;
    }
    boolean foreignHome = !foreign || gaveUp || Roots.foreignHome();
    if (done && foreignHome) {
      takeStrays();
    }
    for (Stray stray : strays) {
      wait = Math.min(wait, closeNext(stray.group, stray.ending));
      done &= stray.ending.stage == Ending.Stage.DONE;
    }
    if (home && foreignHome && !closing) {
      closing = true;
      marks.onStage().accept("close");
    }
    if (done && foreignHome) {
      return true;
    }
    if (closeMark.hasPassed()) {
      if (gaveUp) {
        takeStrays();
        roots.forEach(this::leave);
        strays.forEach(stray -> leave(stray.group, stray.ending));
        return true;
      }
      // Nothing ran for a long time: the process was suspended, and has a second more. What is
      // left is named, and what can be closed at once is.
      closeMark = Deadline.in(AFTER_SUSPENSION);
      drained = true;
      halved = true;
      gaveUp = true;
      cancelForks();
      cancelRest();
      giveUp();
      return false;
    }
    wait = Math.min(wait, crossMarks());
    wait = Math.min(wait, resend());
    wait = Math.min(wait, letGoOfExiting());
    if (wait > 0) {
      Host.step();
      Host.current().parkNanos(this, Math.min(wait, closeMark.remainingNanos()));
    }
    return false;
  }

  // ---- marks

  private long crossMarks() {
    if (!drained) {
      if (!marks.drain().hasPassed()) {
        return marks.drain().remainingNanos();
      }
      drained = true;
      if (!closing) {
        marks.onStage().accept("cancel");
      }
      cancelForks();
      roots.forEach(this::askAllBackgrounds);
      return 0;
    }
    if (!halved) {
      if (!half.hasPassed()) {
        return half.remainingNanos();
      }
      halved = true;
      cancelRest();
      return 0;
    }
    if (!gaveUp) {
      if (!marks.cancel().hasPassed()) {
        return marks.cancel().remainingNanos();
      }
      gaveUp = true;
      giveUp();
      return 0;
    }
    return closeMark.remainingNanos();
  }

  private Group.Cancel cancel(Group origin) {
    return new Group.Cancel(why, origin, Host.current().nanoTime());
  }

  /** Marks everything first: a delivery that hangs must not keep the rest from being cancelled. */
  private void cancelForks() {
    roots.forEach(root -> root.markForksCancelled(cancel(root)));
    if (foreign) {
      Roots.markForeignCancelled(why);
    }
    send(false);
  }

  private void askAllBackgrounds(Group group) {
    group.holdings.inners().forEach(this::askAllBackgrounds);
    if (!group.backgroundSignal().isSet()) {
      group.askBackgrounds(half);
    }
  }

  @Override
  Deadline answerBy() {
    return half;
  }

  /** At the half-way mark all of them are cancelled, on a helper: that runs foreign code. */
  @Override
  long hurryBackgrounds(Group group) {
    return Long.MAX_VALUE;
  }

  @Override
  Deadline quietLimit(Group group) {
    return marks.drain();
  }

  private void cancelRest() {
    lookForDeaf();
    roots.forEach(root -> root.markCancelled(cancel(root)));
    send(true);
  }

  /** Background tasks that were asked and have not answered. Their stacks tell where they wait. */
  private void lookForDeaf() {
    List<GroupTask<?>> found = new ArrayList<>();
    for (GroupTask<?> task : Stragglers.below(tops())) {
      if (task.kind() == GroupTask.BACKGROUND && task.group.backgroundSignal().isSet()) {
        found.add(task);
      }
    }
    if (!found.isEmpty()) {
      List<GroupTask<?>> some = found.subList(0, Math.min(MOST_DEAF, found.size()));
      Errand.start(
              "stacks",
              () -> some.forEach(task -> deaf.put(task, task.stack())),
              Deadline.in(DEAF_LOOK))
          .await();
    }
  }

  /** Those of them that the cancel has ended; the others are named as pending. */
  private void nameDeaf() {
    deaf.forEach((task, now) -> {
      if (!named.contains(task)) {
        Findings.deaf(task, now);
      }
    });
  }

  /** Interrupts what was marked, and looks after it. */
  private void send(boolean all) {
    List<Group> tops = tops();
    tops.forEach(Finder::watch);
    sendings.add(new Sending(() -> deliver(tops, all)));
    tops.forEach(Group::cancelResources);
  }

  private static void deliver(List<Group> tops, boolean all) {
    tops.forEach(top -> Delivery.to(top, all || top.owner != null));
  }

  /** Everything that this stop ends. */
  private List<Group> tops() {
    List<Group> all = new ArrayList<>(roots);
    if (foreign) {
      all.addAll(Roots.foreignGroups());
    }
    return all;
  }

  private long resend() {
    long wait = Long.MAX_VALUE;
    for (Sending sending : sendings) {
      if (!sending.errand.isOver()) {
        wait = Math.min(wait, Math.max(1, sending.errand.limit().remainingNanos()));
      } else if (sending.errand.wasLeft() && sending.attempts < MOST_DELIVERIES) {
        sending.attempts++;
        List<Group> tops = tops();
        boolean all = halved;
        sending.errand = Errand.start("cancel", () -> deliver(tops, all), Deadline.in(DELIVERY));
        wait = Math.min(wait, DELIVERY.toNanos());
      }
    }
    return wait;
  }

  // ---- System.exit

  /** Tasks that have called System.exit never return. Looked for on a helper: stacks can stall. */
  private long letGoOfExiting() {
    if (!exiting()) {
      return Long.MAX_VALUE;
    }
    if (exitLook == null) {
      exitLook = Deadline.in(EXIT_LOOK);
    }
    if (!exitLook.hasPassed()) {
      return exitLook.remainingNanos();
    }
    exitLook = Deadline.in(EXIT_LOOK.multipliedBy(4));
    Helpers.run("curfew-exiting", this::lookForExiting);
    return exitLook.remainingNanos();
  }

  /** Also when something else asked first, and somebody called System.exit meanwhile. */
  private boolean exiting() {
    return marks.exit().hasBegun();
  }

  private void lookForExiting() {
    List<Group> all = new ArrayList<>(roots);
    all.addAll(Roots.foreignGroups());
    int looks = 0;
    for (GroupTask<?> task : Stragglers.below(all)) {
      List<StackTraceElement> stack = looks++ < MOST_EXIT_LOOKS ? task.stack() : List.of();
      if (isExiting(stack)) {
        marks.exit().calledBy(task.path(), stack);
        task.mark(GroupTask.EXITED, true);
        if (task.group.abandon(task)) {
          task.group.exited.incrementAndGet();
        }
        java.util.concurrent.locks.LockSupport.unpark(task.group.driver);
      }
    }
  }

  private static boolean isExiting(List<StackTraceElement> stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getMethodName().equals("exit")
          && frame.getClassName().equals("java.lang.Runtime")) {
        return true;
      }
    }
    return false;
  }

  // ---- giving up

  /** Marks hold for all of the tree; a group's own limit after a cancel does not. */
  @Override
  long giveUpOverdue(Group group) {
    return Long.MAX_VALUE;
  }

  @Override
  boolean closesAbandoned() {
    return true;
  }

  private void giveUp() {
    if (exiting()) {
      // The last moment to tell them from those that hang: the JVM may have begun to end only now.
      Errand.start("exiting", this::lookForExiting, Deadline.in(DELIVERY)).await();
    }
    List<GroupTask<?>> out = new ArrayList<>();
    for (Group group : tops()) {
      group.forEachStrand(
          true,
          strand -> {
            // What ends until now is home: only what was really given up is named.
            if (strand instanceof GroupTask<?> task && task.group.abandon(task)) {
              out.add(task);
            }
          });
    }
    out.forEach(Abandoned::note);
    name(out);
    hidden(out);
  }

  private void name(List<GroupTask<?>> out) {
    if (!out.isEmpty()) {
      named.addAll(out);
      pendingTasks += out.size();
      // Resources are to close in the time that is left: stacks may take a quarter of it.
      Deadline limit = Deadline.in(Duration.ofNanos(closeMark.remainingNanos() / 4));
      pending.addAll(Stragglers.describe(Stragglers.innermost(out), limit));
    }
  }

  // ---- strays

  /** A group whose resources no walk closes, since its tasks were given up. */
  private static final class Stray {
    final Group group;
    final Ending ending = new Ending();

    Stray(Group group) {
      this.group = group;
      ending.stage = Ending.Stage.CLOSING;
    }
  }

  /** Groups that were opened inside tasks which were given up just now. */
  private void hidden(List<GroupTask<?>> out) {
    for (GroupTask<?> task : out) {
      for (Group block = task.scope; block != null; block = block.outer) {
        hidden(block);
      }
    }
    if (foreign) {
      for (ForeignStrand strand : Roots.foreignStrands()) {
        for (Group block = strand.scope; block != null; block = block.outer) {
          hidden(block);
        }
      }
    }
  }

  private void hidden(Group block) {
    block.holdings.inners().forEach(this::hidden);
    if (foreign) {
      strays.add(new Stray(block));
    } else {
      // The process goes on, and with it, maybe, what uses them: the block closes them in the end.
      block.holdings.resources().forEach(this::skipped);
    }
  }

  /** The last thing to close: what was kept for tasks that were given up before this stop. */
  private void takeStrays() {
    if (tookStrays) {
      return;
    }
    tookStrays = true;
    List<String> within = foreign ? List.of("") : roots.stream().map(Group::path).toList();
    for (Group group : Abandoned.takeKept(within)) {
      strays.add(new Stray(group));
      List<GroupTask<?>> before = new ArrayList<>(Abandoned.of(group));
      before.removeIf(named::contains);
      name(before);
    }
  }

  // ---- closing

  @Override
  Deadline closeBy() {
    return closeMark;
  }

  @Override
  boolean losesWork() {
    return true;
  }

  @Override
  void closed(Owned resource, Errand errand) {
    ResourceEnd.How how = how(errand);
    if (how == ResourceEnd.How.ABANDONED && exiting() && isExiting(errand.stack())) {
      how = ResourceEnd.How.CLOSED; // It called System.exit, which never returns.
    }
    seen.add(resource);
    if (resource.work().lost() > 0) {
      Findings.lost(resource);
    }
    ends.add(
        new ResourceEnd(
            resource.path(),
            how,
            resource.openedAt(),
            Duration.ofNanos(errand.took()),
            errand.failure(),
            how == ResourceEnd.How.ABANDONED ? errand.stack() : List.of(),
            resource.work()));
  }

  /** The close mark has passed: whatever was not closed is left. */
  private void leave(Group group) {
    group.holdings.inners().forEach(this::leave);
    if (group.ending.stage.compareTo(Ending.Stage.CLOSING) < 0) {
      intakesEnded(group);
    }
    leave(group, group.ending);
  }

  private void leave(Group group, Ending ending) {
    Owned closing = ending.closing;
    Errand close = ending.close;
    if (closing != null && close != null) {
      close.leave();
      closed(closing, close);
    }
    for (Owned next = group.holdings.next(); next != null; next = group.holdings.next()) {
      skipped(next);
    }
  }

  private void skipped(Owned resource) {
    ends.add(
        new ResourceEnd(
            resource.path(),
            ResourceEnd.How.SKIPPED,
            resource.openedAt(),
            Duration.ZERO,
            null,
            List.of()));
  }

  // ---- the account

  private Account account() {
    nameDeaf();
    WorkCount work = WorkCount.NONE;
    List<Finding> findings = new ArrayList<>();
    for (Owned resource : seen) {
      Errand hanging = resource.hangingCancel();
      if (hanging != null && !hanging.endsBy(Deadline.in(GRACE).earlier(closeMark))) {
        Findings.hangs(resource.path(), "its cancel did not return", hanging.stack());
      }
    }
    for (Root root : roots) {
      work = work.plus(root.workBelow());
      findings.addAll(Findings.take(root.path()));
    }
    if (foreign) {
      for (ForeignStrand strand : Roots.foreignStrands()) {
        for (Group block = strand.scope; block != null; block = block.outer) {
          work = work.plus(block.workBelow());
        }
      }
      work = work.plus(Roots.tally().sum());
      findings.addAll(Findings.take(""));
    }
    return new Account(work, pending, pendingTasks, ends, findings);
  }

  @Override
  void intakesEnded(Group group) {
    for (OpenIntake intake : group.holdings.intakes()) {
      Errand retiring = intake.hangingRetire();
      if (retiring != null && !retiring.endsBy(Deadline.in(GRACE).earlier(closeMark))) {
        Findings.hangs(
            group.path() + "/" + intake.name, "its retire did not return", retiring.stack());
      }
      @Nullable Errand quiet = intake.quietErrand();
      if (quiet == null) {
        continue;
      }
      if (intake.isBlameless()
          || (quiet.failure() == null && (!quiet.wasLeft() || quiet.hasReturned()))) {
        continue;
      }
      // It may still take work, so this end is no better than that of a resource which hangs.
      List<StackTraceElement> now = quiet.wasLeft() ? quiet.stack() : List.of();
      if (!(exiting() && isExiting(now))) {
        ends.add(
            new ResourceEnd(
                group.path() + "/" + intake.name + " (quiet)",
                how(quiet),
                null,
                Duration.ofNanos(quiet.took()),
                quiet.failure(),
                now));
      }
    }
  }
}
