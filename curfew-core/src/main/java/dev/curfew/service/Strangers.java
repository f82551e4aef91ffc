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
  /** Of the JDK, but somebody's own: {@code new Timer()} starts it. Null if there is none such. */
  private static final @Nullable Class<?> TIMER = timer();

  private Strangers() {}

  private static @Nullable Class<?> timer() {
    try {
      return Class.forName("java.util.TimerThread", false, null);
    } catch (ClassNotFoundException e) {
      // An implementation detail of the JDK's, gone: its threads are strangers like any other.
      return null;
    }
  }

  /**
   * Looks at the live threads; a finding for each kind of stranger, equal ones grouped.
   *
   * @param leftOpen whether something that a group owns did not close: its threads can't be told
   *     from strangers, so nobody is said to have forgotten them
   */
  static List<Finding> find(Set<Thread> known, boolean leftOpen) {
    Map<String, Finding> found = new LinkedHashMap<>();
    for (Thread thread : liveThreads()) {
      if (isStranger(thread, known)) {
        StackTraceElement[] stack = thread.getStackTrace();
        if (leftOpen && isPoolWorker(stack)) {
          continue; // Of the executor that did not close, as a rule: that is named already.
        }
        Finding finding = finding(thread, stack, leftOpen);
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
    if (type != Thread.class && isJdk(type.getClassLoader()) && !type.equals(TIMER)) {
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

  private static Finding finding(Thread thread, StackTraceElement[] stack, boolean leftOpen) {
    StackTraceElement at = Frames.first(stack);
    String what =
        "the thread '" + thread.getName() + "', not a daemon and owned by no group, is still there";
    String path = "thread " + thread.getName().replaceAll("\\d+", "*");
    if (leftOpen) {
      return new Finding(
          null,
          path,
          "the thread '"
              + thread.getName()
              + "', not a daemon, is still there; it may belong to a resource that did not close",
          at,
          false,
          "close that resource first; if the thread stays, fork what it does in a group",
          1);
    }
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
