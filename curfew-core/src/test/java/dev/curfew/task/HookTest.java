// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Law 11: hooks that unblock what an interrupt can't. */
class HookTest {
  private static final Duration FOR_EVER = Duration.ofDays(200 * 365L);

  @Test
  void theHookRunsAtMostOnceAndBeforeTheInterrupt() {
    Looks.everySeedOnTime(microscope -> {
      List<String> order = new CopyOnWriteArrayList<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("one", () -> group.cancel("one"));
                    microscope.spawn("two", () -> group.cancel("two"));
                    Cancellation.onCancel(() -> order.add("hook"))
                        .run(() -> {
                          try {
                            Looks.sleepUntilInterrupted();
                          } finally {
                            order.add("interrupt");
                          }
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      // No interrupt, if the cancel came before the body began.
      assertThat(order).isIn(List.of("hook", "interrupt"), List.of("hook"), List.of());
    });
  }

  @Test
  void theHookNeverBeginsAfterItsBlock() {
    Looks.everySeed(microscope -> {
      AtomicInteger late = new AtomicInteger();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    for (int i = 0; i < 3; i++) {
                      AtomicBoolean over = new AtomicBoolean();
                      try {
                        Cancellation.onCancel(
                                () -> {
                                  if (over.get()) {
                                    late.incrementAndGet();
                                  }
                                })
                            .run(Host::step);
                      } finally {
                        over.set(true);
                        Host.step();
                      }
                    }
                  }));
      assertThat(late).hasValue(0);
    });
  }

  @Test
  void leavingTheBlockWaitsForAHookThatRuns() {
    Looks.everySeedOnTime(microscope -> {
      AtomicBoolean left = new AtomicBoolean();
      AtomicInteger late = new AtomicInteger();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    try {
                      Cancellation.onCancel(
                              () -> {
                                Microscope.sleep(Duration.ofMillis(500));
                                if (left.get()) {
                                  late.incrementAndGet();
                                }
                              })
                          .run(Host::step);
                    } finally {
                      left.set(true);
                    }
                  }));
      assertThat(late).hasValue(0);
    });
  }

  @Test
  void aHookThatHangsHoldsUpTheBlockForASecondAndTheInterruptNotAtAll() {
    Looks.everySeedOnTime(microscope -> {
      AtomicBoolean release = new AtomicBoolean();
      AtomicInteger interrupted = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn(
                        "canceller",
                        () -> {
                          Microscope.sleep(Duration.ofMillis(1));
                          group.cancel("enough");
                        });
                    Cancellation.onCancel(
                            () -> microscope.await("the end of the test", release::get))
                        .run(() -> {
                          try {
                            Looks.sleepUntilInterrupted();
                          } finally {
                            interrupted.incrementAndGet();
                          }
                        });
                  }));
      release.set(true);
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(interrupted).hasValue(1);
      assertThat(microscope.elapsed())
          .isGreaterThanOrEqualTo(Duration.ofSeconds(1))
          .isLessThan(Duration.ofSeconds(3));
    });
  }

  @Test
  void hooksThatHangDoNotKeepTheOthersFromTheirInterrupt() {
    Looks.everySeedOnTime(microscope -> {
      AtomicBoolean release = new AtomicBoolean();
      AtomicInteger armed = new AtomicInteger();
      AtomicInteger interrupted = new AtomicInteger();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    for (int i = 0; i < 8; i++) {
                      Task<?> unusedTask =
                          group.fork(
                              "hooked",
                              () ->
                                  Cancellation.onCancel(
                                          () -> microscope.await("the end", release::get))
                                      .run(() -> {
                                        armed.incrementAndGet();
                                        try {
                                          Looks.sleepUntilInterrupted();
                                        } finally {
                                          interrupted.incrementAndGet();
                                        }
                                      }));
                    }
                    microscope.await("all are armed", () -> armed.get() == 8);
                    group.cancel("enough");
                  }));
      release.set(true);
      assertThat(interrupted).hasValue(8);
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(4));
    });
  }

  @Test
  void aHookThatThrowsIsReportedAndTheInterruptComesAllTheSame() {
    Looks.everySeedOnTime(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "thrower",
                  group -> {
                    microscope.spawn(
                        "canceller",
                        () -> {
                          Microscope.sleep(Duration.ofMillis(1));
                          group.cancel("enough");
                        });
                    Cancellation.onCancel(
                            () -> {
                              throw new IllegalStateException("the hook is broken");
                            })
                        .run(Looks::sleepUntilInterrupted);
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(Findings.take(""))
          .anySatisfy(finding -> assertThat(finding.what()).contains("the hook is broken"));
    });
  }

  @Test
  void aHookThatIsArmedAfterTheCancelNeverRunsAndNeitherDoesItsBody() {
    Looks.everySeed(microscope -> {
      AtomicInteger ran = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    assertThatThrownBy(() ->
                            Cancellation.onCancel(ran::incrementAndGet).run(ran::incrementAndGet))
                        .isInstanceOf(InterruptedException.class)
                        .hasMessageContaining("enough");
                  }));
      assertThat(thrown).isNull();
      assertThat(ran).hasValue(0);
    });
  }

  @Test
  void theCancelOfAGroupInsideTheBlockDoesNotRunTheHook() {
    Looks.everySeed(microscope -> {
      AtomicInteger ran = new AtomicInteger();
      TaskGroup.run(
          "group",
          group ->
              Cancellation.onCancel(ran::incrementAndGet)
                  .run(() ->
                      assertThatThrownBy(() ->
                              TaskGroup.run(
                                  "inner",
                                  inner -> {
                                    inner.cancel("inner only");
                                    Looks.sleepUntilInterrupted();
                                  }))
                          .isInstanceOf(CancellationException.class)));
      assertThat(ran).hasValue(0);
    });
  }

  @Test
  void aCancelThatAShieldHoldsOffRunsTheHookWhenTheShieldIsLeft() {
    Looks.everySeedOnTime(microscope -> {
      List<String> order = new CopyOnWriteArrayList<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group ->
                      Cancellation.onCancel(() -> order.add("hook"))
                          .run(() -> {
                            Shield.run(
                                FOR_EVER,
                                () -> {
                                  group.cancel("enough");
                                  Microscope.sleep(Duration.ofMillis(10));
                                  order.add("shield");
                                });
                            try {
                              Looks.sleepUntilInterrupted();
                            } finally {
                              order.add("interrupt");
                            }
                          })));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(order).containsExactly("shield", "hook", "interrupt");
    });
  }

  @Test
  void hooksOfNestedBlocksRunFromTheInnermost() {
    Looks.everySeedOnTime(microscope -> {
      List<String> order = new CopyOnWriteArrayList<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group ->
                      Cancellation.onCancel(() -> order.add("outer"))
                          .run(() ->
                              Cancellation.onCancel(() -> order.add("inner"))
                                  .run(() -> {
                                    microscope.spawn("canceller", () -> group.cancel("enough"));
                                    Looks.sleepUntilInterrupted();
                                  }))));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(order).containsExactly("inner", "outer");
    });
  }

  @Test
  void aShieldWaitsForAHookThatRuns() {
    Looks.everySeedOnTime(microscope -> {
      AtomicBoolean runs = new AtomicBoolean();
      AtomicInteger met = new AtomicInteger();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    Cancellation.onCancel(
                            () -> {
                              runs.set(true);
                              Microscope.sleep(Duration.ofMillis(500));
                              runs.set(false);
                            })
                        .run(() ->
                            Shield.run(
                                FOR_EVER,
                                () -> {
                                  for (int i = 0; i < 10; i++) {
                                    met.addAndGet(runs.get() ? 1 : 0);
                                    Host.step();
                                  }
                                }));
                  }));
      assertThat(met).as("looks, under the shield, at a hook that runs").hasValue(0);
    });
  }
}
