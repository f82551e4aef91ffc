// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.WorkCount;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A resource and where it was given to its group.
 *
 * @param path its owner's path and its own name
 * @param managed how it is ended
 * @param openedAt the innermost application frame of {@code own}, if there is one
 * @param work what went through it, known once its close has ended
 */
record Owned(
    String path,
    Managed managed,
    @Nullable StackTraceElement openedAt,
    AtomicReference<WorkCount> work) {
  Owned(String path, Managed managed, @Nullable StackTraceElement openedAt) {
    this(path, managed, openedAt, new AtomicReference<>(WorkCount.NONE));
  }

  /** Closes it, then asks what went through it: both are foreign code, on the caller's thread. */
  void close(Deadline limit) throws Exception {
    try {
      managed.close(limit);
    } finally {
      count();
    }
  }

  private void count() {
    try {
      work.set(managed.work());
    } catch (Throwable t) {
      // Throwable: foreign code; how the close went must not be hidden by it.
      Findings.note(path, "failed to say what went through it", t);
    }
  }
}
