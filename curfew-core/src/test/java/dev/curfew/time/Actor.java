// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

/** One thread under the microscope. Touched only on the thread that runs the exploration. */
final class Actor {

  final int number;
  final Thread thread;

  /** Whether the exploration goes on, clock included, until this thread has ended. */
  final boolean awaited;

  /** Of those that can run, the highest one runs, in explorations that go by rank. */
  int rank;

  boolean started;
  boolean queued;

  /** Whether it is inside {@link Host#parkNanos}. */
  boolean parked;

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
