// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What comes first in a report: lost before stuck before unclosed before the rest; then what is
 * certain, then what is frequent, then what lasted longest. Equal ones keep their order.
 *
 * <p>Comparators are classes of their own: lambdas cost most where a JVM is cold, at its exit.
 */
final class Ranking {
  private Ranking() {}

  static List<Pending> ofPending(List<Pending> tasks) {
    return sorted(tasks, new WorstTask());
  }

  static List<Finding> ofFindings(List<Finding> findings) {
    return sorted(findings, new WorstFinding());
  }

  /** The resources that did not close, worst first. */
  static List<ResourceEnd> ofUnclosed(List<ResourceEnd> resources) {
    List<ResourceEnd> unclosed = new ArrayList<>();
    for (ResourceEnd resource : resources) {
      if (resource.how() != ResourceEnd.How.CLOSED) {
        unclosed.add(resource);
      }
    }
    return sorted(unclosed, new WorstEnd());
  }

  static <T> List<T> sorted(List<T> list, Comparator<? super T> order) {
    if (list.size() < 2) {
      return list;
    }
    List<T> sorted = new ArrayList<>(list);
    sorted.sort(order);
    return sorted;
  }

  private static final class WorstTask implements Comparator<Pending> {
    @Override
    public int compare(Pending left, Pending right) {
      int byState = Integer.compare(rank(left.state()), rank(right.state()));
      if (byState != 0) {
        return byState;
      }
      int byNumber = Integer.compare(right.alike(), left.alike());
      return byNumber != 0 ? byNumber : right.elapsed().compareTo(left.elapsed());
    }

    /** Never run; then stuck, the clearer the earlier; then what may yet end; then bystanders. */
    private static int rank(Pending.State state) {
      return switch (state) {
        case NOT_STARTED, QUEUED -> 0;
        case IGNORED_CANCEL -> 1;
        case WAITS_UNINTERRUPTIBLY -> 2;
        case BLOCKED -> 3;
        case NATIVE -> 4;
        case COMPUTING -> 5;
        case CLEANING_UP -> 6;
        case SHIELDED -> 7;
        case CANCELLED -> 8;
        case RUNNING, BACKING_OFF -> 9;
        case STARVED -> 10;
      };
    }
  }

  private static final class WorstEnd implements Comparator<ResourceEnd> {
    @Override
    public int compare(ResourceEnd left, ResourceEnd right) {
      return Integer.compare(rank(left.how()), rank(right.how()));
    }

    private static int rank(ResourceEnd.How how) {
      return switch (how) {
        case ABANDONED -> 0;
        case THREW -> 1;
        case SKIPPED -> 2;
        case CLOSED -> 3;
      };
    }
  }

  private static final class WorstFinding implements Comparator<Finding> {
    @Override
    public int compare(Finding left, Finding right) {
      int byCause = Integer.compare(rank(left.cause()), rank(right.cause()));
      if (byCause != 0) {
        return byCause;
      }
      int byCertainty = Boolean.compare(right.certain(), left.certain());
      return byCertainty != 0 ? byCertainty : Integer.compare(right.count(), left.count());
    }

    private static int rank(@Nullable Cause cause) {
      if (cause == null) {
        return 5;
      }
      return switch (cause) {
        case NO_SIGNAL -> 0;
        case FORGOTTEN -> 1;
        case ORDER -> 2;
        case SWALLOWED -> 3;
        case UNCLOSED -> 4;
      };
    }
  }
}
