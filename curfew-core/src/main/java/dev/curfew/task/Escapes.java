// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Futures that forks have returned before they were done: the work behind them has left its group.
 * Whether it matters is seen when somebody asks for a report: whoever forked may have waited for
 * the future, and most have completed by then.
 *
 * <p>Kept weakly and up to a bound: a future that nobody holds any more will never complete, and
 * equal ones make one line of a report.
 */
final class Escapes {
  static final int MOST = 1024;

  private record Escape(
      String path, @Nullable StackTraceElement site, String type, WeakReference<Future<?>> future) {
    boolean isOut() {
      return isUnfinished(future.get());
    }
  }

  /** Guarded by itself. */
  private static final List<Escape> OUT = new ArrayList<>();

  /** How many were noted since it was last looked which are done; guarded by the list. */
  private static int sinceLook;

  private Escapes() {}

  /** What a fork runs has returned this, which may be a future. Its thread. */
  static void look(@Nullable Object result) {
    if ((result instanceof Future<?> || result instanceof CompletionStage<?>)
        && Strand.current() instanceof GroupTask<?> task) {
      note(task, result);
    }
  }

  private static void note(GroupTask<?> task, Object result) {
    Future<?> future = view(result);
    if (future == null || future instanceof TaskFuture || !isUnfinished(future)) {
      return; // A task's future: that task has a group.
    }
    Escape escape =
        new Escape(
            task.path(), task.site(), result.getClass().getName(), new WeakReference<>(future));
    boolean look;
    synchronized (OUT) {
      look = OUT.size() >= MOST && ++sinceLook > MOST / 4;
      if (look) {
        sinceLook = 0;
      } else if (OUT.size() < MOST) {
        OUT.add(escape);
      }
    }
    if (look) {
      List<Escape> unused = out("");
    }
  }

  /** What has not completed by now, of tasks below this path; the empty one is the process's. */
  static List<Finding> below(String path) {
    return findings(out(path));
  }

  /** The same, and nobody is told of them again: they are in a report now. */
  static List<Finding> take(String path) {
    List<Escape> out = out(path);
    forget(out);
    return findings(out);
  }

  /**
   * Asks each future, which is foreign code, so not under the lock; forgets those that are done.
   */
  private static List<Escape> out(String path) {
    List<Escape> all;
    synchronized (OUT) {
      all = List.copyOf(OUT);
    }
    List<Escape> done = new ArrayList<>();
    List<Escape> out = new ArrayList<>();
    for (Escape escape : all) {
      if (!escape.isOut()) {
        done.add(escape);
      } else if (path.isEmpty() || escape.path.startsWith(path + "/")) {
        out.add(escape);
      }
    }
    forget(done);
    return out;
  }

  private static void forget(List<Escape> gone) {
    if (!gone.isEmpty()) {
      // By identity: a reference to a future has no other, so the records differ.
      Set<Escape> set = new HashSet<>(gone);
      synchronized (OUT) {
        OUT.removeAll(set);
      }
    }
  }

  private static List<Finding> findings(List<Escape> out) {
    return Finding.grouped(
        out.stream()
            .map(escape ->
                new Finding(
                    Cause.FORGOTTEN,
                    escape.path,
                    "it returned a " + escape.type + " that is not done: nobody waits for its work",
                    escape.site,
                    false, // It may be one that nothing will ever complete.
                    "adopt it, as in group.adopt(name, future), or wait for it in the fork",
                    1))
            .toList());
  }

  /** Foreign code. What can't be known is not held against anybody. */
  private static boolean isUnfinished(@Nullable Future<?> future) {
    try {
      return future != null && !future.isDone();
    } catch (Throwable t) {
      // Throwable: the future's own code; it must not pass for the outcome of the fork.
      return false;
    }
  }

  /**
   * What tells whether it is done. Made once: of some stages each is one more that depends on it,
   * and is held by it.
   */
  private static @Nullable Future<?> view(Object result) {
    try {
      if (result instanceof CompletionStage<?> stage) {
        return stage.toCompletableFuture();
      }
    } catch (Throwable t) {
      // Throwable: as above; a stage need not have this.
      return result instanceof Future<?> future ? future : null;
    }
    return result instanceof Future<?> future ? future : null;
  }
}
