// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import dev.curfew.report.WorkCount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was wrong anywhere in the process, equal ones counted. Kept until the report of the service
 * they happened in, or the end of the process; capped, the count of what was cut is exact.
 */
final class Findings {
  private static final int MOST = 256;

  /** By signature, in the order of their first appearance. Guarded by itself. */
  private static final Map<String, Finding> FOUND = new LinkedHashMap<>();

  private static final String CUT = "cut";

  private Findings() {}

  private static Finding cut() {
    return new Finding(
        null, "/", "more was found than is kept", null, true, "mend what is shown first", 1);
  }

  static void add(Finding finding) {
    synchronized (FOUND) {
      String signature = finding.signature();
      Finding known = FOUND.get(signature);
      if (known != null) {
        FOUND.put(signature, known.times(known.count() + 1));
      } else if (FOUND.size() < MOST) {
        FOUND.put(signature, finding);
      } else {
        FOUND.merge(CUT, cut(), (all, one) -> all.times(all.count() + 1));
      }
    }
  }

  /** Everything that was found below this path; the empty one is that of the process. */
  static List<Finding> below(String path) {
    List<Finding> result = stored(path);
    result.addAll(Escapes.below(path));
    return result;
  }

  /** Takes what was found below this path: it is in a report now. */
  static List<Finding> take(String path) {
    List<Finding> result;
    synchronized (FOUND) {
      result = stored(path);
      FOUND.values().removeAll(result);
    }
    result.addAll(Escapes.take(path));
    return result;
  }

  private static List<Finding> stored(String path) {
    synchronized (FOUND) {
      List<Finding> result = new ArrayList<>();
      for (Finding finding : FOUND.values()) {
        if (path.isEmpty()
            || finding.path().equals(path)
            || finding.path().startsWith(path + "/")) {
          result.add(finding);
        }
      }
      return result;
    }
  }

  static void note(String path, String what, Throwable thrown) {
    add(
        new Finding(
            null,
            path,
            what + ": " + Failures.describe(thrown),
            Frames.first(thrown.getStackTrace()),
            true,
            "handle the exception where it happens",
            1));
  }

  /** A task of an isolated group failed: nobody else is told. */
  static void failed(String path, Throwable thrown) {
    note(path, "failed", thrown);
  }

  /**
   * A result that came when nobody could be given it any more; nothing to say unless it is open.
   */
  static void unclaimed(String path, @Nullable Object result, String remedy) {
    if (result instanceof AutoCloseable) {
      add(
          new Finding(
              Cause.UNCLOSED,
              path,
              "a result that nobody was given was not closed: " + result.getClass().getName(),
              null,
              false,
              remedy,
              1));
    }
  }

  /** A supervised task failed and is run again: nothing is lost, but somebody should know. */
  static void restarted(String path, Throwable thrown) {
    add(
        new Finding(
            null,
            path,
            "it failed and was restarted: " + Failures.describe(thrown),
            Frames.first(thrown.getStackTrace()),
            true,
            "mend the failure; it goes on, after a pause each time",
            1));
  }

  static void hookFailed(String path, Throwable thrown) {
    note(path, "a hook that should unblock it failed", thrown);
  }

  /** Something that nobody waited for any more failed in the end. */
  static void late(String what, Throwable thrown) {
    note(what, "failed after it was left", thrown);
  }

  /** A stop has cut a fork off, or kept it from beginning. */
  static void lost(GroupTask<?> task) {
    add(
        new Finding(
            null,
            task.path(),
            task.status() == GroupTask.NEVER_STARTED
                ? "lost: it had not begun when the stop cancelled it"
                : "lost: it was not home by the drain mark, and the stop cut it off",
            task.site(),
            true,
            "end it sooner, give the service a larger curfew, or make it a background task",
            1));
  }

  /** An owned resource was closed, and not all that had been given to it was done. */
  static void lost(Owned resource) {
    WorkCount work = resource.work();
    add(
        new Finding(
            null,
            resource.path(),
            "lost: of its "
                + work.accepted()
                + " pieces of work "
                + work.neverStarted()
                + " never started, and "
                + work.cancelled()
                + " did not end in time",
            resource.openedAt(),
            true,
            "give it less before the stop, or the service a larger curfew",
            1));
  }

  /** A background task went on after it was asked, and was cancelled. */
  static void deaf(GroupTask<?> task, List<StackTraceElement> now) {
    add(
        new Finding(
            null,
            task.path(),
            "it did not answer its stop signal; the stop waited until its mark, then cancelled it",
            Frames.first(now),
            true,
            "pause with StopSignal.await, or wait with a time-out and look at the signal",
            1));
  }

  /** Work came to a group that a stop had closed. */
  static void outlived(String path, String what, StackTraceElement at) {
    add(
        new Finding(
            Cause.ORDER,
            path,
            "what called it goes on after this group: it was too late to " + what,
            at,
            false,
            "let an inner group, or an intake, own what brings the work: it ends first",
            1));
  }

  static void endedEarly(GroupTask<?> task) {
    add(
        new Finding(
            null,
            task.path(),
            "a background task returned before it was asked to stop",
            null,
            true,
            "fork it, if it is meant to end by itself",
            1));
  }

  static void closeFailed(Owned resource, Throwable thrown) {
    note(resource.path(), "its close failed", thrown);
  }

  static void closeHangs(Owned resource, List<StackTraceElement> now) {
    hangs(resource.path(), "its close did not return in time", now);
  }

  /** A call into user code did not return. */
  static void hangs(String path, String what, List<StackTraceElement> now) {
    add(
        new Finding(
            null,
            path,
            what,
            Frames.first(now),
            true,
            "give it a limit of its own, or make it react to an interrupt",
            1));
  }

  /** A task was given up; the finder knows why, or nobody does. */
  static void abandoned(GroupTask<?> task, @Nullable Finding verdict, List<StackTraceElement> now) {
    add(
        verdict != null
            ? verdict
            : new Finding(
                null,
                task.path(),
                "it did not end after its cancel and was abandoned",
                Frames.first(now),
                true,
                "see its stack",
                1));
  }

  /** A task that was given up has ended after all. */
  static void cameHome(GroupTask<?> task) {
    Throwable failure = task.failure();
    add(
        new Finding(
            null,
            task.path(),
            "it ended after it had been abandoned"
                + (failure == null ? "" : ", with " + Failures.describe(failure)),
            null,
            true,
            "give it more time, or make it end sooner",
            1));
  }
}
