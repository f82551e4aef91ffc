// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.WorkCount;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A resource and where it was given to its group. */
final class Owned {
  private final String path;

  /** Its own name, at the end of the path. */
  final String name;

  private final Managed managed;
  private final @Nullable StackTraceElement openedAt;
  private final AtomicBoolean cancelled = new AtomicBoolean();

  /** Its cancel, once begun; written by whoever cancels, read by any thread. */
  private volatile @Nullable Errand cancelling;

  /** When its close began; written by the thread that closes it, before {@link #isClosing}. */
  private long closingSince;

  /** Whether its close has begun, returned or not; read by any thread. */
  private volatile boolean isClosing;

  /** What went through it; written by the thread that closes it, read by any. */
  private volatile WorkCount work = WorkCount.NONE;

  Owned(Group owner, String name, Managed managed, @Nullable StackTraceElement openedAt) {
    this.path = owner.path() + "/" + Options.printable(name);
    this.name = name;
    this.managed = managed;
    this.openedAt = openedAt;
  }

  /**
   * Its owner's path, as it was when the resource was given to it, and its own name. The path of a
   * group inside a task gets longer when a second task of that name is forked.
   */
  String path() {
    return path;
  }

  /** The innermost application frame of {@code own}, if there is one. */
  @Nullable StackTraceElement openedAt() {
    return openedAt;
  }

  /** Closes it, and takes its account. The calling thread runs user code. */
  void close(Deadline limit) throws Exception {
    closingSince = Host.current().nanoTime();
    isClosing = true;
    try {
      managed.close(limit);
    } finally {
      count();
    }
  }

  /** Nanoseconds since its close began; 0 if it has not. Any thread. */
  long closingFor() {
    return isClosing ? Math.max(1, Host.current().nanoTime() - closingSince) : 0;
  }

  private void count() {
    try {
      work = managed.work();
    } catch (Throwable t) {
      // Throwable: foreign code; how the close went must not be hidden by it.
      Findings.note(path, "failed to say what went through it", t);
    }
  }

  WorkCount work() {
    return work;
  }

  /** Ends what it has in flight, once, on a helper of its own: one that hangs stops no other. */
  void cancel() {
    if (cancelled.compareAndSet(false, true)) {
      cancelling =
          Errand.start(
              "cancel " + path,
              () -> {
                try {
                  managed.cancel();
                } catch (Throwable t) {
                  // Throwable: foreign code; the cancel of the others goes on.
                  Findings.note(path, "failed to cancel", t);
                }
              },
              Deadline.in(Walk.LIMIT));
    }
  }

  /** The cancel that has not returned, if there is one. */
  @Nullable Errand hangingCancel() {
    Errand errand = cancelling;
    return errand == null || errand.hasEnded() ? null : errand;
  }
}
