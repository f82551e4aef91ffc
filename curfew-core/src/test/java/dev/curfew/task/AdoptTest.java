// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Finding;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Foreign futures that a group owns. */
class AdoptTest {
  /** Under the microscope there is no thread of an earlier test. */
  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
  }

  // ---- without a cancel

  @Test
  void theGroupWaitsForItsFuture() {
    Looks.everySeed(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      microscope.spawn("completer", () -> future.complete("value"));
      String value =
          TaskGroup.call(
              "group",
              group -> {
                Task<String> task = group.adopt("future", future);
                group.join();
                return task.get();
              });
      assertThat(value).isEqualTo("value");
    });
  }

  @Test
  void aFutureThatFailsIsAForkThatFailed() {
    Looks.everySeedOnTime(microscope -> {
      IOException broken = new IOException("broken");
      CompletableFuture<String> future = new CompletableFuture<>();
      microscope.spawn("completer", () -> future.completeExceptionally(broken));
      AtomicReference<Task<?>> sibling = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    sibling.set(group.fork("sibling", Looks::sleepUntilInterrupted));
                    // A stage further on wraps what went wrong; the cause is what counts.
                    group.adopt("future", future.thenApply(String::length));
                  }));
      assertThat(thrown)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("Task /group/future failed")
          .hasCause(broken);
      assertThat(sibling.get().outcome()).isInstanceOf(Outcome.Cancelled.class);
    });
  }

  @Test
  void aFutureThatSomebodyElseCancelsIsAForkThatFailed() {
    Looks.everySeed(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      microscope.spawn("stranger", () -> future.cancel(true));
      Throwable thrown =
          catchThrowable(() -> TaskGroup.run("group", group -> group.adopt("future", future)));
      assertThat(thrown)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(CancellationException.class);
    });
  }

  @Test
  void whatIsDoneAlreadyIsHomeAtOnce() throws Exception {
    AtomicReference<Task<@org.jspecify.annotations.Nullable String>> task = new AtomicReference<>();
    TaskGroup.run("group", group -> task.set(group.adopt("null", completed(null))));
    assertThat(task.get().get()).isNull();
  }

  private static <T> CompletableFuture<T> completed(T value) {
    return CompletableFuture.completedFuture(value);
  }

  // ---- cancel × completion

  @Test
  void aCancelCompletesTheFutureUnlessItsResultCameFirst() {
    AtomicInteger results = new AtomicInteger();
    AtomicInteger cancels = new AtomicInteger();
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicReference<Task<String>> adopted = new AtomicReference<>();
      AtomicReference<WorkCount> work = new AtomicReference<>();
      microscope.spawn(
          "completer",
          () -> {
            Scenes.steps(microscope.random().nextInt(20));
            future.complete("value");
          });
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "outer",
                  outer -> {
                    TaskGroup group = outer.inner("group");
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    Scenes.steps(microscope.random().nextInt(3));
                    adopted.set(group.adopt("future", future));
                    Task<?> watch = group.fork("watch", () -> {});
                    watch.await();
                    adopted.get().await();
                    work.set(((Group) group).workBelow());
                  }));
      assertThat(future.isDone()).as("nothing is left unfinished").isTrue();
      if (adopted.get() == null) {
        return; // The cancel came before the group had it.
      }
      Outcome<String> outcome = adopted.get().outcome();
      if (future.isCancelled()) {
        cancels.incrementAndGet();
        assertThat(outcome).isInstanceOf(Outcome.Cancelled.class);
      } else {
        results.incrementAndGet();
        assertThat(outcome).isEqualTo(new Outcome.Completed<>("value"));
      }
      WorkCount known = work.get();
      if (known != null) {
        assertThat(known.addsUp()).as("%s adds up", known).isTrue();
      }
    });
    assertThat(results.get()).as("seeds in which the result came first").isPositive();
    assertThat(cancels.get()).as("seeds in which the cancel came first").isPositive();
  }

  @Test
  void theStopHookIsCalledOnceIfTheFutureIsCancelledAndNeverOtherwise() {
    AtomicInteger stops = new AtomicInteger();
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicInteger hook = new AtomicInteger();
      microscope.spawn("completer", () -> future.complete("value"));
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    group.adopt("future", future, hook::incrementAndGet);
                  }));
      int ends = hook.get();
      stops.addAndGet(hook.get());
      Scenes.steps(10);
      assertThat(hook.get()).as("none comes after the end of the group").isEqualTo(ends);
      assertThat(hook.get()).isLessThanOrEqualTo(1);
      if (future.isCancelled()) {
        assertThat(hook.get()).isEqualTo(1);
      }
    });
    assertThat(stops.get()).as("seeds in which the hook ran").isPositive();
  }

  /** The hook knows how to end the work: what that brings is better than a cancelled future. */
  @Test
  void whatTheStopHookBringsIsKept() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicReference<Task<String>> task = new AtomicReference<>();
      String value =
          TaskGroup.call(
              "group",
              group -> {
                task.set(group.adopt("future", future, () -> future.complete("half of it")));
                group.cancel("enough");
                return "body";
              });
      assertThat(value).isEqualTo("body");
      assertThat(task.get().outcome()).isEqualTo(new Outcome.Completed<>("half of it"));
    });
  }

  @Test
  void aFailureAfterTheCancelIsKeptAsOne() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      IOException broken = new IOException("broken");
      AtomicReference<Task<String>> task = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(
                        group.adopt("future", future, () -> future.completeExceptionally(broken)));
                    group.cancel("enough");
                  }));
      assertThat(task.get().outcome())
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).isSameAs(broken);
                assertThat(failed.afterCancel()).isNotNull();
              });
    });
  }

  @Test
  void aTaskThatIsCancelledAloneCancelsItsFutureAndNoOther() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> one = new CompletableFuture<>();
      CompletableFuture<String> other = new CompletableFuture<>();
      TaskGroup.run(
          "group",
          group -> {
            Task<String> task = group.adopt("one", one);
            group.adopt("other", other);
            task.cancel("this one");
            assertThat(task.await()).isInstanceOf(Outcome.Cancelled.class);
            assertThat(one.isCancelled()).isTrue();
            assertThat(other.isDone()).isFalse();
            other.complete("value");
          });
    });
  }

  @Test
  void aDeadlineCancelsTheFuture() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .deadline(Duration.ofSeconds(1))
                  .run(group -> group.adopt("future", future)));
      assertThat(thrown).isInstanceOf(TimeoutException.class);
      assertThat(future.isCancelled()).isTrue();
      assertThat(microscope.elapsed()).isLessThan(Duration.ofMillis(1500));
    });
  }

  @Test
  void aGroupThatIsNeverInterruptedCancelsItsFutureAllTheSame() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .signalOnly()
                  .run(group -> {
                    group.adopt("future", future);
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                  }));
      assertThat(future.isCancelled()).isTrue();
    });
  }

  /** Whoever depends on the future runs foreign code: on the task's thread, whoever cancels. */
  @Test
  void whatDependsOnTheFutureRunsNeitherOnACancellersThreadNorUnderALock() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      List<Thread> ran = new CopyOnWriteArrayList<>();
      var unusedStage =
          future.whenComplete((value, thrown) -> {
            ran.add(Thread.currentThread());
            // What it calls may need any lock of ours.
            var unused = RollCall.now();
          });
      AtomicReference<Thread> canceller = new AtomicReference<>();
      Thread owner = Thread.currentThread();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    canceller.set(microscope.spawn("canceller", () -> group.cancel("enough")));
                    group.adopt("future", future);
                  }));
      canceller.get().join();
      assertThat(ran).hasSize(1).doesNotContain(canceller.get(), owner);
    });
  }

  // ---- what can't be given or can't be stopped

  @Test
  void aFutureThatNoGroupTakesIsCancelledBeforeTheCallThrows() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<TaskGroup> ended = new AtomicReference<>();
      TaskGroup.run("group", ended::set);
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicInteger hook = new AtomicInteger();
      assertThatThrownBy(() -> ended.get().adopt("late", future, hook::incrementAndGet))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("Can't fork late in group /group: it has ended");
      assertThat(future.isCancelled()).isTrue();
      assertThat(hook).hasValue(1);
    });
  }

  @Test
  void aThreadThatCannotBeStartedLeavesNoFutureWithoutAnOwner() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicInteger hook = new AtomicInteger();
      microscope.refuseStarts(thread -> thread.getName().equals("future"));
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group", group -> group.adopt("future", future, hook::incrementAndGet)));
      assertThat(thrown).isInstanceOf(OutOfMemoryError.class);
      assertThat(future.isCancelled()).isTrue();
      assertThat(hook).hasValue(1);
    });
  }

  @Test
  void aStopHookThatThrowsIsReportedAndTheFutureIsCancelled() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicReference<Task<String>> task = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            task.set(
                group.adopt(
                    "future",
                    future,
                    () -> {
                      throw new IOException("broken");
                    }));
            group.cancel("enough");
          });
      assertThat(task.get().outcome()).isInstanceOf(Outcome.Cancelled.class);
      assertThat(Findings.take("/group"))
          .singleElement()
          .extracting(Finding::what)
          .asString()
          .contains("a hook that should unblock it failed")
          .contains("broken");
    });
  }

  @Test
  void aStopHookThatHangsHoldsUpTheFutureForASecondAndIsNamed() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicReference<Duration> cancelled = new AtomicReference<>();
      var unusedStage = future.whenComplete((v, t) -> cancelled.set(microscope.elapsed()));
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.adopt(
                        "future", future, () -> Scenes.ignoreInterrupts(Duration.ofSeconds(30)));
                    group.cancel("enough");
                  }));
      assertThat(cancelled.get()).isBetween(Duration.ofMillis(999), Duration.ofMillis(1100));
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(11));
      Microscope.sleep(Duration.ofSeconds(30));
      assertThat(Findings.take("/group")).isNotEmpty();
    });
  }

  /** Only its maker can complete it: it is awaited like any task that ignores its cancel. */
  @Test
  void aStageThatNobodyCanCancelIsAbandonedAtTheLimitAndItsLateEndIsTold() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> made = new CompletableFuture<>();
      CompletionStage<String> stage = made.minimalCompletionStage();
      AtomicReference<Task<String>> task = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(group.adopt("stage", stage));
                    group.cancel("enough");
                  }));
      assertThat(microscope.elapsed()).isBetween(Duration.ofSeconds(10), Duration.ofMillis(10_600));
      assertThat(task.get().outcome()).isInstanceOf(Outcome.Abandoned.class);
      assertThat(Findings.take("/group")).hasSize(1);
      made.complete("late");
      microscope.await("the late end", () -> ((GroupTask<?>) task.get()).hasEnded());
      Host.step();
      assertThat(task.get().outcome()).isEqualTo(new Outcome.Completed<>("late"));
      assertThat(Findings.take("/group"))
          .singleElement()
          .extracting(Finding::what)
          .asString()
          .contains("it ended after it had been abandoned");
    });
  }

  @Test
  void aForeignInterruptIsAFailureAndStopsTheWork() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> future = new CompletableFuture<>();
      AtomicReference<Task<String>> task = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(group.adopt("future", future));
                    GroupTask<?> record = (GroupTask<?>) task.get();
                    microscope.await("the wait", () -> Looks.waits(record));
                    java.util.Objects.requireNonNull(record.thread).interrupt();
                    group.join();
                  }));
      assertThat(thrown).isInstanceOf(ExecutionException.class).hasMessageContaining("foreign");
      assertThat(future.isCancelled()).isTrue();
    });
  }

  @Test
  void theRollCallNamesWhereItWasAdopted() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          GroupTask<?> task = (GroupTask<?>) group.<String>adopt("future", future);
          assertThat(Stragglers.describe(task, List.of()).started())
              .isNotNull()
              .extracting(StackTraceElement::getMethodName)
              .asString()
              .contains("theRollCallNamesWhereItWasAdopted");
          future.complete("value");
        });
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void whatIsMissingIsNamed() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          CompletableFuture<String> future = completed("value");
          missing("name", () -> group.adopt(null, future));
          missing("stage", () -> group.adopt("x", null));
          missing("onCancel", () -> group.adopt("x", future, null));
          assertThatThrownBy(() -> group.adopt("", future))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("The name of a task is empty; give one");
          assertThat(((Group) group).accepted()).isZero();
        });
  }

  private static void missing(String what, Action call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining(what);
  }
}
