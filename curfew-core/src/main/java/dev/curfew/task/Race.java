// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.time.Host;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The first success of several candidates; see {@link GroupOptions#race(Collection)}.
 *
 * <p>One compare-and-set decides who has won; the winner's own thread then cancels the rest. From
 * then on a deadline, or a cancel from outside, finds the race cancelled already, so the value is
 * kept. Whoever was decided against before the winner came, by a deadline or from outside, throws:
 * then the winner's value is as unwanted as those of the losers.
 *
 * @param <T> what the candidates return
 */
final class Race<T extends @Nullable Object> {
  /** A value, which may be null. */
  private record Won<T extends @Nullable Object>(T value) {}

  /** All failed; the first is the cause, the others are suppressed. */
  private static final class NoneSucceeded extends ExecutionException {
    private static final long serialVersionUID = 1;

    NoneSucceeded(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final Options options;
  private final List<Callable<? extends T>> candidates;
  private final @Nullable Closer<? super T> unwanted;
  private final AtomicReference<@Nullable Won<T>> won = new AtomicReference<>();

  /** Where it takes place; written by the caller before it forks. */
  private String path = "";

  /**
   * Of candidates that failed while nobody had won, in the order of their end. Guarded by itself.
   */
  private final List<Throwable> failures = new ArrayList<>(0);

  Race(
      Options options,
      Collection<? extends Callable<? extends T>> candidates,
      @Nullable Closer<? super T> unwanted) {
    this.options = options.withIsolation(false);
    this.candidates = checked(options.name(), candidates);
    this.unwanted = unwanted;
  }

  private static <T extends @Nullable Object> List<Callable<? extends T>> checked(
      String name, Collection<? extends Callable<? extends T>> candidates) {
    Objects.requireNonNull(candidates, "candidates was null, expected a collection of Callables");
    List<Callable<? extends T>> checked = new ArrayList<>();
    for (Callable<? extends T> candidate : candidates) {
      Objects.requireNonNull(
          candidate, () -> "candidate " + (checked.size() + 1) + " was null, expected a Callable");
      checked.add(candidate);
    }
    if (checked.isEmpty()) {
      throw new IllegalArgumentException(
          "Race " + name + " has no candidates, so nobody can win; give at least one");
    }
    return checked;
  }

  /** The group of a race: a candidate that fails cancels nobody. */
  private final class Course extends Group {
    Course(Options options, Strand owner, @Nullable Group outer, long deadline) {
      super(options, owner, outer, null, deadline);
    }

    @Override
    @Nullable Group failed(GroupTask<?> task, Throwable thrown, String what) {
      Race.this.failed(task, thrown);
      return null;
    }
  }

  T run() throws TimeoutException, ExecutionException, InterruptedException {
    try {
      return course();
    } catch (Throwable t) {
      // Throwable: whatever the caller sees, nobody else will see what is left here.
      // Who comes home after this, because it was abandoned, must find that it has not won.
      Won<T> late = won.getAndSet(nobody());
      if (late != null) {
        try {
          discard(path, late.value);
        } catch (Throwable other) {
          // Throwable: the program's closer; it is kept with what the caller sees.
          Failures.suppress(t, other);
        }
      }
      takeFailures().forEach(failure -> Failures.suppress(t, failure));
      throw t;
    }
  }

  private T course() throws TimeoutException, ExecutionException, InterruptedException {
    try {
      return Block.<T, RuntimeException>call(options, Course::new, this::compete);
    } catch (CancellationException e) {
      if (e.getCause() instanceof InterruptedException interrupted) {
        // Interrupted by somebody else just before the winner's cancel, which is our own affair.
        for (Throwable other : e.getSuppressed()) {
          Failures.suppress(interrupted, other);
        }
        throw interrupted;
      }
      throw e;
    }
  }

  @SuppressWarnings("NullAway") // null is for nobody to read
  private static <T extends @Nullable Object> Won<T> nobody() {
    return new Won<>(null);
  }

  private T compete(TaskGroup group) throws ExecutionException, InterruptedException {
    path = group.path();
    try {
      for (Callable<? extends T> candidate : candidates) {
        group.fork("candidate", new Candidate(candidate));
      }
      group.join();
    } catch (RejectedExecutionException | CancellationException e) {
      if (won.get() == null) {
        throw e;
      }
    }
    Won<T> winner = won.get();
    if (winner == null) {
      throw noneSucceeded();
    }
    return winner.value;
  }

  private ExecutionException noneSucceeded() {
    List<Throwable> all = takeFailures();
    Throwable first = all.getFirst();
    ExecutionException thrown =
        new NoneSucceeded(
            "Race "
                + path
                + ": none of "
                + candidates.size()
                + " candidates succeeded; the first failed with "
                + Failures.describe(first),
            first);
    all.subList(1, all.size()).forEach(later -> Failures.suppress(thrown, later));
    return thrown;
  }

  /** Not to be looked at under the lock: that is foreign code. */
  private List<Throwable> takeFailures() {
    synchronized (failures) {
      List<Throwable> all = List.copyOf(failures);
      failures.clear();
      return all;
    }
  }

  /** A candidate has failed. Its own thread. */
  private void failed(GroupTask<?> task, Throwable thrown) {
    synchronized (failures) {
      if (won.get() == null) {
        failures.add(thrown);
        return;
      }
    }
    Findings.note(task.path(), "failed after another candidate had won the race", thrown);
  }

  /** What one candidate's thread runs. */
  private final class Candidate implements Callable<@Nullable Object>, Wrapping {
    private final Callable<? extends T> body;

    Candidate(Callable<? extends T> body) {
      this.body = body;
    }

    @Override
    public @Nullable Object call() throws Exception {
      T value = body.call();
      Escapes.look(value);
      String path = Strand.current().path();
      Host.step();
      if (won.compareAndSet(null, new Won<>(value))) {
        Host.step();
        if (Strand.current() instanceof GroupTask<?> task) {
          task.group.cancel(path + " has won the race");
        }
      } else {
        discard(path, value);
      }
      return null;
    }

    @Override
    public Object inside() {
      return body;
    }
  }

  /** Ends what nobody is given. In the candidate's task, so that the race waits for it. */
  private void discard(String path, T value) throws Exception {
    if (value == null) {
      return;
    }
    Closer<? super T> closer = unwanted;
    if (closer == null) {
      Findings.unclaimed(
          path, value, "give the race a closer for results that come too late to win");
    } else {
      Shield.<Exception>run(Walk.LIMIT, () -> closer.close(value));
    }
  }
}
