// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tasks that nobody waits for any more. They hang below the root of the process until they end:
 * every roll call names them, and the resources of their group stay open as long, since they may be
 * in use.
 */
final class Abandoned {
  /** Stacks are taken of this many; the others are only named. */
  private static final int STACKS = 16;

  /** How long taking stacks may hold up the owner: a stack can stall. */
  private static final Duration LOOK = Duration.ofMillis(500);

  private static final Map<Group, Abandoned> GROUPS = new ConcurrentHashMap<>();

  private final Set<GroupTask<?>> out = ConcurrentHashMap.newKeySet();

  /** What becomes of the group's resources. Guarded by this. */
  private Resources resources = Resources.CLOSED_BY_WALK;

  private enum Resources {
    /** Whoever ends the group closes them. */
    CLOSED_BY_WALK,
    /** The end of the group is still under way and will keep them. */
    TO_BE_KEPT,
    /** They wait for the last of its tasks. */
    KEPT
  }

  private Abandoned() {}

  /** Gives up every task of the group that is out. Its driver. Returns a problem for each. */
  static List<Throwable> giveUp(Group group, CancelReason reason, Slots slots) {
    List<GroupTask<?>> stragglers = new ArrayList<>();
    slots.forEach(task -> {
      if (!task.isDone()) {
        stragglers.add(task);
      }
    });
    return giveUp(group, reason, stragglers);
  }

  static List<Throwable> giveUp(Group group, CancelReason reason, GroupTask<?> task) {
    return giveUp(group, reason, List.of(task));
  }

  private static List<Throwable> giveUp(
      Group group, CancelReason reason, List<GroupTask<?>> stragglers) {
    List<List<StackTraceElement>> stacks = stacks(stragglers);
    List<Throwable> problems = new ArrayList<>();
    Abandoned abandoned = GROUPS.computeIfAbsent(group, g -> new Abandoned());
    synchronized (abandoned) {
      abandoned.resources = Resources.TO_BE_KEPT;
    }
    for (int i = 0; i < stragglers.size(); i++) {
      GroupTask<?> task = stragglers.get(i);
      List<StackTraceElement> now = i < stacks.size() ? stacks.get(i) : List.of();
      if (abandoned.letGo(group, task, now)) {
        problems.add(
            new Failures.Abandoned(
                task.path(), "was abandoned: it did not end after " + reason, now));
        // Its own blocks have given up before, unless it never came to their ends.
        Group.forEachInside(
            task,
            null,
            inside -> {
              if (inside instanceof GroupTask<?> left && !left.isDone()) {
                GROUPS
                    .computeIfAbsent(left.group, g -> new Abandoned())
                    .letGo(left.group, left, List.of());
              }
            });
      }
    }
    return problems;
  }

  private boolean letGo(Group group, GroupTask<?> task, List<StackTraceElement> now) {
    out.add(task);
    if (group.abandon(task)) {
      Findings.abandoned(task, Finder.finding(task), now);
      return true;
    }
    out.remove(task);
    return false;
  }

  private static List<List<StackTraceElement>> stacks(List<GroupTask<?>> tasks) {
    List<List<StackTraceElement>> stacks = new CopyOnWriteArrayList<>();
    Errand.start(
            "stacks",
            () -> {
              for (GroupTask<?> task : tasks.subList(0, Math.min(STACKS, tasks.size()))) {
                stacks.add(task.stack());
              }
            },
            Deadline.in(LOOK))
        .await();
    return List.copyOf(stacks);
  }

  /**
   * The end of the group is over, but for its resources. Its driver.
   *
   * @return whether the resources wait for tasks that are out; if not, the driver closes them
   */
  static boolean keep(Group group) {
    Abandoned abandoned = GROUPS.get(group);
    if (abandoned == null) {
      return false;
    }
    synchronized (abandoned) {
      if (!abandoned.out.isEmpty()) {
        abandoned.resources = Resources.KEPT;
        return true;
      }
      abandoned.resources = Resources.CLOSED_BY_WALK;
    }
    GROUPS.remove(group);
    return false;
  }

  /** A stop has given up this task: it stays in the roll call until it ends. The driver. */
  static void note(GroupTask<?> task) {
    Abandoned abandoned = GROUPS.computeIfAbsent(task.group, g -> new Abandoned());
    abandoned.out.add(task);
    if (task.hasEnded()) {
      abandoned.out.remove(task);
      abandoned.closeIfEmpty(task.group);
    }
  }

  /**
   * Groups that have ended and keep resources for tasks that were given up: from now on the caller
   * has to close these.
   *
   * @param within only groups below one of these paths
   */
  static List<Group> takeKept(List<String> within) {
    List<Group> taken = new ArrayList<>();
    GROUPS.forEach((group, abandoned) -> {
      String path = group.path();
      synchronized (abandoned) {
        if (abandoned.resources == Resources.KEPT
            && within.stream().anyMatch(top -> path.startsWith(top + "/"))) {
          abandoned.resources = Resources.CLOSED_BY_WALK;
          taken.add(group);
        }
      }
    });
    return taken;
  }

  /** A task that was given up has ended. Its thread. */
  static void cameHome(Group group, GroupTask<?> task) {
    Findings.cameHome(task);
    Abandoned abandoned = GROUPS.get(group);
    if (abandoned != null) {
      abandoned.out.remove(task);
      abandoned.closeIfEmpty(group);
    }
  }

  private void closeIfEmpty(Group group) {
    boolean kept;
    synchronized (this) {
      if (!out.isEmpty() || resources == Resources.TO_BE_KEPT) {
        return;
      }
      kept = resources == Resources.KEPT;
      resources = Resources.CLOSED_BY_WALK;
    }
    GROUPS.remove(group, this);
    if (kept) {
      Helpers.run("curfew-close", () -> closeAll(group));
    }
  }

  private static void closeAll(Group group) {
    for (Owned next = group.holdings.next(); next != null; next = group.holdings.next()) {
      Owned owned = next;
      Deadline limit = Deadline.in(Walk.LIMIT);
      Errand errand = Errand.start("close " + owned.path(), () -> owned.close(limit), limit);
      errand.await();
      Throwable failure = errand.failure();
      if (failure != null) {
        Findings.closeFailed(owned, failure);
      } else if (errand.wasLeft()) {
        Findings.closeHangs(owned, errand.stack());
      }
    }
  }

  /** Groups that keep resources for tasks that were given up. */
  static List<Group> groups() {
    return List.copyOf(GROUPS.keySet());
  }

  /** The tasks of a group that were given up and have not ended. */
  static List<GroupTask<?>> of(Group group) {
    Abandoned abandoned = GROUPS.get(group);
    return abandoned == null ? List.of() : List.copyOf(abandoned.out);
  }

  /** Whether the resources of a group are open only because of them. */
  static boolean keepsResources(Group group) {
    Abandoned abandoned = GROUPS.get(group);
    if (abandoned == null) {
      return false;
    }
    synchronized (abandoned) {
      return abandoned.resources == Resources.KEPT;
    }
  }
}
