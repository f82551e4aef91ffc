// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The root of the process: services, and groups on threads that Curfew does not own. Nothing is
 * registered by hand: a service is here from its opening, a foreign thread while it is in a block.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class Roots {
  private static final List<Root> SERVICES = new CopyOnWriteArrayList<>();
  private static final Set<ForeignStrand> FOREIGN = ConcurrentHashMap.newKeySet();
  private static final Signal SIGNAL = new Signal();
  private static final Tally TALLY = new Tally();

  /** When shields give way; written by a stop, read by any thread. */
  private static volatile Deadline closeMark = Deadline.never();

  /** The reason of a stop that has cancelled the groups on foreign threads. */
  private static volatile Group.@Nullable Cancel cancel;

  /** The warden that waits for foreign threads. */
  private static volatile @Nullable Thread driver;

  private Roots() {}

  static RootGroup open(Options options, RootGroup.Listener listener) {
    Root root = new Root(options, listener);
    SERVICES.add(root);
    LastResort.arm(Roots::pending);
    return root;
  }

  static List<Root> services() {
    return SERVICES;
  }

  static Signal signal() {
    return SIGNAL;
  }

  static Tally tally() {
    return TALLY;
  }

  static Deadline closeMark() {
    return closeMark;
  }

  // ---- foreign threads

  /** A foreign thread is about to open its outermost block. That thread. */
  static void enter(ForeignStrand strand) {
    FOREIGN.add(strand);
    LastResort.arm(Roots::pending);
  }

  /** It has left it. */
  static void leave(ForeignStrand strand) {
    FOREIGN.remove(strand);
    LockSupport.unpark(driver);
  }

  /** A block was opened while foreign groups were already cancelled. Its owner. */
  static void catchUp(Group block) {
    Group.Cancel known = cancel;
    if (known != null) {
      block.cancel(known);
    }
  }

  static boolean foreignHome() {
    return FOREIGN.isEmpty();
  }

  /** The outermost block of each foreign thread. */
  static List<Group> foreignGroups() {
    List<Group> groups = new ArrayList<>();
    for (ForeignStrand strand : FOREIGN) {
      Group outermost = null;
      for (Group block = strand.scope; block != null; block = block.outer) {
        outermost = block;
      }
      if (outermost != null) {
        groups.add(outermost);
      }
    }
    return groups;
  }

  static void askForeign(Deadline whenCancelled) {
    SIGNAL.ask(whenCancelled);
    for (ForeignStrand strand : FOREIGN) {
      Group.askInside(strand, whenCancelled);
    }
  }

  /** Marks the groups on foreign threads, and all below them; delivers nothing. */
  static void markForeignCancelled(CancelReason why) {
    Group.Cancel all = new Group.Cancel(why, null, Host.current().nanoTime());
    cancel = all;
    foreignGroups().forEach(group -> group.markCancelled(all));
  }

  /** Foreign threads that are in a block. */
  static Set<ForeignStrand> foreignStrands() {
    return FOREIGN;
  }

  /** Searched only for a thread whose handler does not lead to its task. */
  static @Nullable GroupTask<?> taskOf(Thread thread) {
    List<GroupTask<?>> found = new ArrayList<>(1);
    List<Group> tops = new ArrayList<>(SERVICES);
    tops.addAll(foreignGroups());
    tops.addAll(Abandoned.groups());
    for (Group top : tops) {
      top.forEachStrand(
          true,
          strand -> {
            if (strand.thread == thread && strand instanceof GroupTask<?> task) {
              found.add(task);
            }
          });
    }
    return found.isEmpty() ? null : found.getFirst();
  }

  // ---- the stop

  /** What is pending, in a few words; null if nothing is. For the end of a JVM without a stop. */
  private static @Nullable String pending() {
    List<Group> tops = new ArrayList<>(SERVICES);
    tops.addAll(foreignGroups());
    List<GroupTask<?>> out = Stragglers.below(tops);
    tops.addAll(Abandoned.groups());
    for (Group group : Abandoned.groups()) {
      out.addAll(Abandoned.of(group));
    }
    if (!out.isEmpty()) {
      return count(out.size(), "task", out.getFirst().path());
    }
    List<String> open = new ArrayList<>();
    tops.forEach(top -> open(top, open));
    return open.isEmpty() ? null : count(open.size(), "resource", open.getFirst());
  }

  private static String count(int number, String what, String first) {
    return number + " " + what + (number == 1 ? ", " : "s, first ") + first;
  }

  private static void open(Group group, List<String> open) {
    group.holdings.inners().forEach(inner -> open(inner, open));
    group.holdings.resources().forEach(resource -> open.add(resource.path()));
    for (OpenIntake intake : group.holdings.intakes()) {
      if (intake.isOpen() && !(intake.intake instanceof AutoCloseable)) {
        open.add(group.path() + "/" + intake.name);
      }
    }
  }

  /** See {@link RootGroup#stop}. */
  static Account stop(
      List<RootGroup> roots, boolean foreign, CancelReason why, RootGroup.Marks marks) {
    if (foreign) {
      driver = Thread.currentThread();
      closeMark = marks.close();
    }
    List<Root> tops = roots.stream().map(Root.class::cast).toList();
    try {
      return new StopWalk(tops, foreign, why, marks).run();
    } finally {
      for (Root top : tops) {
        SERVICES.remove(top);
      }
      if (foreign) {
        driver = null;
      }
    }
  }
}
