// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

/** Where a job in a queue stands. */
public enum JobState {
  /** It is due, now or later. */
  WAITING,
  /** A worker has claimed it. */
  RUNNING,
  /** Nobody tries it any more, until somebody requeues it. */
  DEAD
}
