// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import org.jspecify.annotations.Nullable;

/**
 * A thread that Curfew does not own and that has opened a group, or asked for its signal. Its
 * groups hang below the root of the process.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class ForeignStrand extends Strand {
  /** Only foreign threads have an entry here: on a task's thread it would cost 136 bytes. */
  private static final ThreadLocal<@Nullable Strand> FOREIGN = new ThreadLocal<>();

  private static final Signal UNASKED = new Signal();

  /** It is a helper of Curfew's, which runs a close, a hook or a quiet with a limit of its own. */
  private final boolean helps;

  private ForeignStrand(Thread thread, boolean helps) {
    this.thread = thread;
    this.helps = helps;
  }

  /**
   * The calling thread is a helper: the groups that its calls open are not those of the program, so
   * a stop neither asks nor cancels them.
   */
  static void becomeHelper() {
    FOREIGN.set(new ForeignStrand(Thread.currentThread(), true));
  }

  boolean helps() {
    return helps;
  }

  /** The strand of the calling thread, if it has one. */
  static @Nullable Strand known() {
    Thread current = Thread.currentThread();
    if (current.getUncaughtExceptionHandler() instanceof GroupTask<?> task
        && task.thread == current) {
      return task;
    }
    Strand known = FOREIGN.get();
    if (known == null && !(current.getUncaughtExceptionHandler() instanceof ThreadGroup)) {
      // A handler that somebody has set: perhaps a task's body, in the place of its record.
      return adopt();
    }
    return known;
  }

  /** Makes a strand of a thread that has none. */
  static Strand adopt() {
    Thread current = Thread.currentThread();
    // A task's body may have replaced the handler that leads to its record. Looked for once a
    // thread, and only on one that has a handler: it is a walk over the tree.
    boolean replaced = current.getUncaughtExceptionHandler() != current.getThreadGroup();
    Strand strand = replaced ? Roots.taskOf(current) : null;
    if (strand == null) {
      strand = new ForeignStrand(current, false);
    }
    FOREIGN.set(strand);
    return strand;
  }

  @Override
  @Nullable CancelReason baseReason() {
    return null;
  }

  @Override
  Signal baseSignal() {
    return helps ? UNASKED : Roots.signal();
  }

  @Override
  long baseDeadline() {
    return Group.NO_DEADLINE;
  }

  @Override
  String path() {
    return "";
  }

  @Override
  Tally tally() {
    return Roots.tally();
  }

  @Override
  boolean signalOnly() {
    return false;
  }
}
