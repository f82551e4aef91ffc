// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
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

  /** Not part of the word: the flag was set when a shield was raised. */
  static final int HELD = 1 << 5;

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
    return reason(scope);
  }

  /** Why what happens in this block is cancelled; null stands for outside all. Any thread. */
  final @Nullable CancelReason reason(@Nullable Group within) {
    return within == null ? baseReason() : within.reason();
  }

  /** For this strand's own thread. */
  final StopSignal stopSignal() {
    Group innermost = scope;
    return new Signal.View(innermost == null ? baseSignal() : innermost.forkSignal(), this);
  }

  /** Inside a shield, which holds the others off, it is the shield's limit. Own thread. */
  final long deadlineNanos() {
    if (isShielded()) {
      return Shield.limit(this);
    }
    Group innermost = scope;
    return innermost == null ? baseDeadline() : innermost.deadline;
  }

  final Deadline deadline() {
    long nanos = deadlineNanos();
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
    return isShielded(w, scope);
  }

  private static boolean isShielded(int w, @Nullable Group within) {
    return (w & EXPIRED) == 0 && shieldDepth(w) > (within == null ? 0 : within.shieldDepth);
  }

  /** Whether what happens in this block is cancelled, null for outside all, and not held off. */
  final boolean isDue(@Nullable Group within) {
    return reason(within) != null && !isShielded(word, within);
  }

  /** Whether it is cancelled where it is now, and no shield is up there. Any thread. */
  final boolean isDue() {
    // One look at the scope: the strand may leave it meanwhile, for a place that a shield protects.
    return isDue(scope);
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
      if (isDue()) {
        if (signalOnly()) {
          LockSupport.unpark(target);
        } else {
          if (before == IDLE && target.isInterrupted()) {
            after |= FOREIGN;
          }
          Host.step();
          after = (after & FOREIGN) | DELIVERED;
          target.interrupt();
        }
      }
    } catch (Throwable t) {
      // Throwable: an interrupt closes the channel that the thread is blocked in, which is foreign
      // code. The thread is interrupted all the same, and so must be those that come after it.
      Findings.note(path(), "failed when its interrupt closed what it waits in", t);
      interruptAgain(target);
    } finally {
      settle(after);
    }
  }

  /** An interrupt that threw has set the flag, but may not have woken a virtual thread. */
  private static void interruptAgain(Thread target) {
    try {
      target.interrupt();
    } catch (Throwable t) {
      // Throwable: the same foreign code as before, which is reported.
      LockSupport.unpark(target);
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
  @SuppressWarnings("ThreadPriorityCheck") // for a virtual thread it is more than a hint
  private void waitOutDelivery() {
    for (int spins = 0; (word & DELIVERY) == DELIVERING; spins++) {
      if (spins < 64) {
        Thread.onSpinWait();
      } else {
        // The canceller was descheduled, or closes a channel for us. Not interruptible: short.
        Host.current().parkNanos(this, 20_000);
        if (Thread.currentThread().isInterrupted()) {
          // Then nobody parks; but the canceller may need the carrier that this thread is on.
          Thread.yield();
        }
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
    if (cancelled) {
      Finder.forget(this);
    }
    Host.step();
    if (isDue()) {
      // An outer block, or the task, is cancelled too. Its interrupt may have been consumed, or
      // held off, in here: what is left other than by InterruptedException must not forget it.
      if (!interrupted) {
        waitOutDelivery();
        deliver(true);
      }
      return;
    }
    if (cancelled && takeBack() && isDue()) {
      // Cancelled since we looked: its canceller may have found ours delivered, and left it.
      deliver(true);
    }
  }

  /** Takes back an interrupt of ours, if one was delivered. Own thread. */
  private boolean takeBack() {
    for (; ; ) {
      waitOutDelivery();
      int w = word;
      if ((w & DELIVERY) == IDLE || (w & DELIVERY) == GONE) {
        return false;
      }
      if ((w & DELIVERY) == DELIVERED) {
        // The flag first: once the strand is idle, the next flag may be for an outer block.
        setFlag((w & FOREIGN) != 0);
        Host.step();
        if (WORD.compareAndSet(this, w, w & ~(DELIVERY | FOREIGN))) {
          return true;
        }
      }
    }
  }

  private static void setFlag(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    } else {
      Thread.interrupted();
    }
  }

  /**
   * Raises a shield: no delivery from now on, and the flag is clear. Own thread.
   *
   * <p>Inside, the strand is idle: a group that is opened under the shield has a delivery of its
   * own, which must not be taken for the one outside.
   *
   * @return how far delivery had got outside, with {@link #HELD} if the flag was set
   */
  final int raiseShield() {
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
      if (WORD.compareAndSet(this, w, (w & ~(EXPIRED | DELIVERY | FOREIGN)) + SHIELD_ONE)) {
        return (w & (DELIVERY | FOREIGN)) | (Thread.interrupted() ? HELD : 0);
      }
    }
  }

  /**
   * Lowers a shield and restores what was before it. Own thread.
   *
   * @param held what raising it returned
   * @param outerExpired whether the shield around it, if there is one, has reached its limit
   */
  final void lowerShield(int held, boolean outerExpired) {
    for (; ; ) {
      waitOutDelivery();
      int w = word;
      if ((w & DELIVERY) == DELIVERING) {
        continue;
      }
      int lowered = (w & ~(EXPIRED | DELIVERY | FOREIGN)) - SHIELD_ONE;
      lowered |= outerExpired ? EXPIRED : 0;
      int outside = held & (DELIVERY | FOREIGN);
      if ((w & DELIVERY) == DELIVERED) {
        // The limit had passed, and what was held came through.
        if (isShielded(lowered, scope)) {
          setFlag((w & FOREIGN) != 0); // It was for the inside of this shield only.
        } else {
          boolean foreign = (held & (DELIVERY | HELD)) == (IDLE | HELD);
          outside = DELIVERED | ((outside | w) & FOREIGN) | (foreign ? FOREIGN : 0);
        }
      }
      if ((held & HELD) != 0) {
        // Before the strand can be reached again: a canceller must see whose flag it is.
        Thread.currentThread().interrupt();
      }
      Host.step();
      if (WORD.compareAndSet(this, w, lowered | outside)) {
        return;
      }
    }
  }

  /** The limit of the shield at this depth has passed; false if it is not the innermost. */
  final boolean expireShield(int depth) {
    for (; ; ) {
      int w = word;
      if (shieldDepth(w) != depth) {
        return false;
      }
      if (WORD.compareAndSet(this, w, w | EXPIRED)) {
        return true;
      }
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
