// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.sleepUntilCancelled;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What the caller of a block sees, row by row of the contract, and law 3: no outcome is lost. */
@SuppressWarnings({
  "OverrideThrowableToString",
  "UnnecessaryAsync"
}) // failures that misbehave; written by lambdas
class CallerSeesTest {

  @Test
  void theBodysOwnFailureIsThrownAsItIsAndThoseOfForksAreSuppressed() {
    Scenes.explore(
        300,
        microscope -> {
          IOException own = new IOException("body");
          IllegalStateException late = new IllegalStateException("fork");
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        CountDownLatch begun = new CountDownLatch(1);
                        group.fork(
                            "fork",
                            () -> {
                              begun.countDown();
                              try {
                                sleepUntilCancelled();
                              } catch (InterruptedException e) {
                                throw late;
                              }
                            });
                        begun.await();
                        throw own;
                      }));
          assertThat(thrown).isSameAs(own).hasSuppressedException(late);
        });
  }

  @Test
  void aBodyThatIsLeftByAnInterruptionOfItsOwnIsNotTakenForACancelledOne() {
    Scenes.explore(
        300,
        microscope -> {
          CancellationException own = new CancellationException("its own");
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        CountDownLatch begun = new CountDownLatch(1);
                        group.fork(
                            "fork",
                            () -> {
                              begun.countDown();
                              try {
                                sleepUntilCancelled();
                              } catch (InterruptedException e) {
                                throw new IllegalStateException("fork", e.getCause());
                              }
                            });
                        begun.await();
                        throw own;
                      }));
          assertThat(thrown).isSameAs(own);
          assertThat(thrown.getSuppressed()).singleElement().asString().contains("fork");
        });
  }

  @Test
  void aBodyThatFailsCancelsWhatItsInnerGroupsHold() {
    Scenes.explore(
        300,
        microscope -> {
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        group.inner("inner").fork("sleeper", Scenes::sleepUntilCancelled);
                        throw new IOException("body");
                      }));
          assertThat(thrown).isInstanceOf(IOException.class);
          assertThat(microscope.elapsed()).isLessThan(Scenes.FIRST_DELIVERY);
        });
  }

  @Test
  void theFirstFailureOfAForkIsTheCauseAndLaterOnesAreSuppressed() {
    Scenes.explore(
        300,
        microscope -> {
          IOException first = new IOException("first");
          IOException second = new IOException("second");
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        CountDownLatch begun = new CountDownLatch(1);
                        group.fork(
                            "second",
                            () -> {
                              begun.countDown();
                              try {
                                sleepUntilCancelled();
                              } catch (InterruptedException e) {
                                throw second;
                              }
                            });
                        group.fork(
                            "first",
                            () -> {
                              begun.await();
                              throw first;
                            });
                        group.join();
                      }));
          assertThat(thrown)
              .isInstanceOf(ExecutionException.class)
              .hasMessageContaining("/g/first")
              .hasCause(first)
              .hasSuppressedException(second);
        });
  }

  @Test
  void anErrorIsAnOutcomeLikeAnyOther() {
    Scenes.explore(
        200,
        microscope -> {
          StackOverflowError error = new StackOverflowError("deep");
          AtomicReference<Task<?>> kept = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        kept.set(
                            group.fork(
                                "fork",
                                () -> {
                                  throw error;
                                }));
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasCause(error);
          assertThat(kept.get().outcome()).isEqualTo(new Outcome.Failed<>(error, null));
        });
  }

  /** Its methods are foreign code. */
  private static final class Hostile extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      throw new IllegalStateException("toString");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("getCause");
    }
  }

  @Test
  void aFailureWhoseOwnMethodsThrowIsDeliveredAllTheSame() {
    Scenes.explore(
        200,
        microscope -> {
          Hostile hostile = new Hostile();
          boolean inBody = microscope.random().nextBoolean();
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          try {
            TaskGroup.run(
                "g",
                group -> {
                  group.fork("sleeper", Scenes::sleepUntilCancelled);
                  if (inBody) {
                    throw hostile;
                  }
                  group.fork(
                      "hostile",
                      () -> {
                        throw hostile;
                      });
                });
          } catch (Hostile e) {
            thrown.set(e);
          } catch (ExecutionException e) {
            thrown.set(e.getCause());
          }
          assertThat(thrown.get() == hostile).isTrue();
          assertThat(microscope.elapsed()).isLessThan(Scenes.FIRST_DELIVERY);
        });
  }

  @Test
  void theOwnDeadlineIsATimeoutWhateverFailsAfterIt() {
    Scenes.explore(
        300,
        microscope -> {
          IOException late = new IOException("late");
          boolean joins = microscope.random().nextBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("g")
                      .deadline(Duration.ofMillis(100))
                      .run(group -> {
                        group.fork(
                            "fork",
                            () -> {
                              try {
                                sleepUntilCancelled();
                              } catch (InterruptedException e) {
                                throw late;
                              }
                            });
                        if (joins) {
                          group.join();
                        }
                      }));
          assertThat(thrown)
              .isInstanceOf(TimeoutException.class)
              .hasMessageContaining("/g")
              .hasSuppressedException(late);
        });
  }

  @Test
  void afterItsOwnCancelTheBodysValueCountsOrItIsACancellation() {
    Scenes.explore(
        300,
        microscope -> {
          String value =
              TaskGroup.call(
                  "g",
                  group -> {
                    group.fork("sleeper", Scenes::sleepUntilCancelled);
                    group.cancel("enough");
                    return "value";
                  });
          assertThat(value).isEqualTo("value");
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        group.cancel("enough");
                        sleepUntilCancelled();
                        return "value";
                      }));
          assertThat(thrown)
              .isInstanceOf(CancellationException.class)
              .hasMessageContaining("/g")
              .hasMessageContaining("enough");
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void anOuterCancelIsAnInterruptedExceptionInside() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicReference<Throwable> inside = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "outer",
                      outer -> {
                        outer.fork("canceller", () -> outer.cancel("enough"));
                        try {
                          TaskGroup.run(
                              "inner",
                              inner -> {
                                inner.fork("sleeper", Scenes::sleepUntilCancelled);
                                inner.join();
                              });
                        } catch (Exception e) {
                          inside.set(e);
                          throw e;
                        }
                      }));
          assertThat(inside.get())
              .isInstanceOf(InterruptedException.class)
              .hasMessageContaining("enough");
          assertThat(thrown).isInstanceOf(CancellationException.class);
        });
  }

  @Test
  void aForeignInterruptOfAnEndingBlockIsAnInterruptedException() {
    Scenes.explore(
        300,
        microscope -> {
          Thread owner = Thread.currentThread();
          AtomicReference<Thread> interrupter = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        group.fork("sleeper", Scenes::sleepUntilCancelled);
                        interrupter.set(microscope.spawn("foreign", owner::interrupt));
                      }));
          interrupter.get().join();
          assertThat(thrown).isInstanceOf(InterruptedException.class);
          assertThat(microscope.elapsed()).isLessThan(Scenes.FIRST_DELIVERY);
        });
  }

  @Test
  void aValueThatComesAfterTheCancelIsKept() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<Task<String>> kept = new AtomicReference<>();
          AtomicBoolean begun = new AtomicBoolean();
          TaskGroup.run(
              "g",
              group -> {
                kept.set(
                    group.fork(
                        "fork",
                        () -> {
                          begun.set(true);
                          try {
                            sleepUntilCancelled();
                          } catch (InterruptedException e) {
                            return "late";
                          }
                          return "never";
                        }));
                microscope.await("the fork", begun::get);
                group.cancel("enough");
              });
          assertThat(kept.get().get()).isEqualTo("late");
        });
  }

  @Test
  void theDeadlineOfAnInnerGroupFailsTheBlockAlsoWhenTheBodyHasReturned() {
    Scenes.explore(
        300,
        microscope -> {
          boolean joins = microscope.random().nextBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        group
                            .inner(TaskGroup.named("inner").deadline(Duration.ofMillis(10)))
                            .fork("sleeper", Scenes::sleepUntilCancelled);
                        steps(2);
                        if (joins) {
                          group.join();
                        }
                        return "value";
                      }));
          assertThat(thrown)
              .isInstanceOf(ExecutionException.class)
              .hasMessageContaining("/g/inner")
              .cause()
              .isInstanceOf(TimeoutException.class);
        });
  }

  @Test
  void whatFailsInAnInnerGroupOfAnIsolatedOneIsReported() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          AtomicBoolean other = new AtomicBoolean();
          TaskGroup.named("g")
              .isolated()
              .run(group -> {
                group
                    .inner("inner")
                    .fork(
                        "failing",
                        () -> {
                          throw new IOException("inner");
                        });
                group.fork(
                    "direct",
                    () -> {
                      throw new IOException("direct");
                    });
                group.fork(
                    "other",
                    () -> {
                      Microscope.sleep(Duration.ofSeconds(1));
                      other.set(true);
                    });
                group.join();
              });
          assertThat(other).isTrue();
          assertThat(Findings.below("/g"))
              .extracting(Object::toString)
              .anyMatch(text -> text.contains("inner"))
              .anyMatch(text -> text.contains("direct"));
        });
  }

  @Test
  void anInnerGroupThatIsCancelledAloneIsAbandonedAtItsLimitInAJoinToo() {
    Scenes.explore(
        200,
        microscope -> {
          boolean joins = microscope.random().nextBoolean();
          AtomicBoolean ended = new AtomicBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        AtomicBoolean begun = new AtomicBoolean();
                        TaskGroup inner = group.inner("inner");
                        inner.fork(
                            "stubborn",
                            () -> {
                              begun.set(true);
                              Scenes.ignoreInterrupts(Duration.ofMinutes(1));
                              ended.set(true);
                            });
                        microscope.spawn(
                            "canceller",
                            () -> {
                              microscope.await("the fork", begun::get);
                              inner.cancel("enough");
                            });
                        if (joins) {
                          group.join();
                        }
                      }));
          assertThat(thrown).isNull();
          assertThat(microscope.elapsed())
              .isBetween(Duration.ofSeconds(10), Duration.ofSeconds(11));
          assertThat(Findings.below("/g")).isNotEmpty();
          Microscope.sleep(Duration.ofMinutes(1));
          assertThat(ended).isTrue();
        });
  }

  @Test
  void theLateFailureOfAnAbandonedTaskCancelsNobody() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean ended = new AtomicBoolean();
          String value =
              TaskGroup.call(
                  "g",
                  group -> {
                    AtomicBoolean begun = new AtomicBoolean();
                    Task<?> stubborn =
                        group.fork(
                            "stubborn",
                            () -> {
                              begun.set(true);
                              Scenes.ignoreInterrupts(Duration.ofSeconds(20));
                              ended.set(true);
                              throw new IllegalStateException("late");
                            });
                    microscope.await("the fork", begun::get);
                    stubborn.cancel("alone");
                    group.join();
                    assertThat(stubborn.outcome()).isInstanceOf(Outcome.Abandoned.class);
                    Microscope.sleep(Duration.ofSeconds(11));
                    assertThat(ended).isTrue();
                    return group.fork("next", () -> "value").join();
                  });
          assertThat(value).isEqualTo("value");
          assertThat(Findings.below("/g")).anyMatch(finding -> finding.toString().contains("late"));
        });
  }

  @Test
  void closesThatHangInACancelledBlockShareOneLimitAndLeaveTimeForTheOthers() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean closed = new AtomicBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        group.own("well-behaved", (AutoCloseable) () -> closed.set(true));
                        for (int i = 0; i < 4; i++) {
                          group.own(
                              "hangs-" + i,
                              (AutoCloseable)
                                  () -> Scenes.ignoreInterrupts(Duration.ofSeconds(60)));
                        }
                        group.cancel("enough");
                      }));
          assertThat(microscope.elapsed()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(11));
          assertThat(closed).isTrue();
          assertThat(thrown).isInstanceOf(ExecutionException.class);
          for (int i = 0; i < 4; i++) {
            String name = "/g/hangs-" + i;
            assertThat(Findings.below("/g")).anyMatch(finding -> finding.path().equals(name));
          }
        });
  }
}
