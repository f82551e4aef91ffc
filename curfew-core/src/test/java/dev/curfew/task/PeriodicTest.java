// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Await;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Actions that run again and again, by pauses and by ticks. */
class PeriodicTest {
  private static Duration ms(long millis) {
    return Duration.ofMillis(millis);
  }

  @Test
  void thePauseIsFromTheEndOfARunToTheStartOfTheNext() {
    Scenes.explore(
        200,
        microscope -> {
          List<Duration> starts = new CopyOnWriteArrayList<>();
          TaskGroup.run(
              "g",
              group -> {
                group.every(
                    "poll",
                    ms(100),
                    () -> {
                      starts.add(microscope.elapsed());
                      Microscope.sleep(ms(30));
                    });
                group.fork("work", () -> Microscope.sleep(ms(400)));
              });
          assertThat(starts).containsExactly(ms(0), ms(130), ms(260), ms(390));
          assertThat(microscope.elapsed()).as("the run under way finished").isEqualTo(ms(420));
        });
  }

  @Test
  void atARateRunsKeepTheirPhaseAndMissedTicksAreSkipped() {
    Scenes.explore(
        200,
        microscope -> {
          List<Duration> starts = new CopyOnWriteArrayList<>();
          long[] takes = {10, 250, 100, 99, 0, 0};
          AtomicInteger run = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                group.everyAtRate(
                    "tick",
                    ms(100),
                    () -> {
                      starts.add(microscope.elapsed());
                      Microscope.sleep(ms(takes[run.getAndIncrement()]));
                    });
                group.fork("work", () -> Microscope.sleep(ms(750)));
              });
          // 250 ms from 100 on skip the ticks at 200 and 300; 100 ms from 400 on end at a tick.
          assertThat(starts).containsExactly(ms(0), ms(100), ms(400), ms(500), ms(600), ms(700));
          assertThat(microscope.elapsed()).as("the pause ended when asked").isEqualTo(ms(750));
        });
  }

  @ParameterizedTest(name = "at a rate: {0}")
  @ValueSource(booleans = {false, true})
  void theEndOfTheGroupEndsThePauseAndFindsNothingWrong(boolean atRate) {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          AtomicInteger runs = new AtomicInteger();
          AtomicReference<Task<?>> kept = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                kept.set(start(group, atRate, Duration.ofDays(1), runs::incrementAndGet));
                steps(microscope.random().nextInt(20));
              });
          assertThat(runs.get()).isBetween(0, 1);
          assertThat(microscope.elapsed()).isZero();
          assertThat(kept.get().outcome()).isInstanceOf(Outcome.Completed.class);
          assertThat(Findings.take("")).isEmpty();
        });
  }

  private static Task<?> start(TaskGroup group, boolean atRate, Duration time, Action action) {
    return atRate ? group.everyAtRate("tick", time, action) : group.every("tick", time, action);
  }

  @ParameterizedTest(name = "signal only: {0}")
  @ValueSource(booleans = {false, true})
  void aCancelEndsThePauseAndARunUnderWay(boolean signalOnly) {
    Scenes.explore(
        200,
        microscope -> {
          GroupOptions<RuntimeException> options = TaskGroup.named("g");
          AtomicBoolean runs = new AtomicBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  (signalOnly ? options.signalOnly() : options)
                      .run(group -> {
                        group.every("pausing", Duration.ofDays(1), () -> {});
                        group.every(
                            "running",
                            Duration.ofDays(1),
                            () -> {
                              runs.set(true);
                              boolean asked = StopSignal.current().await(Duration.ofDays(1));
                              assertThat(asked).isTrue();
                            });
                        microscope.await("the run", runs::get);
                        steps(microscope.random().nextInt(20));
                        group.cancel("enough");
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(java.util.concurrent.CancellationException.class);
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  @ParameterizedTest(name = "at a rate: {0}")
  @ValueSource(booleans = {false, true})
  void whatFailsInARunFailsTheGroupAndThereIsNoNextRun(boolean atRate) {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger runs = new AtomicInteger();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        start(
                            group,
                            atRate,
                            ms(10),
                            () -> {
                              if (runs.incrementAndGet() == 3) {
                                throw new IOException("broken");
                              }
                            });
                        group.fork("work", Scenes::sleepUntilCancelled);
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
          assertThat(runs).hasValue(3);
          assertThat(microscope.elapsed()).isEqualTo(ms(20));
        });
  }

  @Test
  void onRealThreadsTicksComeAndTheEndIsPrompt() throws Exception {
    CountDownLatch five = new CountDownLatch(5);
    CountDownLatch three = new CountDownLatch(3);
    long from = System.nanoTime();
    TaskGroup.run(
        "g",
        group -> {
          group.everyAtRate("tick", ms(2), five::countDown);
          group.every("poll", ms(2), three::countDown);
          group.every("rare", Duration.ofDays(365_000), () -> {});
          group.everyAtRate("never", Duration.ofSeconds(Long.MAX_VALUE), () -> {});
          Await.until("five ticks", () -> five.getCount() == 0);
          Await.until("three runs", () -> three.getCount() == 0);
        });
    assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void itIsShownWithThePlaceOfItsActionAndNotOfOurs() {
    Action action = () -> {};
    assertThat(Periodic.every("poll", ms(1), action).inside()).isSameAs(action);
    assertThat(Supervised.of(Restart.atMost(1, ms(9)), StopSignal::await).inside().getClass())
        .isNotEqualTo(Supervised.class);
    // Whatever place is known of the action, or that there is none, holds for what is around it.
    Sites.note(Periodic.every("poll", ms(1), action));
    assertThat(Sites.of(Periodic.every("poll", ms(1), action))).isEqualTo(Sites.of(action));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void badInputIsRefusedAndStartsNothing(long millis) throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          assertThatThrownBy(() -> group.every("poll", ms(millis), () -> {}))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("Task poll: the pause is")
              .hasMessageContaining("positive duration");
          assertThatThrownBy(() -> group.everyAtRate("poll", ms(millis), () -> {}))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("the period is");
          assertThatThrownBy(() -> group.every("", ms(1), () -> {}))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("is empty");
          assertThatThrownBy(() -> group.every("poll", null, () -> {}))
              .isInstanceOf(NullPointerException.class)
              .hasMessageContaining("pause was null");
          assertThatThrownBy(() -> group.everyAtRate("poll", ms(1), null))
              .isInstanceOf(NullPointerException.class)
              .hasMessageContaining("action was null");
          assertThat(((Group) group).accepted()).isZero();
        });
  }
}
