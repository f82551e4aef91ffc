// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A thread that works inside the tree: a task's, or a foreign one that has opened a group.
 *
 * <p><b>Delivery.</b> Each strand has one word; its low bits say how far our interrupt has got.
 *
 * <pre>
 *   IDLE ──CAS──▶ DELIVERING ──▶ DELIVERED ──CAS, flag clear──▶ DELIVERING …
 *                     │                └──the outermost cancelled block ends──▶ IDLE
 *                     └──nothing is cancelled any more──▶ back
 *   any ──the task ends──▶ GONE
 * </pre>
 *
 * A canceller first marks the whole subtree, then delivers: it claims DELIVERING, looks whether the
 * strand is still cancelled, interrupts, sets DELIVERED. The end of a block first closes its scope,
 * then waits out DELIVERING. So either the canceller sees the closed scope and interrupts nothing,
 * or the block's end sees the interrupt and clears it: none of ours leaks, whoever is descheduled.
 * A shield raises the depth in the same word, so it excludes a delivery in the same way.
 */
abstract class Strand {
  // How far our interrupt has got: bits 0 to 1.
  static final int IDLE = 0;
  static final int DELIVERING = 1;
  static final int DELIVERED = 2;
  static final int GONE = 3;
  static final int DELIVERY = 3;

  /** The flag was set before we delivered: it is somebody else's, and kept. */
  static final int FOREIGN = 1 << 2;

  /** A hook is armed; see {@link Hook}. */
  static final int HOOKED = 1 << 3;

  /** The limit of the innermost shield has passed: it holds nothing off any more. */
  static final int EXPIRED = 1 << 4;

  // How many shields are up: bits 8 to 15.
  private static final int SHIELD_ONE = 1 << 8;
  private static final int SHIELD_DEPTH = 0xFF << 8;

  static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(Strand.class, "word", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Written by CAS, by any thread. Bits 16 and up belong to {@link GroupTask}. */
  volatile int word;

  /** Set before the thread starts, or by the thread itself; read by any. */
  @Nullable Thread thread;

  /** The innermost block that this strand is in: written by the strand, read by any thread. */
  volatile @Nullable Group scope;

  /** The strand of the calling thread; a foreign thread gets one of its own. */
  static Strand current() {
    Strand known = ForeignStrand.known();
    return known != null ? known : ForeignStrand.adopt();
  }

  /** Why the work outside all blocks of this strand is cancelled, if it is. */
  abstract @Nullable CancelReason baseReason();

  /** The signal of the work outside all blocks of this strand. */
  abstract Signal baseSignal();

  /** The deadline of the work outside all blocks of this strand. */
  abstract long baseDeadline();

  /** The path of the work outside all blocks; empty for the root of the process. */
  abstract String path();

  /** Where the work of blocks that end is added up. */
  abstract Tally tally();

  /** Whether this thread must never be interrupted. */
  abstract boolean signalOnly();

  /** Any thread. */
  final @Nullable CancelReason reason() {
    Group innermost = scope;
    return innermost == null ? baseReason() : innermost.reason();
  }

  /** For this strand's own thread. */
  final StopSignal stopSignal() {
    Group innermost = scope;
    return new Signal.View(innermost == null ? baseSignal() : innermost.forkSignal(), this);
  }

  final Deadline deadline() {
    Group innermost = scope;
    long nanos = innermost == null ? baseDeadline() : innermost.deadline;
    return nanos == Group.NO_DEADLINE ? Deadline.never() : Deadline.at(nanos);
  }

  final void check() throws InterruptedException {
    CancelReason reason = reason();
    if (reason != null && !isShielded()) {
      throw new InterruptedException("cancelled: " + reason);
    }
  }

  /** Whether a shield is up inside the innermost block. Any thread. */
  final boolean isShielded() {
    return isShielded(word);
  }

  private boolean isShielded(int w) {
    Group innermost = scope;
    return (w & EXPIRED) == 0 && shieldDepth(w) > (innermost == null ? 0 : innermost.shieldDepth);
  }

  final int shieldDepth() {
    return shieldDepth(word);
  }

  private static int shieldDepth(int w) {
    return (w & SHIELD_DEPTH) >>> 8;
  }

  /**
   * Interrupts this strand if it is cancelled and no shield is up: once, or, when {@code again},
   * once more if its flag is clear. Any thread; may run code of the interrupted thread's channel.
   */
  final void deliver(boolean again) {
    Thread target = thread;
    if (target == null) {
      return;
    }
    int w;
    for (; ; ) {
      w = word;
      int delivery = w & DELIVERY;
      if (delivery == GONE || delivery == DELIVERING || isShielded(w)) {
        return;
      }
      if (delivery == DELIVERED && (!again || target.isInterrupted())) {
        return;
      }
      if (WORD.compareAndSet(this, w, (w & ~DELIVERY) | DELIVERING)) {
        break;
      }
    }
    Host.step();
    int before = w & DELIVERY;
    int after = before;
    try {
      if (reason() != null) {
        if (signalOnly()) {
          java.util.concurrent.locks.LockSupport.unpark(target);
        } else {
          if (before == IDLE && target.isInterrupted()) {
            after |= FOREIGN;
          }
          Host.step();
          after = (after & FOREIGN) | DELIVERED;
          target.interrupt();
        }
      }
    } finally {
      // Also when the interrupted thread's channel threw: the claim must not stay.
      settle(after);
    }
  }

  private void settle(int delivery) {
    for (; ; ) {
      int w = word;
      if ((w & DELIVERY) == GONE || WORD.compareAndSet(this, w, (w & ~DELIVERY) | delivery)) {
        return;
      }
    }
  }

  final boolean wasDelivered() {
    return (word & DELIVERY) == DELIVERED;
  }

  /** Waits until nobody is about to interrupt this thread. Own thread. */
  private void waitOutDelivery() {
    for (int spins = 0; (word & DELIVERY) == DELIVERING; spins++) {
      if (spins < 64) {
        Thread.onSpinWait();
      } else {
        // The canceller was descheduled, or closes a channel for us. Not interruptible: short.
        Host.current().parkNanos(this, 20_000);
      }
    }
  }

  /**
   * The block has ended; its scope is closed, so no new delivery can start for it. Own thread.
   *
   * @param cancelled whether the block was cancelled
   * @param interrupted whether the block is left by an InterruptedException
   */
  final void leave(Group group, boolean cancelled, boolean interrupted) {
    scope = group.outer;
    Host.step();
    if (reason() != null && !isShielded()) {
      // An outer block, or the task, is cancelled too. Its interrupt may have been consumed, or
      // held off, in here: what is left other than by InterruptedException must not forget it.
      if (!interrupted) {
        waitOutDelivery();
        deliver(true);
      }
      return;
    }
    if (!cancelled) {
      return;
    }
    waitOutDelivery();
    for (; ; ) {
      int w = word;
      if ((w & DELIVERY) != DELIVERED) {
        return;
      }
      Host.step();
      if (WORD.compareAndSet(this, w, w & ~(DELIVERY | FOREIGN))) {
        boolean foreign = (w & FOREIGN) != 0;
        Thread.interrupted();
        if (foreign) {
          Thread.currentThread().interrupt();
        }
        return;
      }
    }
  }

  /**
   * Raises a shield: no delivery from now on, and the flag is clear. Own thread.
   *
   * @return whether the flag was set
   */
  final boolean raiseShield() {
    for (; ; ) {
      waitOutDelivery();
      int w = word;
      if ((w & DELIVERY) == DELIVERING) {
        continue;
      }
      if (shieldDepth(w) == 255) {
        throw new IllegalStateException("255 shields are up already: a shield that calls itself?");
      }
      Host.step();
      if (WORD.compareAndSet(this, w, (w & ~EXPIRED) + SHIELD_ONE)) {
        return Thread.interrupted();
      }
    }
  }

  /** Lowers a shield, restores the flag, and delivers what became due meanwhile. Own thread. */
  final void lowerShield(boolean wasInterrupted) {
    for (; ; ) {
      int w = word;
      if (WORD.compareAndSet(this, w, (w & ~EXPIRED) - SHIELD_ONE)) {
        break;
      }
    }
    Host.step();
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    if (reason() != null) {
      deliver(true);
    }
  }

  /** Sets or clears bits. Any thread. */
  final void mark(int bits, boolean on) {
    for (; ; ) {
      int w = word;
      if (WORD.compareAndSet(this, w, on ? w | bits : w & ~bits)) {
        return;
      }
    }
  }
}
