// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Host;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Maps items in tasks, a bounded number at once; see {@link GroupOptions#map} and {@link
 * GroupOptions#mapUnordered}.
 *
 * <p>The calling thread alone takes items and hands over results: an iterator or a sink that is
 * bound to its thread, such as one of a database session, works. Tasks put their results into a
 * queue and unpark it. An item is taken only if fewer than the bound are out: under way, or with a
 * result that was not handed over.
 *
 * @param <A> what an item is
 * @param <R> what it is mapped to
 */
final class Mapper<A extends @Nullable Object, R extends @Nullable Object> {
  /** So many at once where the options say nothing. */
  private static final int MOST = 16;

  /** Takes a result, with the place of its item. The calling thread. */
  @FunctionalInterface
  private interface Target<R extends @Nullable Object, X extends Throwable> {
    void put(int index, R result) throws X, InterruptedException;
  }

  private static final class Done<R extends @Nullable Object> {
    final int index;
    final R result;

    Done(int index, R result) {
      this.index = index;
      this.result = result;
    }
  }

  private final Options options;
  private final Iterable<? extends A> items;
  private final GroupOptions.Mapping<? super A, ? extends R> mapping;
  private final Thread caller = Thread.currentThread();

  /** Results, and places of items that failed. Tasks add, the caller takes. */
  private final Queue<Done<R>> done = new ConcurrentLinkedQueue<>();

  /** Failed items of an isolated group, which nobody else tells the caller of. */
  private final Queue<Integer> failed = new ConcurrentLinkedQueue<>();

  /** Where they are mapped; written by the caller before it forks. */
  private String path = "";

  /** Nobody takes results any more. Written by the caller. */
  private volatile boolean over;

  Mapper(
      Options options,
      Iterable<? extends A> items,
      GroupOptions.Mapping<? super A, ? extends R> mapping) {
    this.options = options;
    this.items = Objects.requireNonNull(items, "items was null, expected an Iterable");
    this.mapping = Objects.requireNonNull(mapping, "mapping was null, expected a Mapping");
  }

  List<R> inOrder() throws TimeoutException, ExecutionException, InterruptedException {
    if (options.isIsolated()) {
      throw new IllegalStateException(
          "Group "
              + options.name()
              + " is isolated, so the list would lack the results of items that failed; let the"
              + " mapping return something that stands for a failure, or use mapUnordered, which"
              + " leaves them out");
    }
    List<@Nullable R> results = new ArrayList<>();
    try {
      this.<RuntimeException>run((index, result) -> {
        while (results.size() <= index) {
          results.add(null);
        }
        results.set(index, result);
      });
    } catch (Throwable t) {
      // Throwable: whatever the caller sees, the results are not among it.
      results.forEach(this::unclaimed);
      throw t;
    }
    return complete(results);
  }

  @SuppressWarnings("NullAway") // every place has been set, to what R allows
  private static <R extends @Nullable Object> List<R> complete(List<@Nullable R> results) {
    return Collections.unmodifiableList(results);
  }

  <X extends Throwable> void unordered(GroupOptions.Sink<? super R, X> sink)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    Objects.requireNonNull(sink, "sink was null, expected a Sink");
    this.<X>run((index, result) -> sink.accept(result));
  }

  private <X extends Throwable> void run(Target<R, X> target)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    try {
      Block.<@Nullable Void, X>call(
          options.withBound(0),
          group -> {
            path = group.path();
            drive(group, target);
            return null;
          });
    } finally {
      over = true;
      Host.step();
      nobodyTakes();
    }
  }

  private <X extends Throwable> void drive(TaskGroup group, Target<R, X> target)
      throws X, InterruptedException {
    int most = options.bound() == 0 ? MOST : options.bound();
    Strand strand = Strand.current();
    Iterator<? extends A> left = items.iterator();
    boolean more = true;
    int out = 0;
    for (int index = 0; more || out > 0; ) {
      if (failed.poll() != null) {
        out--;
        continue;
      }
      Done<R> next = done.poll();
      if (next != null) {
        out--;
        target.put(next.index, next.result);
      } else if (!more || out == most) {
        await(strand);
      } else if (left.hasNext()) {
        group.fork("item", new Item(index++, left.next()));
        out++;
      } else {
        more = false;
      }
    }
  }

  /** Waits until a task has ended. */
  private void await(Strand strand) throws InterruptedException {
    while (done.isEmpty() && failed.isEmpty()) {
      if (Thread.interrupted()) {
        throw Signal.interrupted(strand);
      }
      strand.check();
      Host.step();
      Host.current().parkNanos(this, Long.MAX_VALUE);
    }
  }

  /** What one item's thread runs. */
  private final class Item implements Callable<@Nullable Object>, Wrapping {
    private final int index;
    private final A item;

    Item(int index, A item) {
      this.index = index;
      this.item = item;
    }

    @Override
    public @Nullable Object call() throws Exception {
      R result;
      try {
        result = mapping.apply(item);
      } catch (Throwable t) {
        // Throwable: it is the outcome of the task; the caller only has to know that it ended. In a
        // group that is not isolated it learns by the cancel, and must take no item before that.
        if (options.isIsolated()) {
          failed.add(index);
          LockSupport.unpark(caller);
        }
        throw t;
      }
      Escapes.look(result);
      done.add(new Done<>(index, result));
      Host.step();
      if (over) {
        nobodyTakes();
      } else {
        LockSupport.unpark(caller);
      }
      return null;
    }

    @Override
    public Object inside() {
      return mapping;
    }
  }

  private void nobodyTakes() {
    for (Done<R> left = done.poll(); left != null; left = done.poll()) {
      unclaimed(left.result);
    }
  }

  private void unclaimed(@Nullable R result) {
    Findings.unclaimed(path + "/item", result, "own it in a group around this one, in the mapping");
  }
}
