// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

/** One thread under the microscope. Touched only on the thread that runs the exploration. */
final class Actor {

  /** What the thread did when it last gave way, where the scheduler has to know. */
  enum Wait {
    /** Runnable, running, or parked until something under the microscope wakes it. */
    NONE,
    /** Waits for a monitor; the JVM hands it back through a thread of its own, in real time. */
    MONITOR,
    /** In a timed wait of the JDK, which ends in real time. */
    REAL_TIME
  }

  final int number;
  final Thread thread;

  /** Whether the exploration goes on, clock included, until this thread has ended. */
  final boolean awaited;

  /** Of those that can run, the highest one runs, in explorations that go by rank. */
  int rank;

  boolean started;
  boolean queued;
  Wait wait = Wait.NONE;

  /** Interleaving points passed so far. */
  long steps;

  Actor(int number, Thread thread, boolean awaited, int rank) {
    this.number = number;
    this.thread = thread;
    this.awaited = awaited;
    this.rank = rank;
  }

  /** The thread's name, or its number in the order of creation. */
  String name() {
    String name = thread.getName();
    return name.isEmpty() ? "#" + number : name;
  }
}
