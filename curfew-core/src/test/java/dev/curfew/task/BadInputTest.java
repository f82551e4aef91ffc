// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One clear exception each: what was given, what was expected, what to do. */
class BadInputTest {

  @ParameterizedTest
  @ValueSource(strings = "")
  void anEmptyNameIsRefusedEverywhere(String name) throws Exception {
    String expected = "is empty; give one";
    refused(expected, () -> TaskGroup.named(name));
    refused(expected, () -> TaskGroup.run(name, group -> {}));
    TaskGroup.run(
        "g",
        group -> {
          refused(expected, () -> group.fork(name, () -> 1));
          refused(expected, () -> group.background(name, StopSignal::await));
          refused(expected, () -> group.inner(name));
          refused(expected, () -> group.own(name, (AutoCloseable) () -> {}));
          refused(expected, () -> group.own(name, "resource", resource -> {}));
          refused(expected, () -> group.onClose(name, () -> {}));
          assertThat(((Group) group).accepted()).isZero();
        });
  }

  private static void refused(String expected, ThrowingRunnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected)
        .hasMessageStartingWith("The name of a ");
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void nullIsRefusedWithWhatWasExpected() throws Exception {
    missing("name", () -> TaskGroup.named(null));
    missing("body", () -> TaskGroup.named("g").call(null));
    missing("body", () -> TaskGroup.named("g").run(null));
    missing("deadline", () -> TaskGroup.named("g").deadline((Duration) null));
    missing("deadline", () -> TaskGroup.named("g").deadline((Deadline) null));
    TaskGroup.run(
        "g",
        group -> {
          missing("name", () -> group.fork(null, () -> 1));
          missing("body", () -> group.fork("task", (Callable<?>) null));
          missing("body", () -> group.fork("task", (Action) null));
          missing("body", () -> group.background("task", null));
          missing("resource", () -> group.own("resource", (AutoCloseable) null));
          missing("closer", () -> group.own("resource", "resource", null));
          missing("action", () -> group.onClose("action", null));
          missing("options", () -> group.inner((GroupOptions<?>) null));
          missing("why", () -> group.cancel(null));
          Task<?> task = group.fork("task", () -> 1);
          missing("why", () -> task.cancel(null));
        });
  }

  private static void missing(String what, ThrowingRunnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining(what);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void aDeadlineOfZeroOrLessIsRefused(long millis) {
    assertThatThrownBy(() -> TaskGroup.named("g").deadline(Duration.ofMillis(millis)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Group g")
        .hasMessageContaining("positive duration");
  }

  @Test
  void nothingCanBePutIntoAGroupThatHasEnded() throws Exception {
    AtomicReference<TaskGroup> leaked = new AtomicReference<>();
    AtomicReference<TaskGroup> leakedInner = new AtomicReference<>();
    TaskGroup.run(
        "g",
        group -> {
          leaked.set(group);
          leakedInner.set(group.inner("inner"));
        });
    ended("/g", leaked.get());
    ended("/g/inner", leakedInner.get());
    leaked.get().cancel("too late, and harmless");
  }

  private static void ended(String path, TaskGroup group) {
    AtomicInteger closed = new AtomicInteger();
    rejected("fork late", path, () -> group.fork("late", () -> 1));
    rejected("start late", path, () -> group.background("late", StopSignal::await));
    rejected("open inner group late", path, () -> group.inner("late"));
    rejected("own late", path, () -> group.own("late", (AutoCloseable) closed::incrementAndGet));
    assertThat(closed).as("the resource that came too late was closed").hasValue(1);
    assertThat(((Group) group).workBelow().rejected()).isEqualTo(4);
  }

  private static void rejected(String what, String path, ThrowingRunnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("Can't " + what + " in group " + path + ": it has ended")
        .hasMessageContaining("use a group that is open");
  }

  @Test
  void anIntakeIsNotMerelyOwned() throws Exception {
    final class Server implements dev.curfew.resource.Intake, AutoCloseable {
      @Override
      public void quiet() {}

      @Override
      public long inFlight() {
        return 0;
      }

      @Override
      public void close() {}
    }
    TaskGroup.run(
        "g",
        group ->
            assertThatThrownBy(() -> group.own("api", new Server()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("api is an intake")
                .hasMessageContaining("use intake(\"api\""));
  }

  @Test
  void onlyTheOwnerMayJoinAGroup() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          TaskGroup inner = group.inner("inner");
          Task<?> child = group.fork("child", () -> notTheOwner("/g/child", group));
          Task<?> innerChild = inner.fork("child", () -> notTheOwner("/g/inner/child", inner));
          Thread stranger = new Thread(() -> notTheOwner("thread stranger", group), "stranger");
          stranger.start();
          stranger.join();
          child.join();
          innerChild.join();
          inner.join();
          group.join();
        });
  }

  private static void notTheOwner(String who, TaskGroup group) {
    assertThatThrownBy(group::join)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("join() of group " + group.path() + " was called by " + who)
        .hasMessageContaining("only the thread that opened the group");
  }

  @Test
  void aTaskThatWaitsForItselfIsToldSo() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          AtomicReference<Task<?>> self = new AtomicReference<>();
          java.util.concurrent.CountDownLatch known = new java.util.concurrent.CountDownLatch(1);
          Task<?> task =
              group.fork(
                  "narcissus",
                  () -> {
                    known.await();
                    assertThatThrownBy(() -> self.get().join())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("/g/narcissus waits for itself");
                    assertThatThrownBy(() -> self.get().await())
                        .isInstanceOf(IllegalStateException.class);
                  });
          self.set(task);
          known.countDown();
        });
  }

  @Test
  void aGroupCannotBeClosedFromInsideButMayBeJoinedByWhatItCloses() throws Exception {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    TaskGroup.run(
        "g",
        group ->
            group.onClose(
                "join and fork",
                () -> {
                  group.join();
                  try {
                    group.fork("late", () -> 1);
                  } catch (RejectedExecutionException e) {
                    seen.set(e);
                  }
                }));
    assertThat(AutoCloseable.class.isAssignableFrom(TaskGroup.class)).isFalse();
    assertThat(seen.get()).hasMessageContaining("is closing its resources");
  }

  @Test
  void aResultIsNotThereBeforeItWasJoined() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          java.util.concurrent.CountDownLatch end = new java.util.concurrent.CountDownLatch(1);
          Task<Integer> task =
              group.fork(
                  "task",
                  () -> {
                    end.await();
                    return 1;
                  });
          assertThatThrownBy(task::outcome)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("/g/task has not ended");
          end.countDown();
          dev.curfew.time.Await.until("the end of the task", task::isDone);
          assertThatThrownBy(task::get)
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("/g/task was not joined: call join()");
          group.join();
          assertThat(task.get()).isEqualTo(1);
        });
  }

  @Test
  void whatWasNotASuccessIsNamedByGet() {
    AtomicReference<Task<?>> kept = new AtomicReference<>();
    assertThatThrownBy(() ->
            TaskGroup.run(
                "g",
                group ->
                    kept.set(
                        group.fork(
                            "task",
                            () -> {
                              throw new java.io.IOException("broken");
                            }))))
        .isInstanceOf(ExecutionException.class);
    assertThatThrownBy(() -> kept.get().get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("/g/task failed")
        .hasRootCauseMessage("broken");
  }
}
