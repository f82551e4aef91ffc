// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The threads that no group owns and that would have kept the JVM alive. The JVM's and the JDK's
 * own are told by class and group, never by a name that anybody can give.
 */
final class Strangers {
  private Strangers() {}

  /**
   * Looks at the live threads; a finding for each kind of stranger, equal ones grouped.
   *
   * @param ownedPoolIsLeft whether an executor that a group owns did not close: the report names
   *     it, so threads that may be its workers are not named once more
   */
  static List<Finding> find(Set<Thread> known, boolean ownedPoolIsLeft) {
    Map<String, Finding> found = new LinkedHashMap<>();
    for (Thread thread : liveThreads()) {
      if (isStranger(thread, known)) {
        StackTraceElement[] stack = thread.getStackTrace();
        if (ownedPoolIsLeft && isPoolWorker(stack)) {
          continue;
        }
        Finding finding = finding(thread, stack);
        found.merge(
            finding.signature(), finding, (one, other) -> one.times(one.count() + other.count()));
      }
    }
    return List.copyOf(found.values());
  }

  private static List<Thread> liveThreads() {
    ThreadGroup top = Thread.currentThread().getThreadGroup();
    while (top.getParent() != null) {
      top = top.getParent();
    }
    Thread[] threads = new Thread[top.activeCount() + 16];
    int count = top.enumerate(threads, true);
    while (count == threads.length) {
      threads = new Thread[count * 2];
      count = top.enumerate(threads, true);
    }
    List<Thread> live = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      live.add(threads[i]);
    }
    return live;
  }

  static boolean isStranger(Thread thread, Set<Thread> known) {
    if (thread.isDaemon()
        || !thread.isAlive()
        || known.contains(thread)
        || thread.equals(Thread.currentThread())) {
      return false;
    }
    ThreadGroup group = thread.getThreadGroup();
    // A group without a parent is the JVM's own; null: the thread has just ended.
    if (group == null || group.getParent() == null) {
      return false;
    }
    Class<?> type = thread.getClass();
    if (type != Thread.class && isJdk(type.getClassLoader())) {
      return false;
    }
    // The thread of the JVM that waits until main's threads are done: it has no frame at all.
    return thread.getState() != Thread.State.RUNNABLE || thread.getStackTrace().length > 0;
  }

  /** Whether it runs for a pool of the JDK's; which one can't be told. */
  private static boolean isPoolWorker(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      if (type.startsWith("java.util.concurrent.ThreadPoolExecutor")
          || type.equals("java.util.concurrent.ForkJoinWorkerThread")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isJdk(@Nullable ClassLoader loader) {
    return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
  }

  static Finding finding(Thread thread, StackTraceElement[] stack) {
    StackTraceElement at = Frames.first(stack);
    String what =
        "the thread '" + thread.getName() + "', not a daemon and owned by no group, is still there";
    String path = "thread " + thread.getName().replaceAll("\\d+", "*");
    if (at != null) {
      return new Finding(Cause.FORGOTTEN, path, what, at, false, Cause.FORGOTTEN.remedy(), 1);
    }
    // Only frames of the JDK: an idle worker as a rule, but who made it can't be told.
    return new Finding(
        null,
        path,
        what + " (an idle worker as a rule: its executor was not closed)",
        stack.length == 0 ? null : stack[0],
        false,
        "own the executor, or whatever started the thread, in the group that uses it",
        1);
  }
}
