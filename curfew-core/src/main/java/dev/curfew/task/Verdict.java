// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import dev.curfew.report.Pending;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What two looks at a cancelled thread say: the stack just before an interrupt was delivered again,
 * and flag, state and stack some time after. The uninterruptible waits of the JDK read exactly like
 * a swallowed interrupt (flag clear, same stack), so their row comes first.
 *
 * @param state what it is doing
 * @param finding what is wrong with it, if anything is known
 */
record Verdict(Pending.State state, @Nullable Finding finding) {
  /** By class: methods that wait and put an interrupt off until they return. */
  private static final Map<String, Set<String>> UNINTERRUPTIBLE =
      Map.ofEntries(
          Map.entry("java.util.concurrent.CompletableFuture", Set.of("join")),
          Map.entry("java.util.concurrent.ForkJoinTask", Set.of("join", "invoke")),
          Map.entry("java.util.concurrent.Semaphore", Set.of("acquireUninterruptibly")),
          Map.entry("java.util.concurrent.locks.ReentrantLock", Set.of("lock")),
          Map.entry("java.util.concurrent.locks.ReentrantReadWriteLock$ReadLock", Set.of("lock")),
          Map.entry("java.util.concurrent.locks.ReentrantReadWriteLock$WriteLock", Set.of("lock")),
          Map.entry("java.util.concurrent.locks.StampedLock", Set.of("readLock", "writeLock")),
          Map.entry("java.util.concurrent.Phaser", Set.of("arriveAndAwaitAdvance")),
          Map.entry("java.util.concurrent.ExecutorService", Set.of("close")),
          Map.entry("java.util.concurrent.ThreadPoolExecutor", Set.of("close")),
          Map.entry("java.util.concurrent.ThreadPerTaskExecutor", Set.of("close")),
          Map.entry("java.util.concurrent.ForkJoinPool", Set.of("close")),
          Map.entry("java.util.concurrent.StructuredTaskScopeImpl", Set.of("close")),
          Map.entry("java.net.http.HttpClient", Set.of("close")),
          Map.entry("jdk.internal.net.http.HttpClientImpl", Set.of("close")),
          Map.entry("jdk.internal.net.http.HttpClientFacade", Set.of("close")));

  /**
   * Judges.
   *
   * @param path of the task
   * @param flag whether its interrupt flag is set now
   * @param thread its state now
   * @param before its stack before the last delivery, innermost frame first
   * @param now its stack now
   * @param patient whether its grace period is over: then what moves is no cleanup any more
   */
  static Verdict of(
      String path,
      boolean flag,
      Thread.State thread,
      StackTraceElement[] before,
      StackTraceElement[] now,
      boolean patient) {
    if (now.length == 0) {
      return new Verdict(Pending.State.CANCELLED, null);
    }
    if (waitsForItsGroup(now)) {
      return new Verdict(Pending.State.CANCELLED, null); // What it waits for is looked at itself.
    }
    if (thread == Thread.State.RUNNABLE && isParked(now[0])) {
      return new Verdict(Pending.State.STARVED, null); // Whatever its flag: it could not react.
    }
    if (isIn(Adopted.class, now)) {
      return found(
          Pending.State.WAITS_UNINTERRUPTIBLY,
          null,
          path,
          "waits for the future that it adopted, whose work did not stop",
          now,
          "give adopt() a hook that stops it");
    }
    StackTraceElement wait = uninterruptibleWait(now);
    if (wait != null && thread != Thread.State.RUNNABLE) {
      return found(
          Pending.State.WAITS_UNINTERRUPTIBLY,
          null,
          path,
          "waits in " + Frames.name(wait) + ", which no interrupt ends",
          now,
          "use the form of the wait that an interrupt ends, or one with a time-out");
    }
    if (flag) {
      return flagged(path, thread, now);
    }
    if (java.util.Arrays.equals(before, now)) {
      return found(
          Pending.State.IGNORED_CANCEL,
          true,
          path,
          Frames.first(now),
          "the interrupt was consumed in %s and the loop went on");
    }
    if (!patient) {
      return new Verdict(Pending.State.CLEANING_UP, null);
    }
    return found(
        Pending.State.IGNORED_CANCEL,
        false,
        path,
        lastCommonApplication(before, now),
        "the interrupt was consumed below %s and the work went on");
  }

  /** For work that is never interrupted: a cancel is only told, and has not been asked for. */
  static Verdict ofUninterrupted(String path, StackTraceElement[] now) {
    if (now.length == 0 || waitsForItsGroup(now) || isIn(Adopted.class, now)) {
      return new Verdict(Pending.State.CANCELLED, null);
    }
    return new Verdict(
        Pending.State.CANCELLED,
        new Finding(
            null,
            path,
            "is never interrupted, and does not look at its stop signal",
            Frames.first(now),
            false,
            "wait with StopSignal.await, or call Cancellation.check() in the loop",
            1));
  }

  private static Verdict flagged(String path, Thread.State thread, StackTraceElement[] now) {
    if (thread == Thread.State.BLOCKED) {
      return found(
          Pending.State.BLOCKED,
          null,
          path,
          "waits for a monitor, which no interrupt ends",
          now,
          "use a ReentrantLock and lockInterruptibly() where it waits");
    }
    if (thread != Thread.State.RUNNABLE) {
      return new Verdict(Pending.State.CANCELLED, null);
    }
    if (now[0].isNativeMethod()) {
      return found(
          Pending.State.NATIVE,
          null,
          path,
          "is in native code, in " + Frames.name(now[0]) + ", which no interrupt ends",
          now,
          "close what it reads from with Cancellation.onCancel(...)");
    }
    return found(
        Pending.State.COMPUTING,
        null,
        path,
        "computes without looking at its interrupt flag",
        now,
        "call Cancellation.check() in the loop");
  }

  private static Verdict found(
      Pending.State state,
      @Nullable Cause cause,
      String path,
      String what,
      StackTraceElement[] now,
      String remedy) {
    return new Verdict(state, new Finding(cause, path, what, Frames.first(now), true, remedy, 1));
  }

  private static Verdict found(
      Pending.State state,
      boolean certain,
      String path,
      @Nullable StackTraceElement at,
      String what) {
    String where = at == null ? "code without a frame of the application" : Frames.name(at);
    String remedy =
        at == null
            ? Cause.SWALLOWED.remedy()
            : "let InterruptedException leave " + Frames.name(at) + ", or return after cleanup";
    return new Verdict(
        state,
        new Finding(Cause.SWALLOWED, path, what.replace("%s", where), at, certain, remedy, 1));
  }

  private static boolean isParked(StackTraceElement top) {
    return top.getClassName().equals("java.lang.VirtualThread")
        && top.getMethodName().startsWith("park");
  }

  /** Whether it is at the end of a block, or in a join: an interrupt does not end that wait. */
  private static boolean waitsForItsGroup(StackTraceElement[] now) {
    return isIn(Walk.class, now);
  }

  /** Whether this class of ours is the innermost, but for the JDK's, that it is in. */
  private static boolean isIn(Class<?> ours, StackTraceElement[] now) {
    for (StackTraceElement frame : now) {
      if (Frames.isApplication(frame)) {
        return false;
      }
      if (frame.getClassName().equals(ours.getName())) {
        return true;
      }
    }
    return false;
  }

  /** The JDK's frames on top of the stack, down to the first of the application. */
  private static @Nullable StackTraceElement uninterruptibleWait(StackTraceElement[] now) {
    for (StackTraceElement frame : now) {
      if (Frames.isApplication(frame)) {
        return null;
      }
      if (frame.getMethodName().equals("awaitUninterruptibly")
          || UNINTERRUPTIBLE
              .getOrDefault(frame.getClassName(), Set.of())
              .contains(frame.getMethodName())) {
        return frame;
      }
    }
    return null;
  }

  /** The innermost application frame that both stacks have, counted from the outermost. */
  private static @Nullable StackTraceElement lastCommonApplication(
      StackTraceElement[] before, StackTraceElement[] now) {
    StackTraceElement last = null;
    int common = Math.min(before.length, now.length);
    for (int depth = 1; depth <= common; depth++) {
      StackTraceElement frame = now[now.length - depth];
      StackTraceElement then = before[before.length - depth];
      boolean sameMethod =
          frame.getClassName().equals(then.getClassName())
              && frame.getMethodName().equals(then.getMethodName());
      if (!sameMethod) {
        break;
      }
      if (Frames.isApplication(frame)) {
        last = frame;
      }
      if (!frame.equals(then)) {
        break;
      }
    }
    return last != null ? last : Frames.first(now);
  }
}
