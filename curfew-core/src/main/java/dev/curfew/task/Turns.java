// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Host;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The turns of a {@linkplain GroupOptions#bounded bounded} group: a fork has one while its body
 * runs, unless that only waits for an {@linkplain Adopted adopted} future. It waits for it on its
 * own thread, before it claims its body, so until then it has not started.
 *
 * <pre>
 *   WAITING ──granted by who gives one back──▶ HELD ──the bit is cleared──▶ given back
 *      └──cancelled, or never to start──▶ left, in the same step as it leaves the queue
 * </pre>
 *
 * Who has a turn has the bit {@link GroupTask#TURN}. A turn goes back by clearing it, atomically,
 * so it goes back once, whoever comes first: the task at its end, the task that waits for another
 * one of its group and lends its turn meanwhile, or whoever gives the task up. Taken and given back
 * at the bottom of a task's own stack, never at the end of somebody's.
 */
@SuppressWarnings("ReferenceEquality") // groups have identity, not value
final class Turns {
  /** One that waits. In the queue, and linked, until it is granted or left. */
  private static final class Waiting {
    final Thread thread = Thread.currentThread();

    /** Written under the lock, read by its thread. */
    volatile boolean granted;

    /** Guarded by the lock. */
    @Nullable Waiting next;

    @Nullable Waiting previous;
  }

  /** To wake whom it goes to, to wait, and to take it again. */
  private static final int FRAMES_TO_LEND = 256;

  /** Guarded by this. While somebody waits there is none free: a turn is handed over. */
  private int free;

  /** Guarded by this. */
  private @Nullable Waiting first;

  private @Nullable Waiting last;

  Turns(int most) {
    free = most;
  }

  /** Waits for a turn, after those that wait already. Its own thread, before its body. */
  void take(GroupTask<?> task) {
    take(task, false);
  }

  /**
   * Gives the turn back while its task waits for another one of the group.
   *
   * @return whether it had one: then {@link #takeAgain} follows
   */
  boolean lend(@Nullable Strand waiter, Group group) {
    if (waiter instanceof GroupTask<?> task && task.group == group) {
      // Deep in a body: at the end of the stack an error between two steps would lose the turn.
      StackProbe.touch(FRAMES_TO_LEND);
      return giveBack(task);
    }
    return false;
  }

  /** Takes the turn again that was lent, before all that have not begun. Its own thread. */
  void takeAgain(@Nullable Strand waiter) {
    if (waiter instanceof GroupTask<?> task) {
      take(task, true);
    }
  }

  /** Gives the turn back, if this task has one. Any thread; whether it had. */
  boolean giveBack(GroupTask<?> task) {
    int before = (int) Strand.WORD.getAndBitwiseAnd(task, ~GroupTask.TURN);
    if ((before & GroupTask.TURN) == 0) {
      return false;
    }
    Host.step();
    handOver();
    return true;
  }

  private void handOver() {
    Waiting next;
    synchronized (this) {
      next = first;
      if (next == null) {
        free++;
      } else {
        unlink(next);
        next.granted = true;
      }
    }
    if (next != null) {
      LockSupport.unpark(next.thread);
    }
  }

  /** Returns with a turn, or without one if the task is cancelled: its body is not to run then. */
  private void take(GroupTask<?> task, boolean before) {
    Waiting waiting = new Waiting();
    synchronized (this) {
      if (free > 0) {
        free--;
        waiting.granted = true;
      } else {
        link(waiting, before);
      }
    }
    boolean interrupted = false;
    try {
      while (!waiting.granted) {
        if ((task.reason() != null || task.hasEnded()) && leave(waiting)) {
          break;
        }
        Host.step();
        Host.current().parkNanos(this, Long.MAX_VALUE);
        // Not an answer to it: that is for the body, or for who finds that there is none to run.
        interrupted |= Thread.interrupted();
      }
    } catch (Throwable t) {
      // Throwable: a full heap may have no room for a stack that is to be put aside.
      if (!leave(waiting)) {
        handOver();
      }
      throw t;
    }
    if (waiting.granted) {
      task.mark(GroupTask.TURN, true);
      Host.step();
      if (task.isDone()) {
        giveBack(task); // Nobody waits for it any more; who gave it up may not have seen the bit.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** False if it was granted before. */
  private synchronized boolean leave(Waiting waiting) {
    if (waiting.granted) {
      return false;
    }
    unlink(waiting);
    return true;
  }

  private void link(Waiting waiting, boolean before) {
    Waiting head = first;
    Waiting tail = last;
    if (head == null || tail == null) {
      first = waiting;
      last = waiting;
    } else if (before) {
      waiting.next = head;
      head.previous = waiting;
      first = waiting;
    } else {
      waiting.previous = tail;
      tail.next = waiting;
      last = waiting;
    }
  }

  private void unlink(Waiting waiting) {
    Waiting previous = waiting.previous;
    Waiting next = waiting.next;
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previous = previous;
    }
  }

  /** How many turns nobody has; for tests. */
  synchronized int free() {
    return free;
  }
}
