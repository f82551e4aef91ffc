// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The options of a group.
 *
 * @param name the group's name
 * @param timeLimit counted from when the group is opened, or null
 * @param deadline a moment, or null; whichever of both comes first holds
 * @param isIsolated a failing task does not cancel the group
 * @param onPlatformThreads tasks run on platform threads
 * @param isSignalOnly tasks are never interrupted
 * @param carriers what tasks get of the context of who forks them
 * @param bound so many forks run at once, 0 for any number
 */
record Options(
    String name,
    @Nullable Duration timeLimit,
    @Nullable Deadline deadline,
    boolean isIsolated,
    boolean onPlatformThreads,
    boolean isSignalOnly,
    List<Carrier> carriers,
    int bound)
    implements GroupOptions<TimeoutException> {

  /** One object plays both types: only the declared one says whether a timeout can be thrown. */
  @SuppressWarnings("unchecked")
  static GroupOptions<RuntimeException> typed(Options options) {
    return (GroupOptions<RuntimeException>) (GroupOptions<?>) options;
  }

  static Options of(String name) {
    checkName("group", name);
    return new Options(name, null, null, false, false, false, List.of(), 0);
  }

  static void checkName(String of, String name) {
    Objects.requireNonNull(name, "name was null, expected the name of a task, group or resource");
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "The name of a " + of + " is empty; give one that the report can show");
    }
  }

  /** A name as a line of a report can show it: names are often made of data, such as URLs. */
  static String printable(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (Character.isISOControl(name.charAt(i))) {
        return name.replaceAll("\\p{Cntrl}", "?");
      }
    }
    return name;
  }

  @Override
  public GroupOptions<TimeoutException> deadline(Duration atMost) {
    Objects.requireNonNull(atMost, "deadline was null, expected a Duration");
    if (atMost.isZero() || atMost.isNegative()) {
      throw new IllegalArgumentException(
          "Group " + name + ": the deadline is " + atMost + "; give a positive duration");
    }
    return new Options(
        name, atMost, deadline, isIsolated, onPlatformThreads, isSignalOnly, carriers, bound);
  }

  @Override
  public GroupOptions<TimeoutException> deadline(Deadline at) {
    Objects.requireNonNull(at, "deadline was null, expected a Deadline");
    Deadline earlier = deadline == null ? at : deadline.earlier(at);
    return new Options(
        name, timeLimit, earlier, isIsolated, onPlatformThreads, isSignalOnly, carriers, bound);
  }

  @Override
  public Options isolated() {
    return new Options(
        name, timeLimit, deadline, true, onPlatformThreads, isSignalOnly, carriers, bound);
  }

  Options withIsolation(boolean isolated) {
    return new Options(
        name, timeLimit, deadline, isolated, onPlatformThreads, isSignalOnly, carriers, bound);
  }

  @Override
  public Options platformThreads() {
    return new Options(name, timeLimit, deadline, isIsolated, true, isSignalOnly, carriers, bound);
  }

  @Override
  public Options signalOnly() {
    return new Options(
        name, timeLimit, deadline, isIsolated, onPlatformThreads, true, carriers, bound);
  }

  @Override
  public Options bounded(int most) {
    if (most < 1) {
      throw new IllegalArgumentException(
          "Group "
              + name
              + ": the bound is "
              + most
              + "; give at least 1, or leave bounded() out for no bound");
    }
    return withBound(most);
  }

  @Override
  public Options carry(Carrier... more) {
    return new Options(
        name,
        timeLimit,
        deadline,
        isIsolated,
        onPlatformThreads,
        isSignalOnly,
        Carriers.more(carriers, more),
        bound);
  }

  Options withBound(int most) {
    return new Options(
        name, timeLimit, deadline, isIsolated, onPlatformThreads, isSignalOnly, carriers, most);
  }

  /** The deadline of a group that is opened now. */
  Deadline deadlineNow() {
    Deadline limit = timeLimit == null ? Deadline.never() : Deadline.in(timeLimit);
    return deadline == null ? limit : limit.earlier(deadline);
  }

  @Override
  public <T extends @Nullable Object, X extends Throwable> T call(TaskGroup.Body<T, X> body)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    Objects.requireNonNull(body, "body was null, expected a lambda that takes the group");
    return Block.call(this, body);
  }

  @Override
  public <X extends Throwable> void run(TaskGroup.VoidBody<X> body)
      throws X, TimeoutException, ExecutionException, InterruptedException {
    Objects.requireNonNull(body, "body was null, expected a lambda that takes the group");
    Block.<@Nullable Void, X>call(
        this,
        group -> {
          body.run(group);
          return null;
        });
  }

  @Override
  public <T extends @Nullable Object> T race(Collection<? extends Callable<? extends T>> candidates)
      throws TimeoutException, ExecutionException, InterruptedException {
    return new Race<T>(this, candidates, null).run();
  }

  @Override
  public <T extends @Nullable Object> T race(
      Collection<? extends Callable<? extends T>> candidates, Closer<? super T> unwanted)
      throws TimeoutException, ExecutionException, InterruptedException {
    Objects.requireNonNull(unwanted, "unwanted was null, expected a Closer for late results");
    return new Race<T>(this, candidates, unwanted).run();
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object> List<R> map(
      Iterable<? extends A> items, Mapping<? super A, ? extends R> mapping)
      throws TimeoutException, ExecutionException, InterruptedException {
    return new Mapper<A, R>(this, items, mapping).inOrder();
  }

  @Override
  public <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
      void mapUnordered(
          Iterable<? extends A> items,
          Mapping<? super A, ? extends R> mapping,
          Sink<? super R, X> sink)
          throws X, TimeoutException, ExecutionException, InterruptedException {
    new Mapper<A, R>(this, items, mapping).unordered(sink);
  }
}
