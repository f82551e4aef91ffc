// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.sleepUntilCancelled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Deadline;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Law 12: nested deadlines. */
class GroupDeadlineTest {

  @Test
  void theEarlierDeadlineHoldsAndOnlyItsScopeTimesOut() {
    Scenes.explore(
        300,
        microscope -> {
          Duration outer = Duration.ofMillis(microscope.random().nextInt(1, 50));
          Duration inner = Duration.ofMillis(microscope.random().nextInt(1, 50));
          AtomicReference<Throwable> inside = new AtomicReference<>();
          Throwable outside = nested(Deadline.in(outer), Deadline.in(inner), inside);
          Duration earlier = outer.compareTo(inner) <= 0 ? outer : inner;
          assertThat(microscope.elapsed()).isEqualTo(earlier);
          if (outer.compareTo(inner) <= 0) {
            assertThat(inside.get()).isInstanceOf(InterruptedException.class);
            assertThat(outside)
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("/outer ");
          } else {
            assertThat(inside.get())
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("/outer/inner ");
            assertThat(outside).isNull();
          }
        });
  }

  @Test
  void onATieTheOutermostTimesOut() {
    Scenes.explore(
        Microscope.lens().seeds(300).stalling(),
        microscope -> {
          Deadline both = Deadline.in(Duration.ofMillis(10));
          AtomicReference<Throwable> inside = new AtomicReference<>();
          Throwable outside = nested(both, both, inside);
          assertThat(inside.get()).isInstanceOfAny(InterruptedException.class);
          assertThat(outside).isInstanceOf(TimeoutException.class).hasMessageContaining("/outer ");
        });
  }

  private static Throwable nested(
      Deadline outer, Deadline inner, AtomicReference<Throwable> inside) {
    return catchThrowable(() ->
        TaskGroup.named("outer")
            .deadline(outer)
            .run(group -> {
              Throwable seen =
                  catchThrowable(() ->
                      TaskGroup.named("inner")
                          .deadline(inner)
                          .run(block -> {
                            assertThat(Cancellation.deadline()).isEqualTo(outer.earlier(inner));
                            block.fork("waiter", Scenes::waitUntilCancelled);
                            Scenes.waitUntilCancelled();
                          }));
              inside.set(seen);
              if (seen instanceof InterruptedException interrupted) {
                throw interrupted;
              }
            }));
  }

  @Test
  void aDeadlineBindsTheBlocksInsideItsForks() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<Throwable> inside = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("outer")
                      .deadline(Duration.ofMillis(10))
                      .run(group ->
                          group.fork(
                              "fork",
                              () -> {
                                try {
                                  TaskGroup.named("inner")
                                      .deadline(Duration.ofMillis(20))
                                      .run(block -> sleepUntilCancelled());
                                } catch (InterruptedException | TimeoutException e) {
                                  inside.set(e);
                                }
                              })));
          assertThat(thrown).isInstanceOf(TimeoutException.class);
          assertThat(inside.get()).isInstanceOf(InterruptedException.class);
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(10));
        });
  }

  @Test
  void itBindsUntilTheForksAreHomeAndNoLonger() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean closed = new AtomicBoolean();
          String value =
              TaskGroup.named("g")
                  .deadline(Duration.ofMillis(100))
                  .call(group -> {
                    group.own(
                        "resource",
                        (AutoCloseable)
                            () -> {
                              Microscope.sleep(Duration.ofMillis(300));
                              closed.set(true);
                            });
                    group.background(
                        "listener",
                        stop -> {
                          stop.await();
                          Microscope.sleep(Duration.ofMillis(300));
                        });
                    group.fork("fork", () -> Microscope.sleep(Duration.ofMillis(50)));
                    return "value";
                  });
          assertThat(value).isEqualTo("value");
          assertThat(closed).isTrue();
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(650));
        });
  }

  @Test
  void aGroupThatHasEndedLeavesNoTimer() {
    Scenes.explore(
        200,
        microscope -> {
          for (int i = 0; i < 5; i++) {
            TaskGroup.named("g")
                .deadline(Duration.ofHours(2))
                .run(group ->
                    group
                        .inner(TaskGroup.named("inner").deadline(Duration.ofHours(1)))
                        .fork("job", () -> 1));
          }
          // A timer that was kept would keep the thread for timers, which is found as left over.
        });
  }

  @Test
  void withinAFewMomentsOfADeadlineTheGroupHasEndedOnRealThreadsToo() {
    long begin = System.nanoTime();
    Throwable thrown =
        catchThrowable(() ->
            TaskGroup.named("g")
                .deadline(Duration.ofMillis(50))
                .run(group -> {
                  for (int i = 0; i < 100; i++) {
                    group.fork("sleeper", () -> Thread.sleep(Duration.ofHours(1)));
                  }
                  group.join();
                }));
    assertThat(thrown).isInstanceOf(TimeoutException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(Duration.ofMillis(50), Duration.ofSeconds(10));
    assertThat(Thread.interrupted()).isFalse();
  }
}
