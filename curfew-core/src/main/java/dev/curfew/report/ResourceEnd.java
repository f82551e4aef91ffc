// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a resource ended.
 *
 * @param path its owner's path and its own name
 * @param how how it ended
 * @param openedAt where it was given to its owner: the first frame of the application, if known
 * @param took how long its close took, or was waited for
 * @param failure what its close threw, if it threw
 * @param now the stack of a close that did not return, innermost frame first; else empty
 * @param work what went through it, as far as it said so once its close had ended
 */
public record ResourceEnd(
    String path,
    How how,
    @Nullable StackTraceElement openedAt,
    Duration took,
    @Nullable Throwable failure,
    List<StackTraceElement> now,
    WorkCount work) {
  /** The ways in which a resource can end. */
  public enum How {
    /** Its close returned. */
    CLOSED,
    /** Its close threw. */
    THREW,
    /** Its close did not return within its limit. */
    ABANDONED,
    /** It was never closed: there was no time left, or its owner still ran. */
    SKIPPED
  }

  /** Rejects null. */
  public ResourceEnd {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(how, "how");
    Objects.requireNonNull(took, "took");
    Objects.requireNonNull(work, "work");
    now = List.copyOf(now);
  }

  /**
   * The end of a resource that no work went through.
   *
   * @param path its owner's path and its own name
   * @param how how it ended
   * @param openedAt where it was given to its owner: the first frame of the application, if known
   * @param took how long its close took, or was waited for
   * @param failure what its close threw, if it threw
   * @param now the stack of a close that did not return, innermost frame first; else empty
   */
  public ResourceEnd(
      String path,
      How how,
      @Nullable StackTraceElement openedAt,
      Duration took,
      @Nullable Throwable failure,
      List<StackTraceElement> now) {
    this(path, how, openedAt, took, failure, now, WorkCount.NONE);
  }
}
