// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What unblocks a strand that an interrupt can't: ARMED while its block runs; one CAS decides
 * whether a cancel runs it or the end of the block disarms it.
 */
final class Hook {
  private static final int ARMED = 0;
  private static final int RUNNING = 1;
  private static final int DONE = 2;

  /** How long the end of a block waits for a hook that runs. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** The innermost hook of each strand that has one; its bit is {@link Strand#HOOKED}. */
  private static final Map<Strand, Hook> ARMED_HOOKS = new ConcurrentHashMap<>();

  private final Action action;
  private final Strand strand;
  private final @Nullable Hook outer;
  private final AtomicInteger state = new AtomicInteger(ARMED);

  /** The block that it was armed in: only what cancels that runs it. */
  private final @Nullable Group scope;

  private Hook(Action action, Strand strand) {
    this.action = action;
    this.strand = strand;
    scope = strand.scope;
    outer = ARMED_HOOKS.get(strand);
  }

  /** Own thread of the strand. */
  static Hook arm(Action action, Strand strand) {
    Hook hook = new Hook(action, strand);
    ARMED_HOOKS.put(strand, hook);
    strand.mark(Strand.HOOKED, true);
    Host.step();
    return hook;
  }

  /** Ends the block: the hook has run, or never will. Own thread of the strand. */
  void disarm() {
    if (outer == null) {
      ARMED_HOOKS.remove(strand);
      strand.mark(Strand.HOOKED, false);
    } else {
      ARMED_HOOKS.put(strand, outer);
    }
    Host.step();
    while (!state.compareAndSet(ARMED, DONE) && state.get() != DONE) {
      if (!awaitRun()) {
        return;
      }
    }
  }

  /** If it runs, it must not hit what comes next. Keeps any interrupt; false if it goes on. */
  private boolean awaitRun() {
    boolean interrupted = false;
    Deadline limit = Deadline.in(PATIENCE);
    while (state.get() == RUNNING && !limit.hasPassed()) {
      Host.current().parkNanos(this, limit.remainingNanos());
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return state.get() != RUNNING;
  }

  /** A shield was raised: waits for hooks that began before. Own thread of the strand. */
  static void waitOut(Strand strand) {
    if ((strand.word & Strand.HOOKED) == 0) {
      return;
    }
    boolean goesOn = true;
    for (Hook hook = ARMED_HOOKS.get(strand); hook != null && goesOn; hook = hook.outer) {
      goesOn = hook.awaitRun();
    }
  }

  /** Whether a cancel of this strand has hooks to run, which no shield holds off. Any thread. */
  static boolean anyDue(Strand strand) {
    if ((strand.word & Strand.HOOKED) == 0) {
      return false;
    }
    for (Hook hook = ARMED_HOOKS.get(strand); hook != null; hook = hook.outer) {
      if (hook.isDue()) {
        return true;
      }
    }
    return false;
  }

  /** Runs the hooks that are due, innermost first. A helper's thread: this is user code. */
  static void runDue(Strand strand) {
    for (Hook hook = ARMED_HOOKS.get(strand); hook != null; hook = hook.outer) {
      if (hook.isDue()) {
        hook.run();
      }
    }
  }

  private boolean isDue() {
    return state.get() == ARMED && strand.isDue(scope);
  }

  private void run() {
    if (!state.compareAndSet(ARMED, RUNNING)) {
      return;
    }
    int after = DONE;
    try {
      if (strand.isDue(scope)) {
        action.run();
      } else {
        after = ARMED; // A shield was raised in between, and nobody waited for it.
      }
    } catch (Throwable t) {
      // Throwable: a hook that fails must not keep the others from running; it is reported.
      Findings.hookFailed(strand.path(), t);
    } finally {
      state.set(after);
      LockSupport.unpark(strand.thread);
    }
  }
}
