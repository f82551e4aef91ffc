// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.sleepUntilCancelled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Background tasks at the end of a block. */
class BackgroundTest {

  @Test
  void theyAreAskedAllAtOnceWhenForksAndInnerGroupsAreHomeAndBeforeAnythingCloses() {
    Scenes.explore(
        300,
        microscope -> {
          List<String> order = new CopyOnWriteArrayList<>();
          TaskGroup.run(
              "g",
              group -> {
                group.own("first", (AutoCloseable) () -> order.add("close first"));
                group.own("second", (AutoCloseable) () -> order.add("close second"));
                for (int i = 0; i < 2; i++) {
                  group.background(
                      "listener",
                      stop -> {
                        stop.await();
                        Microscope.sleep(Duration.ofMillis(500));
                        order.add("background");
                      });
                }
                TaskGroup inner = group.inner("inner");
                inner.own("inner", (AutoCloseable) () -> order.add("close inner"));
                inner.background(
                    "inner listener",
                    stop -> {
                      stop.await();
                      order.add("inner background");
                    });
                inner.fork(
                    "inner fork",
                    () -> {
                      Microscope.sleep(Duration.ofMillis(200));
                      order.add("fork");
                    });
                group.fork(
                    "fork",
                    () -> {
                      Microscope.sleep(Duration.ofMillis(200));
                      order.add("fork");
                    });
              });
          assertThat(order.subList(order.size() - 4, order.size()))
              .containsExactly("background", "background", "close second", "close first");
          assertThat(order.subList(0, order.size() - 4))
              .containsSubsequence("fork", "inner background", "close inner")
              .hasSize(4);
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(700));
        });
  }

  @Test
  void oneThatDoesNotAnswerIsCancelledASecondAfterItWasAsked() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<Task<?>> kept = new AtomicReference<>();
          String value =
              TaskGroup.call(
                  "g",
                  group -> {
                    kept.set(group.background("deaf", stop -> sleepUntilCancelled()));
                    group.fork("fork", () -> Microscope.sleep(Duration.ofMillis(300)));
                    return "value";
                  });
          assertThat(value).isEqualTo("value");
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(1300));
          assertThat(kept.get().outcome()).isInstanceOf(Outcome.Cancelled.class);
          assertThat(kept.get().cancelReason().orElseThrow().why()).contains("asked to stop");
        });
  }

  @Test
  void oneThatEndsBeforeItIsAskedIsNotedAndOneThatFailsFailsTheGroup() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          TaskGroup.run(
              "early",
              group -> {
                group.background("short", stop -> {});
                group.fork("fork", () -> Microscope.sleep(Duration.ofMillis(1)));
              });
          assertThat(Findings.take("/early"))
              .singleElement()
              .asString()
              .contains("/early/short", "before it was asked");
          TaskGroup.run("asked", group -> group.background("long", StopSignal::await));
          assertThat(Findings.take("/asked")).isEmpty();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "failing",
                      group -> {
                        group.background(
                            "broken",
                            stop -> {
                              throw new IOException("broken");
                            });
                        group.fork("fork", Scenes::sleepUntilCancelled);
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
        });
  }

  @Test
  void oneThatIsStartedWhenTheOthersWereAskedFindsItselfAsked() {
    Scenes.explore(
        200,
        microscope -> {
          TaskGroup.run(
              "g",
              group ->
                  group.background(
                      "first",
                      stop -> {
                        stop.await();
                        group.background("second", StopSignal::await);
                        group.fork("late fork", () -> StopSignal.current().isSet());
                      }));
          assertThat(microscope.elapsed()).isZero();
        });
  }
}
