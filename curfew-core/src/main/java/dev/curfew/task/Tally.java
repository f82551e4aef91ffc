// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.WorkCount;

/**
 * The account of the work that has ended and whose records are gone. Nobody counts when a task
 * ends: records are classified when they are swept, so a finish costs no shared write.
 */
final class Tally {
  private WorkCount swept = WorkCount.NONE;

  /** Adds what a group, or one sweep, has classified. Any thread. */
  synchronized void add(WorkCount count) {
    swept = swept.plus(count);
  }

  synchronized WorkCount sum() {
    return swept;
  }

  /** Counts records by how they ended. Not shared. */
  static final class Pass {
    long accepted;
    private long completed;
    private long failed;
    private long cancelled;
    private long neverStarted;
    private long abandoned;
    long rejected;
    private long lost;

    void count(GroupTask<?> task, int word) {
      if (!GroupTask.isCounted(word)) {
        return;
      }
      if ((word & GroupTask.EXITED) != 0) {
        completed++;
        return;
      }
      if ((word & GroupTask.ABANDONED) != 0) {
        abandoned++;
        return;
      }
      switch (word & GroupTask.STATUS) {
        case GroupTask.COMPLETED -> completed++;
        case GroupTask.FAILED -> {
          failed++;
          // Cut off like a cancelled one, though it says so in words of its own.
          lost += (word & GroupTask.KIND) == GroupTask.FORK && task.wasCutOff() ? 1 : 0;
        }
        case GroupTask.CANCELLED -> {
          if ((word & GroupTask.KIND) == GroupTask.BACKGROUND) {
            completed++;
          } else {
            cancelled++;
            lost += task.wasCutOff() ? 1 : 0;
          }
        }
        case GroupTask.NEVER_STARTED -> {
          neverStarted++;
          lost += task.wasCutOff() ? 1 : 0;
        }
        default -> {
          // It is still out: accepted without an end, which is what WorkCount.open() says.
        }
      }
    }

    WorkCount result() {
      return new WorkCount(
          accepted, completed, failed, 0, cancelled, neverStarted, abandoned, rejected, lost);
    }
  }
}
