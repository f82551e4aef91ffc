// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Asking, and tasks that are only ever asked. */
class StopSignalTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void whoWaitsIsWokenByTheAskAndNotByTheTimeOut() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Boolean> asked = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            Task<?> unused =
                group.background("waits", stop -> asked.set(stop.await(SECOND.multipliedBy(9))));
          });
      assertThat(asked).hasValue(true);
      assertThat(microscope.elapsed()).isLessThan(SECOND);
    });
  }

  @Test
  void theTimeOutSaysThatNobodyAsked() {
    Looks.everySeed(microscope ->
        TaskGroup.run(
            "group",
            group -> {
              Task<Boolean> task = group.fork("waits", () -> StopSignal.current().await(SECOND));
              assertThat(task.join()).isFalse();
              assertThat(microscope.elapsed()).isGreaterThanOrEqualTo(SECOND);
            }));
  }

  @Test
  void anAskThatCameBeforeTheWaitEndsItAtOnce() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger rounds = new AtomicInteger();
      TaskGroup.run(
          "group",
          group -> {
            Task<?> unused =
                group.background(
                    "polls",
                    stop -> {
                      while (!stop.await(SECOND.dividedBy(100))) {
                        rounds.incrementAndGet();
                      }
                      assertThat(stop.await(SECOND)).isTrue();
                      stop.await();
                    });
            Microscope.sleep(SECOND.dividedBy(10));
          });
      assertThat(rounds.get()).isBetween(1, 10);
      assertThat(microscope.elapsed()).isEqualTo(SECOND.dividedBy(10));
    });
  }

  @Test
  void aCancelEndsTheWaitWithAnInterruption() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(group.background("waits", StopSignal::await));
                    microscope.await("it waits", () -> Looks.waits(task.get()));
                    task.get().cancel("enough");
                    Outcome<?> unusedOutcome = task.get().await();
                  }));
      assertThat(task.get().outcome())
          .isInstanceOfSatisfying(
              Outcome.Cancelled.class,
              cancelled ->
                  assertThat(cancelled.late())
                      .isInstanceOf(InterruptedException.class)
                      .hasMessageContaining("enough"));
    });
  }

  @Test
  void anotherThreadThatWaitsWithTheSignalOfACancelledTaskIsWoken() {
    Looks.everySeed(microscope ->
        TaskGroup.run(
            "group",
            group -> {
              AtomicReference<StopSignal> handed = new AtomicReference<>();
              Task<?> task =
                  group.fork(
                      "task",
                      () -> {
                        handed.set(StopSignal.current());
                        Looks.sleepUntilInterrupted();
                      });
              Thread other =
                  microscope.spawn(
                      "other",
                      () -> {
                        microscope.await("the signal", () -> handed.get() != null);
                        handed.get().await();
                      });
              microscope.await("the signal", () -> handed.get() != null);
              task.cancel("enough");
              other.join();
            }));
  }

  @Test
  void aSignalOnlyTaskIsNeverInterruptedAndItsWaitsOfOursEnd() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger flags = new AtomicInteger();
      AtomicReference<Boolean> asked = new AtomicReference<>();
      AtomicReference<Throwable> join = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.named("h2")
                  .signalOnly()
                  .run(group -> {
                    AtomicInteger runs = new AtomicInteger();
                    Task<?> never =
                        group.fork(
                            "waits",
                            () ->
                                microscope.await("the end of the join", () -> join.get() != null));
                    Task<?> unusedOne =
                        group.fork(
                            "signal",
                            () -> {
                              runs.incrementAndGet();
                              asked.set(StopSignal.current().await(Duration.ofDays(200 * 365)));
                              for (int i = 0; i < 20; i++) {
                                if (Thread.currentThread().isInterrupted()) {
                                  flags.incrementAndGet();
                                }
                                Host.step();
                              }
                            });
                    Task<?> unusedTwo =
                        group.fork(
                            "join",
                            () -> {
                              runs.incrementAndGet();
                              join.set(catchThrowable(never::join));
                            });
                    microscope.await("both run", () -> runs.get() == 2);
                    group.cancel("enough");
                  }));
      assertThat(asked).hasValue(true);
      assertThat(flags).hasValue(0);
      assertThat(join.get()).isNotNull();
    });
  }

  @Test
  void aSignalOnlyTaskIsInterruptedByNoRedeliveryEither() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger flags = new AtomicInteger();
      TaskGroup.named("h2")
          .signalOnly()
          .run(group -> {
            Task<?> task =
                group.fork(
                    "stubborn",
                    () -> {
                      try {
                        Microscope.sleep(SECOND.multipliedBy(5));
                      } catch (InterruptedException e) {
                        flags.incrementAndGet();
                      }
                    });
            microscope.await("it waits", () -> Looks.waits(task));
            task.cancel("enough");
            assertThat(task.await()).isInstanceOf(Outcome.Completed.class);
          });
      assertThat(flags).hasValue(0);
    });
  }

  /** A loop that ignores it would spin after the ask; checkers flag that, by the simple name. */
  @Test
  void whoIgnoresWhetherTheStopWasAskedForIsFlaggedByCheckers() throws Exception {
    assertThat(StopSignal.class.getMethod("await", Duration.class).getAnnotations())
        .extracting(annotation -> annotation.annotationType().getSimpleName())
        .containsExactly("CheckReturnValue");
  }
}
