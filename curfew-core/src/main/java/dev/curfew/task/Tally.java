// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.WorkCount;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** What a stop cut off and nobody has named yet; null if nothing. */
    private @Nullable List<GroupTask<?>> unnamed;

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
          if ((word & GroupTask.KIND) == GroupTask.FORK) {
            countLost(task, word); // Its failure came after the cancel, if it was cut off.
          }
        }
        case GroupTask.CANCELLED -> {
          if ((word & GroupTask.KIND) == GroupTask.BACKGROUND) {
            completed++;
          } else {
            cancelled++;
            countLost(task, word);
          }
        }
        case GroupTask.NEVER_STARTED -> {
          neverStarted++;
          countLost(task, word);
        }
        default -> {
          // It is still out: accepted without an end, which is what WorkCount.open() says.
        }
      }
    }

    private void countLost(GroupTask<?> task, int word) {
      if (task.wasCutOff()) {
        lost++;
        if ((word & GroupTask.NAMED) == 0) {
          task.mark(GroupTask.NAMED, true);
          if (unnamed == null) {
            unnamed = new ArrayList<>();
          }
          unnamed.add(task);
        }
      }
    }

    /** Says what was lost. Not under a lock. */
    void nameLost() {
      if (unnamed != null) {
        unnamed.forEach(Findings::lost);
      }
    }

    WorkCount result() {
      return new WorkCount(
          accepted, completed, failed, 0, cancelled, neverStarted, abandoned, rejected, lost);
    }
  }
}
