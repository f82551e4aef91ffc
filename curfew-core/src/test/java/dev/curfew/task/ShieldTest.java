// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Law 10: what a shield holds off, how long, and what is there when it is left. */
class ShieldTest {
  /** No clock reaches it. */
  private static final Duration FOR_EVER = Duration.ofDays(200 * 365L);

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  // ---- delivery × enter × exit

  @Test
  void noInterruptOfOursArrivesInsideAndNoneIsLostAfterwards() {
    Looks.everySeed(microscope -> {
      AtomicInteger inside = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    for (int i = 0; i < 3; i++) {
                      Host.step();
                      Shield.run(
                          FOR_EVER,
                          () -> {
                            for (int j = 0; j < 3; j++) {
                              if (Thread.currentThread().isInterrupted()) {
                                inside.incrementAndGet();
                              }
                              Host.step();
                            }
                          });
                    }
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(inside).hasValue(0);
      assertThat(thrown).isInstanceOf(CancellationException.class);
    });
  }

  @Test
  void anInterruptThatIsHeldArrivesWhenTheShieldIsLeftAndNotLater() {
    Looks.everySeedOnTime(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Shield.run(
                        seconds(9),
                        () -> {
                          group.cancel("enough");
                          assertThat(Cancellation.isCancelled()).isTrue();
                          Microscope.sleep(seconds(1));
                        });
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(microscope.elapsed()).isEqualTo(seconds(1));
    });
  }

  @Test
  void aForeignFlagIsRememberedAndSetAgainAndStillForeign() {
    Looks.everySeed(microscope -> {
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Thread.currentThread().interrupt();
                    Shield.run(
                        FOR_EVER,
                        () -> {
                          assertThat(Thread.currentThread().isInterrupted()).isFalse();
                          microscope.spawn("canceller", () -> group.cancel("enough"));
                          Host.step();
                        });
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                    microscope.spawn("canceller", () -> group.cancel("once more"));
                    Host.step();
                  }));
      assertThat(Thread.interrupted()).as("the foreign flag").isTrue();
    });
  }

  @Test
  void aFlagOfOursThatAShieldHasHeldIsNotTakenForAForeignOne() {
    Looks.everySeed(microscope -> {
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "outer",
                  outer -> {
                    outer.cancel("enough");
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                    Shield.run(
                        FOR_EVER,
                        () -> {
                          Throwable none =
                              catchThrowable(
                                  () -> TaskGroup.run("cleanup", inner -> inner.cancel("done")));
                          assertThat(none).isNull();
                        });
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                  }));
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    });
  }

  // ---- the limit

  @Test
  void atItsLimitTheHeldInterruptComesThrough() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Duration> at = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        seconds(2),
                        () -> {
                          try {
                            Looks.sleepUntilInterrupted();
                          } finally {
                            at.set(microscope.elapsed());
                            assertThatThrownBy(Cancellation::check)
                                .isInstanceOf(InterruptedException.class);
                          }
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(at.get()).isEqualTo(seconds(2));
    });
  }

  @Test
  void aCancelAfterTheLimitIsNotHeldOff() {
    Looks.everySeedOnTime(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group ->
                      Shield.run(
                          seconds(1),
                          () -> {
                            Microscope.sleep(seconds(2));
                            microscope.spawn("canceller", () -> group.cancel("enough"));
                            Looks.sleepUntilInterrupted();
                          })));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(microscope.elapsed()).isEqualTo(seconds(2));
    });
  }

  @Test
  void theLimitTouchesNothingAfterTheShieldIsLeft() {
    Looks.everySeed(microscope -> {
      TaskGroup.run(
          "group",
          group -> {
            for (int i = 0; i < 3; i++) {
              Shield.run(Duration.ofMillis(1), () -> Microscope.sleep(Duration.ofMillis(1)));
              assertThat(Thread.currentThread().isInterrupted()).isFalse();
              Shield.run(FOR_EVER, () -> assertThat(isShielded()).isTrue());
              assertThat(isShielded()).isFalse();
            }
          });
    });
  }

  private static boolean isShielded() {
    return Strand.current().isShielded();
  }

  // ---- nested shields

  @Test
  void theLimitOfAnInnerShieldIsForWhatIsInsideItOnly() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Duration> inner = new AtomicReference<>();
      AtomicReference<Duration> outer = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        seconds(9),
                        () -> {
                          Shield.run(
                              seconds(1),
                              () -> {
                                // Leaves the flag set.
                                while (!Thread.currentThread().isInterrupted()) {
                                  Host.current().parkNanos("inner", Long.MAX_VALUE);
                                }
                                inner.set(microscope.elapsed());
                              });
                          try {
                            Looks.sleepUntilInterrupted();
                          } finally {
                            outer.set(microscope.elapsed());
                          }
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(inner.get()).isEqualTo(seconds(1));
      assertThat(outer.get()).isEqualTo(seconds(9));
    });
  }

  @Test
  void theLimitOfAnOuterShieldWaitsForTheInnerOne() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Duration> outer = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        seconds(1),
                        () -> {
                          Shield.run(seconds(9), () -> Microscope.sleep(seconds(3)));
                          try {
                            Looks.sleepUntilInterrupted();
                          } finally {
                            outer.set(microscope.elapsed());
                          }
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(outer.get()).isEqualTo(seconds(3));
    });
  }

  @Test
  void theLimitOfAnOuterShieldMayPassWhileAnInnerOneIsRaisedOrLowered() {
    Looks.everySeed(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        Duration.ofMillis(2),
                        () -> {
                          for (int i = 0; i < 2; i++) {
                            try {
                              Shield.run(
                                  FOR_EVER,
                                  () -> {
                                    assertThat(isShielded()).isTrue();
                                    Microscope.sleep(Duration.ofMillis(1));
                                  });
                            } finally {
                              Host.step();
                            }
                          }
                          Looks.sleepUntilInterrupted();
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
    });
  }

  // ---- groups inside a shield

  @Test
  void aGroupOpenedUnderAShieldDoesNotSeeTheCancelOutside() {
    Looks.everySeed(microscope -> {
      AtomicReference<String> flushed = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    Shield.run(
                        FOR_EVER,
                        () ->
                            flushed.set(
                                TaskGroup.call(
                                    "cleanup",
                                    cleanup -> {
                                      Task<String> flush =
                                          cleanup.fork(
                                              "flush",
                                              () -> {
                                                Cancellation.check();
                                                Microscope.sleep(seconds(1));
                                                return "flushed";
                                              });
                                      cleanup.join();
                                      return flush.get();
                                    })));
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(flushed).hasValue("flushed");
      assertThat(thrown).isInstanceOf(CancellationException.class);
    });
  }

  @Test
  void whoLooksWhileAGroupUnderAShieldEndsDoesNotInterruptWhatIsShielded() {
    Looks.everySeed(microscope -> {
      AtomicInteger inside = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Strand strand = Strand.current();
                    Shield.run(
                        FOR_EVER,
                        () -> {
                          group.cancel("enough");
                          // As the finder does, at any moment.
                          Thread again =
                              microscope.spawn(
                                  "again",
                                  () -> {
                                    for (int i = 0; i < 4; i++) {
                                      strand.deliver(true);
                                    }
                                  });
                          for (int i = 0; i < 4; i++) {
                            int unused = TaskGroup.call("cleanup", cleanup -> 1);
                            if (Thread.interrupted()) {
                              inside.incrementAndGet();
                            }
                          }
                          again.join();
                        });
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(inside).hasValue(0);
      assertThat(thrown).isInstanceOf(CancellationException.class);
    });
  }

  @Test
  void aGroupOpenedUnderAShieldIsCancelledByItsOwnForksAtOnce() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Throwable> cleanup = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    assertThat(Thread.interrupted()).isTrue();
                    Shield.run(
                        FOR_EVER,
                        () ->
                            cleanup.set(
                                catchThrowable(() ->
                                    TaskGroup.run(
                                        "cleanup",
                                        inner -> {
                                          Task<?> unused =
                                              inner.fork(
                                                  "fails",
                                                  () -> {
                                                    throw new IllegalStateException();
                                                  });
                                          Looks.sleepUntilInterrupted();
                                        }))));
                    assertThat(microscope.elapsed()).isZero();
                  }));
      assertThat(thrown).isNull();
      assertThat(cleanup.get()).isInstanceOf(ExecutionException.class);
    });
  }

  @Test
  void aGroupOpenedUnderAShieldIsCancelledAtTheShieldsLimit() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Throwable> cleanup = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        seconds(2),
                        () -> {
                          cleanup.set(
                              catchThrowable(() ->
                                  TaskGroup.run(
                                      "cleanup",
                                      inner -> {
                                        Task<?> unused =
                                            inner.fork("hangs", Looks::sleepUntilInterrupted);
                                        inner.join();
                                      })));
                          Cancellation.check();
                        });
                  }));
      assertThat(cleanup.get()).isInstanceOf(InterruptedException.class);
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(microscope.elapsed()).isEqualTo(seconds(2));
    });
  }

  @Test
  void theLimitOfAnOuterShieldReachesAGroupWhoseInnerShieldHasGivenWayBefore() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Duration> interrupted = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    group.cancel("enough");
                    Shield.run(
                        seconds(3),
                        () ->
                            TaskGroup.run(
                                "cleanup",
                                inner ->
                                    Shield.run(
                                        seconds(1),
                                        () -> {
                                          try {
                                            Microscope.sleep(seconds(60));
                                          } finally {
                                            interrupted.set(microscope.elapsed());
                                          }
                                        })));
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(interrupted.get()).isEqualTo(seconds(3));
    });
  }

  @Test
  void aDeadlineUnderAShieldBindsAlsoWhenTheOuterOneHasPassed() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Throwable> cleanup = new AtomicReference<>();
      AtomicReference<Duration> left = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .deadline(seconds(1))
                  .run(group -> {
                    try {
                      Looks.sleepUntilInterrupted();
                    } finally {
                      Shield.run(
                          seconds(9),
                          () -> {
                            left.set(Cancellation.deadline().remaining());
                            cleanup.set(
                                catchThrowable(() ->
                                    TaskGroup.named("cleanup")
                                        .deadline(seconds(2))
                                        .run(inner -> Looks.sleepUntilInterrupted())));
                          });
                    }
                  }));
      assertThat(left.get()).isEqualTo(seconds(9));
      assertThat(cleanup.get()).isInstanceOf(TimeoutException.class);
      assertThat(thrown).isInstanceOf(TimeoutException.class).hasMessageContaining("/group did");
      assertThat(microscope.elapsed()).isEqualTo(seconds(3));
    });
  }
}
