// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Deadline;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Law 12: nested deadlines. */
class ScopeDeadlineTest {
  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  /** What leaves the inner and what leaves the outer group. */
  private record Left(Throwable inner, Throwable outer) {}

  private static Left nested(GroupOptions<TimeoutException> outer, GroupOptions<?> inner) {
    AtomicReference<Throwable> innerLeft = new AtomicReference<>();
    Throwable outerLeft =
        catchThrowable(() ->
            outer.run(around -> {
              try {
                inner.run(group -> {
                  Task<?> unused = group.fork("sleeps", Looks::sleepUntilInterrupted);
                  group.join();
                });
              } catch (Exception e) {
                innerLeft.set(e);
                throw e;
              }
            }));
    return new Left(innerLeft.get(), outerLeft);
  }

  @Test
  void onlyTheScopeThatExpiredTimesOut() {
    Looks.everySeedOnTime(microscope -> {
      Left left =
          nested(
              TaskGroup.named("outer").deadline(seconds(1)),
              TaskGroup.named("inner").deadline(seconds(9)));
      assertThat(left.inner()).isInstanceOf(InterruptedException.class);
      assertThat(left.outer()).isInstanceOf(TimeoutException.class).hasMessageContaining("outer");
      assertThat(microscope.elapsed()).isEqualTo(seconds(1));
    });
  }

  @Test
  void theInnerScopeTimesOutWhenItIsTheEarlier() {
    Looks.everySeedOnTime(microscope -> {
      Left left =
          nested(
              TaskGroup.named("outer").deadline(seconds(9)),
              TaskGroup.named("inner").deadline(seconds(1)));
      assertThat(left.inner()).isInstanceOf(TimeoutException.class).hasMessageContaining("inner");
      assertThat(microscope.elapsed()).isEqualTo(seconds(1));
    });
  }

  @Test
  void onATieTheOutermostTimesOut() {
    Looks.everySeed(microscope -> {
      Deadline at = Deadline.in(seconds(1));
      Left left =
          nested(TaskGroup.named("outer").deadline(at), TaskGroup.named("inner").deadline(at));
      assertThat(left.inner()).isNotInstanceOf(TimeoutException.class);
      assertThat(left.outer()).isInstanceOf(TimeoutException.class).hasMessageContaining("outer");
    });
  }

  @Test
  void onATieTheOutermostTimesOutByTheRealClock() {
    for (int i = 0; i < 10; i++) {
      Deadline at = Deadline.in(Duration.ofMillis(20));
      Left left =
          nested(TaskGroup.named("outer").deadline(at), TaskGroup.named("inner").deadline(at));
      assertThat(left.outer())
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining("/outer did");
    }
  }

  @Test
  void theDeadlineBindsUntilTheForksAreHome() {
    Looks.everySeedOnTime(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .deadline(seconds(1))
                  .run(group -> {
                    Task<?> unused = group.fork("sleeps", Looks::sleepUntilInterrupted);
                  }));
      assertThat(thrown).isInstanceOf(TimeoutException.class);
      assertThat(microscope.elapsed()).isEqualTo(seconds(1));
    });
  }

  @Test
  void theBodyIsBoundAlsoWithoutForks() {
    Looks.everySeedOnTime(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .deadline(seconds(1))
                  .run(group -> Looks.sleepUntilInterrupted()));
      assertThat(thrown).isInstanceOf(TimeoutException.class);
      assertThat(microscope.elapsed()).isEqualTo(seconds(1));
    });
  }

  @Test
  void whatBackgroundTasksAndClosesTakeIsNoTimeout() {
    Looks.everySeedOnTime(microscope -> {
      String value =
          TaskGroup.named("group")
              .deadline(seconds(1))
              .call(group -> {
                Task<?> unused =
                    group.background(
                        "slow",
                        stop -> {
                          stop.await();
                          Microscope.sleep(seconds(1).minusMillis(200));
                        });
                group.onClose("slow", () -> Microscope.sleep(seconds(3)));
                Microscope.sleep(seconds(1).minusMillis(500));
                return "value";
              });
      assertThat(value).isEqualTo("value");
    });
  }

  @Test
  void theDeadlineIsReadableInside() {
    Looks.everySeedOnTime(microscope ->
        TaskGroup.named("outer")
            .deadline(seconds(2))
            .run(outer -> {
              TaskGroup.named("inner")
                  .deadline(seconds(9))
                  .run(inner -> {
                    Task<Duration> task =
                        inner.fork("reads", () -> Cancellation.deadline().remaining());
                    inner.join();
                    assertThat(task.get()).isEqualTo(seconds(2));
                  });
            }));
  }
}
