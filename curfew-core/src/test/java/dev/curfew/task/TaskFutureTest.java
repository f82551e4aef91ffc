// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Await;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks as futures. */
class TaskFutureTest {
  /** Under the microscope there is no thread of an earlier test. */
  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
  }

  @Test
  void itCompletesWithTheResult() {
    Looks.everySeed(microscope -> {
      AtomicReference<CompletableFuture<Integer>> future = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            Task<String> task = group.fork("task", () -> "value");
            Scenes.steps(microscope.random().nextInt(5));
            future.set(task.asFuture().thenApply(String::length));
          });
      assertThat(future.get().get()).isEqualTo(5);
    });
  }

  @Test
  void itCompletesWithTheFailureItselfAndTheGroupFailsAllTheSame() {
    Looks.everySeed(microscope -> {
      IOException broken = new IOException("broken");
      AtomicReference<CompletableFuture<?>> future = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group ->
                      future.set(
                          group
                              .fork(
                                  "task",
                                  () -> {
                                    throw broken;
                                  })
                              .asFuture())));
      assertThat(thrown).isInstanceOf(ExecutionException.class).hasCause(broken);
      Throwable seen = catchThrowable(() -> future.get().get());
      assertThat(seen).isInstanceOf(ExecutionException.class).hasCause(broken);
    });
  }

  /** A future of the JDK's does not interrupt what it stands for. */
  @Test
  void itsCancelInterruptsTheTaskAndIsOverWhenTheTaskIs() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<CompletableFuture<?>> future = new AtomicReference<>();
      AtomicInteger interrupted = new AtomicInteger();
      TaskGroup.run(
          "group",
          group -> {
            Task<?> task =
                group.fork(
                    "task",
                    () -> {
                      try {
                        Looks.sleepUntilInterrupted();
                      } finally {
                        Microscope.sleep(Duration.ofMillis(30));
                        interrupted.incrementAndGet();
                      }
                    });
            microscope.await("the wait", () -> Looks.waits(task));
            CompletableFuture<?> asked = task.asFuture();
            future.set(asked);
            assertThat(asked.cancel(true)).isTrue();
            assertThat(asked.isDone()).as("done before the task").isFalse();
            Throwable seen = catchThrowable(asked::get);
            assertThat(seen)
                .isInstanceOf(CancellationException.class)
                .hasStackTraceContaining(
                    "Task /group/task was cancelled: its future was cancelled");
            assertThat(interrupted).as("what the task did before").hasValue(1);
            assertThat(task.isDone()).isTrue();
          });
      assertThat(future.get().isCancelled()).isTrue();
      assertThat(future.get().cancel(true)).as("again").isTrue();
    });
  }

  @Test
  void aResultThatComesAfterTheCancelIsKept() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<CompletableFuture<String>> future = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            Task<String> task =
                group.fork(
                    "task",
                    () -> {
                      try {
                        Looks.sleepUntilInterrupted();
                      } catch (InterruptedException e) {
                        Host.step();
                      }
                      return "late";
                    });
            microscope.await("the wait", () -> Looks.waits(task));
            future.set(task.asFuture());
            future.get().cancel(false);
          });
      assertThat(future.get().get()).isEqualTo("late");
      assertThat(future.get().cancel(true)).as("too late").isFalse();
    });
  }

  @Test
  void cancelAndEndInAnyOrderAgreeWithTheOutcome() {
    Looks.everySeed(microscope -> {
      AtomicReference<Task<String>> task = new AtomicReference<>();
      AtomicReference<CompletableFuture<String>> future = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            task.set(
                group.fork(
                    "task",
                    () -> {
                      Scenes.steps(2);
                      Cancellation.check();
                      return "value";
                    }));
            future.set(task.get().asFuture());
            microscope.spawn("canceller", () -> future.get().cancel(true));
          });
      String seen = future.get().exceptionally(thrown -> thrown.getClass().getSimpleName()).get();
      if (task.get().outcome() instanceof Outcome.Completed) {
        assertThat(seen).isEqualTo("value");
      } else {
        assertThat(seen).isEqualTo("CancellationException");
      }
    });
  }

  @Test
  void whatDependsOnItRunsNeitherOnTheTasksThreadNorOnACancellers() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Thread> ran = new AtomicReference<>();
      AtomicReference<Thread> canceller = new AtomicReference<>();
      AtomicReference<Thread> tasks = new AtomicReference<>();
      AtomicReference<CompletableFuture<?>> dependent = new AtomicReference<>();
      Thread owner = Thread.currentThread();
      TaskGroup.run(
          "group",
          group -> {
            GroupTask<?> task = (GroupTask<?>) group.fork("task", Looks::sleepUntilInterrupted);
            tasks.set(Objects.requireNonNull(task.thread));
            CompletableFuture<?> future = task.asFuture();
            dependent.set(
                future.whenComplete((value, thrown) -> {
                  ran.set(Thread.currentThread());
                  assertThat(Thread.currentThread().isInterrupted()).isFalse();
                  assertThat(Cancellation.isCancelled()).isFalse();
                  // It belongs to no group, so a group of its own hangs below the process root.
                  String path = catchPath(() -> TaskGroup.call("inside", inside -> inside.path()));
                  assertThat(path).isEqualTo("/inside");
                }));
            canceller.set(microscope.spawn("canceller", () -> future.cancel(true)));
            canceller.get().join();
          });
      Throwable seen = catchThrowable(() -> dependent.get().get());
      assertThat(seen).hasCauseInstanceOf(CancellationException.class);
      assertThat(ran.get()).isNotNull().isNotIn(owner, canceller.get(), tasks.get());
    });
  }

  private interface Call {
    String call() throws Exception;
  }

  private static String catchPath(Call call) {
    try {
      return call.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anAbandonedTaskCompletesItExceptionallyAndItsLateResultStaysWithTheTask() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<CompletableFuture<String>> future = new AtomicReference<>();
      AtomicReference<Task<String>> task = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(
                        group.fork(
                            "task",
                            () -> {
                              Scenes.ignoreInterrupts(Duration.ofSeconds(15));
                              return "late";
                            }));
                    future.set(task.get().asFuture());
                    group.cancel("enough");
                  }));
      Throwable seen = catchThrowable(() -> future.get().get());
      if (task.get().outcome() instanceof Outcome.Cancelled) {
        return; // The cancel came before its body began.
      }
      assertThat(seen)
          .isInstanceOf(CancellationException.class)
          .hasStackTraceContaining("Task /group/task was abandoned: enough");
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(12));
      Microscope.sleep(Duration.ofSeconds(10));
      assertThat(task.get().outcome()).isEqualTo(new Outcome.Completed<>("late"));
      assertThat(future.get()).isCancelled();
      Findings.take("");
    });
  }

  @Test
  void whatOneHolderDoesToItsFutureTouchesNeitherTheTaskNorAnotherHolder() {
    Looks.everySeed(microscope -> {
      AtomicReference<CompletableFuture<String>> other = new AtomicReference<>();
      String value =
          TaskGroup.call(
              "group",
              group -> {
                Task<String> task = group.fork("task", () -> "value");
                task.asFuture().completeExceptionally(new IOException("not theirs to say"));
                other.set(task.asFuture());
                return task.join();
              });
      assertThat(value).isEqualTo("value");
      assertThat(other.get().get()).isEqualTo("value");
    });
  }

  @Test
  void aTaskAdoptedByAnotherGroupIsCancelledWithIt() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      TaskGroup.run(
          "one",
          one -> {
            task.set(one.fork("task", Looks::sleepUntilInterrupted));
            TaskGroup.run(
                "two",
                two -> {
                  two.adopt("adopted", task.get().asFuture());
                  two.cancel("enough");
                });
            assertThat(task.get().await()).isInstanceOf(Outcome.Cancelled.class);
          });
    });
  }

  @Test
  void itsThreadIsNamedAfterTheTask() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    TaskGroup.run(
        "group",
        group -> {
          Task<?> task = group.fork("stray", () -> end.await());
          CompletableFuture<?> future = task.asFuture();
          AtomicReference<Thread> follower = new AtomicReference<>();
          var unused = future.whenComplete((v, t) -> follower.set(Thread.currentThread()));
          GroupTask<?> record = (GroupTask<?>) task;
          Await.until("the follower waits", () -> (record.word & GroupTask.AWAITED) != 0);
          end.countDown();
          group.join();
          // Before the get(), which would run dependents itself.
          Await.until("its dependents ran", () -> follower.get() != null);
          assertThat(follower.get().getName()).isEqualTo("curfew-future stray");
          assertThat(future.get()).isNull();
        });
  }

  @Test
  void aTaskThatNobodyAskedForIsFollowedByNobody() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          GroupTask<?> task = (GroupTask<?>) group.fork("task", () -> 1);
          group.join();
          assertThat(task.word & GroupTask.AWAITED).isZero();
          assertThat(task.asFuture().join()).isEqualTo(1);
        });
  }
}
