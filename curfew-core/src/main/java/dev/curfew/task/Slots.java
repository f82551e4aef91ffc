// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Host;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The records of a group's tasks, in chunks of slots in the order of forking.
 *
 * <p>A fork stores its record in the next slot and only then asks the group's word to accept it, so
 * whoever cancels the group after that finds it. A finishing task writes nothing here: no hashing,
 * no node, no write to a neighbour. When a chunk is full, its writer looks at two older ones and
 * drops them if most of their tasks have ended, moving the few that live to the new chunk: first
 * published there, then cleared here, so a walk from old to new sees each at least once.
 *
 * <p>The owner's forks have a lane of their own, whose index is a plain field; all others share one
 * whose index is atomic.
 */
final class Slots {
  private static final int FIRST = 4;
  private static final int FULL = 256;

  /** A chunk is dropped if at most this many of its tasks are alive. */
  private static final int FEW = 32;

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(GroupTask[].class);
  private static final VarHandle USED;

  static {
    try {
      USED = MethodHandles.lookup().findVarHandle(Chunk.class, "used", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Chunk {
    final @Nullable GroupTask<?>[] tasks;

    /** Owner's lane: written by the owner. Shared lane: by getAndAdd, may exceed the length. */
    int used;

    volatile @Nullable Chunk next;

    Chunk(int size) {
      tasks = new GroupTask<?>[size];
    }
  }

  /** Oldest first. */
  private static final class Lane {
    volatile Chunk head;
    volatile Chunk tail;

    /** Where the next sweep begins; only its writer, or under the lock of the shared lane. */
    @Nullable Chunk sweptUpTo;

    Lane() {
      head = new Chunk(FIRST);
      tail = head;
    }
  }

  private final Group group;

  /** Written by the owner, read by any thread. */
  private volatile @Nullable Lane owners;

  /** Made under the lock of this. */
  private volatile @Nullable Lane shared;

  Slots(Group group) {
    this.group = group;
  }

  /** Publishes a record. The owner only. */
  void addAsOwner(GroupTask<?> task) {
    Lane lane = owners;
    if (lane == null) {
      lane = new Lane();
      owners = lane;
    }
    Chunk tail = lane.tail;
    int index = tail.used;
    if (index == tail.tasks.length) {
      tail = grow(lane);
      index = tail.used;
    }
    SLOT.setRelease(tail.tasks, index, task);
    tail.used = index + 1;
  }

  /** Publishes a record. Any thread. */
  void addShared(GroupTask<?> task) {
    for (; ; ) {
      Lane lane = sharedLane();
      Chunk tail = lane.tail;
      int index = (int) USED.getAndAdd(tail, 1);
      if (index < tail.tasks.length) {
        SLOT.setRelease(tail.tasks, index, task);
        return;
      }
      synchronized (this) {
        if (lane.tail == tail) {
          grow(lane);
        }
      }
    }
  }

  private Lane sharedLane() {
    Lane lane = shared;
    if (lane == null) {
      synchronized (this) {
        lane = shared;
        if (lane == null) {
          lane = new Lane();
          shared = lane;
        }
      }
    }
    return lane;
  }

  private Chunk grow(Lane lane) {
    Chunk old = lane.tail;
    Chunk fresh = new Chunk(Math.min(FULL, old.tasks.length * 4));
    // Linked before anything moves into it, so that a walk which no longer meets the old place of a
    // record comes to the new one.
    old.next = fresh;
    try {
      sweep(lane, fresh);
    } finally {
      // Also without stack or memory for the sweep: records may be there already.
      lane.tail = fresh;
    }
    return fresh;
  }

  /** Looks at two full chunks, oldest first and round again, and drops them if they are few. */
  private void sweep(Lane lane, Chunk fresh) {
    Chunk before = lane.sweptUpTo;
    for (int chunks = 0; chunks < 2; chunks++) {
      Chunk candidate = before == null ? lane.head : before.next;
      if (candidate == null || candidate == lane.tail) {
        // The newest full one is looked at next time; its tasks have only just begun.
        before = null;
        break;
      }
      if (drop(candidate, fresh)) {
        Chunk next = candidate.next;
        if (before == null) {
          lane.head = Objects.requireNonNull(next, "the full tail, at least, comes after it");
        } else {
          before.next = next;
        }
      } else {
        before = candidate;
      }
    }
    lane.sweptUpTo = before;
  }

  /** Classifies the ended tasks of a chunk and moves the others, if they are few. */
  private boolean drop(Chunk chunk, Chunk fresh) {
    int alive = 0;
    for (int i = 0; i < chunk.tasks.length; i++) {
      GroupTask<?> task = (GroupTask<?>) SLOT.getAcquire(chunk.tasks, i);
      if (task == null) {
        return false; // A fork from another thread has the slot, and has not stored its record yet.
      }
      if (!task.isSweepable(task.word)
          && (++alive > FEW || fresh.used + alive > fresh.tasks.length / 2)) {
        return false;
      }
    }
    @Nullable GroupTask<?>[] moving = new GroupTask<?>[alive];
    Tally.Pass pass = new Tally.Pass();
    synchronized (group.tally) {
      int moved = 0;
      for (int i = 0; i < chunk.tasks.length; i++) {
        GroupTask<?> task = (GroupTask<?>) SLOT.getAcquire(chunk.tasks, i);
        int word = task.word;
        if (task.isSweepable(word)) {
          pass.count(task, word);
        } else {
          moving[moved++] = task; // Tasks only end: there are not more of them than before.
        }
      }
      group.tally.add(pass.result());
      for (int i = 0; i < moved; i++) {
        SLOT.setRelease(fresh.tasks, fresh.used++, moving[i]);
        Host.step();
      }
      // Whoever adds the records up under this lock finds each of them once.
      for (int i = 0; i < chunk.tasks.length; i++) {
        group.forget((GroupTask<?>) SLOT.getAcquire(chunk.tasks, i));
        SLOT.setRelease(chunk.tasks, i, null);
      }
    }
    pass.nameLost();
    Host.step();
    return true;
  }

  /**
   * Calls with every record that is there: those whose fork happened before, at least once. Any
   * thread.
   */
  void forEach(Consumer<? super GroupTask<?>> visitor) {
    forEach(owners, visitor);
    forEach(shared, visitor);
  }

  private static void forEach(@Nullable Lane lane, Consumer<? super GroupTask<?>> visitor) {
    if (lane == null) {
      return;
    }
    for (Chunk chunk = lane.head; chunk != null; chunk = chunk.next) {
      @Nullable GroupTask<?>[] tasks = chunk.tasks;
      for (int i = 0; i < tasks.length; i++) {
        GroupTask<?> task = (GroupTask<?>) SLOT.getAcquire(tasks, i);
        if (task != null) {
          visitor.accept(task);
        }
      }
    }
  }
}
