// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A task that did not end.
 *
 * @param path where it stands in the tree
 * @param state what it was doing when it was last seen
 * @param elapsed how long it has been in that state (for {@link State#IGNORED_CANCEL} and the
 *     states that explain it: since the cancel)
 * @param started where it was forked: the first frame of the application, if known
 * @param now its stack when it was last seen, innermost frame first; empty if it was not looked at
 * @param finding what is wrong with it, if that is known
 * @param alike how many tasks this line stands for, at least 1
 */
public record Pending(
    String path,
    State state,
    Duration elapsed,
    @Nullable StackTraceElement started,
    List<StackTraceElement> now,
    @Nullable Finding finding,
    int alike) {
  /** What a task that is still there is doing. */
  public enum State {
    /** Its thread has not begun its body. */
    NOT_STARTED,
    /** It has not begun its body: its group is bounded, and others have their turn. */
    QUEUED,
    /** It runs, or waits, and nobody has cancelled it. */
    RUNNING,
    /** It has failed, is supervised, and waits until it is run again. */
    BACKING_OFF,
    /** It was cancelled a moment ago. */
    CANCELLED,
    /** It was cancelled, consumed the interrupt, and went on. */
    IGNORED_CANCEL,
    /** It was cancelled, consumed the interrupt, and has moved on: it may be cleaning up. */
    CLEANING_UP,
    /** It was cancelled and waits for a monitor, which no interrupt ends. */
    BLOCKED,
    /** It was cancelled and is in native input or output. */
    NATIVE,
    /** It was cancelled and computes without looking at its interrupt flag. */
    COMPUTING,
    /** It was cancelled and waits in a method of the JDK that ignores interrupts. */
    WAITS_UNINTERRUPTIBLY,
    /** It was cancelled and gets no carrier thread to run on. */
    STARVED,
    /** It holds its cancel off while it cleans up. */
    SHIELDED
  }

  /** Rejects null and a count below 1. */
  public Pending {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(elapsed, "elapsed");
    now = List.copyOf(now);
    if (alike < 1) {
      throw new IllegalArgumentException("alike: expected at least 1, got " + alike);
    }
  }

  /**
   * The tasks with equal ones made one: same path without ordinals, state, start, innermost frame
   * of the application, and cause. It keeps the first's details, the longest time, and the sum of
   * what they stand for; in the order in which they first occur.
   *
   * @param tasks any number, in any order
   * @return the groups
   */
  public static List<Pending> grouped(Iterable<Pending> tasks) {
    Map<String, Pending> groups = new LinkedHashMap<>();
    for (Pending task : tasks) {
      String signature = task.signature();
      Pending first = groups.get(signature);
      groups.put(signature, first == null ? task : first.and(task));
    }
    return List.copyOf(groups.values());
  }

  private String signature() {
    return Signature.of(state, path)
        .append(started)
        .append('|')
        .append(Frames.first(now))
        .append('|')
        .append(finding == null ? null : finding.cause())
        .toString();
  }

  private Pending and(Pending other) {
    Duration longest = elapsed.compareTo(other.elapsed) < 0 ? other.elapsed : elapsed;
    return new Pending(path, state, longest, started, now, finding, alike + other.alike);
  }
}
