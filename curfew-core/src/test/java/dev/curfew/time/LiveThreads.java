// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.stream.Stream;

/**
 * All live threads that are somebody's, virtual ones included. Needs {@code --add-opens
 * java.base/jdk.internal.vm=ALL-UNNAMED}, because the JDK lists virtual threads only in dumps.
 */
final class LiveThreads {

  /** The groups of threads that the JVM starts when it needs them and keeps. */
  private static final Set<String> JVM_GROUPS =
      Set.of("system", "InnocuousThreadGroup", "CarrierThreads");

  /** Threads that the JDK, surefire and JUnit (for its time-outs) start once and keep. */
  private static final Set<String> KEPT_NAMES =
      Set.of(
          "CompletableFutureDelayScheduler",
          "process reaper",
          "surefire-forkedjvm-ping-30s",
          "junit-jupiter-timeout-watcher");

  private static final Method ROOT;
  private static final Method CHILDREN;
  private static final Method THREADS;

  static {
    try {
      ROOT = open("ThreadContainers", "root");
      CHILDREN = open("ThreadContainer", "children");
      THREADS = open("ThreadContainer", "threads");
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "Virtual threads are listed by reflection, which this JVM refused; it needs "
              + "--add-opens java.base/jdk.internal.vm=ALL-UNNAMED",
          e);
    }
  }

  private LiveThreads() {}

  private static Method open(String type, String name) throws ReflectiveOperationException {
    Method method = Class.forName("jdk.internal.vm." + type).getDeclaredMethod(name);
    method.setAccessible(true);
    return method;
  }

  /** A new set, which compares by identity. */
  static Set<Thread> now() {
    Set<Thread> found = Collections.newSetFromMap(new IdentityHashMap<>());
    try {
      collect(ROOT.invoke(null), found);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("Cannot list the live threads", e);
    }
    return found;
  }

  private static void collect(Object container, Set<Thread> found)
      throws IllegalAccessException, InvocationTargetException {
    for (Object thread : ((Stream<?>) THREADS.invoke(container)).toList()) {
      if (isSomebodys((Thread) thread)) {
        found.add((Thread) thread);
      }
    }
    for (Object child : ((Stream<?>) CHILDREN.invoke(container)).toList()) {
      collect(child, found);
    }
  }

  private static boolean isSomebodys(Thread thread) {
    if (thread.isVirtual()) {
      // The microscope has reported what it left behind; those never run again.
      return thread.isAlive() && !(VirtualThreads.scheduler(thread) instanceof SeededHost);
    }
    ThreadGroup group = thread.getThreadGroup();
    return thread.isAlive()
        && group != null
        && !JVM_GROUPS.contains(group.getName())
        && !KEPT_NAMES.contains(thread.getName())
        && !(thread instanceof ForkJoinWorkerThread worker
            && worker.getPool().equals(ForkJoinPool.commonPool()));
  }
}
