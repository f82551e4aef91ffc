// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import dev.curfew.report.Pending;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Describes tasks that did not end, for the report: equal ones in one line, with a count. */
final class Stragglers {
  /** So many lines at most; the rest is counted. */
  private static final int MOST_LINES = 64;

  private static final Duration LOOK = Duration.ofMillis(500);

  private Stragglers() {}

  /**
   * What the report says of these tasks. The warden: stacks are taken on a helper, with a limit.
   *
   * @param tasks what was given up
   * @param limit until then stacks are waited for, at most half a second
   */
  static List<Pending> describe(List<GroupTask<?>> tasks, Deadline limit) {
    Map<GroupTask<?>, List<StackTraceElement>> stacks = new ConcurrentHashMap<>();
    Errand.start(
            "stacks",
            () -> {
              for (GroupTask<?> task : tasks.subList(0, Math.min(MOST_LINES, tasks.size()))) {
                stacks.put(task, task.stack());
              }
            },
            Deadline.in(LOOK).earlier(limit))
        .await();
    return describe(tasks, stacks);
  }

  /** The same with the stacks that are known. */
  static List<Pending> describe(
      List<GroupTask<?>> tasks, Map<GroupTask<?>, List<StackTraceElement>> stacks) {
    Map<String, Pending> lines = new LinkedHashMap<>();
    for (GroupTask<?> task : tasks) {
      Pending line = describe(task, stacks.getOrDefault(task, List.of()));
      String signature = signature(line, task);
      Pending known = lines.get(signature);
      if (known != null) {
        lines.put(signature, times(known, known.alike() + 1));
      } else if (lines.size() < MOST_LINES) {
        lines.put(signature, line);
      }
    }
    return List.copyOf(lines.values());
  }

  private static String signature(Pending line, GroupTask<?> task) {
    StackTraceElement at = line.now().isEmpty() ? null : Frames.first(line.now());
    return task.group.path() + "|" + line.state() + "|" + line.started() + "|" + at;
  }

  private static Pending times(Pending line, int alike) {
    return new Pending(
        line.path(),
        line.state(),
        line.elapsed(),
        line.started(),
        line.now(),
        line.finding(),
        alike);
  }

  static Pending describe(GroupTask<?> task, List<StackTraceElement> now) {
    Verdict verdict = Finder.verdict(task);
    Pending.State state = verdict != null ? verdict.state() : state(task);
    @Nullable Finding finding = verdict == null ? null : verdict.finding();
    return new Pending(
        task.path(), state, Duration.ofNanos(elapsed(task)), task.site(), now, finding, 1);
  }

  static Pending.State state(GroupTask<?> task) {
    if (task.status() == GroupTask.NEW) {
      boolean queued = task.group.turns != null && task.kind() == GroupTask.FORK;
      return queued ? Pending.State.QUEUED : Pending.State.NOT_STARTED;
    }
    if (task.reason() == null) {
      Pending.State known = task.bodyState();
      return known == null ? Pending.State.RUNNING : known;
    }
    if (task.isShielded()) {
      return Pending.State.SHIELDED;
    }
    Thread thread = task.thread;
    boolean consumed =
        task.wasDelivered()
            && elapsed(task) > Finder.GRACE.toNanos()
            && thread != null
            && !thread.isInterrupted();
    return consumed ? Pending.State.IGNORED_CANCEL : Pending.State.CANCELLED;
  }

  /** Since its cancel, or its fork if it was not cancelled. */
  private static long elapsed(GroupTask<?> task) {
    return Math.max(0, Host.current().nanoTime() - task.group.cancelledAt(task));
  }

  /** The tasks below these groups that are out and have nothing out inside them. */
  static List<GroupTask<?>> below(Iterable<? extends Group> groups) {
    List<GroupTask<?>> result = new ArrayList<>();
    for (Group group : groups) {
      group.forEachStrand(
          true,
          strand -> {
            if (strand instanceof GroupTask<?> task && !task.isDone()) {
              result.add(task);
            }
          });
    }
    return innermost(result);
  }

  /** Those that do not merely wait for another one of them. */
  static List<GroupTask<?>> innermost(List<GroupTask<?>> tasks) {
    Set<Strand> owners = Collections.newSetFromMap(new IdentityHashMap<>());
    for (GroupTask<?> task : tasks) {
      Strand owner = task.group.joiner();
      if (owner != null) {
        owners.add(owner);
      }
    }
    List<GroupTask<?>> result = new ArrayList<>(tasks);
    result.removeIf(owners::contains);
    return result;
  }
}
