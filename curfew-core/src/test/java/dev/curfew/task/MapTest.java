// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Cause;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounded parallel mapping, in order and as results come. */
class MapTest {
  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** Counts without end, and notes how many were taken. */
  private static Iterable<Integer> endless(AtomicInteger taken) {
    return () ->
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            return taken.getAndIncrement();
          }
        };
  }

  @Test
  void resultsAreInTheOrderOfTheItemsAndNoMoreRunAtOnceThanTheBound() {
    Scenes.explore(
        300,
        microscope -> {
          int most = 1 + microscope.random().nextInt(4);
          AtomicInteger now = new AtomicInteger();
          AtomicInteger atOnce = new AtomicInteger();
          List<Integer> squares =
              TaskGroup.named("m")
                  .bounded(most)
                  .map(
                      numbers(12),
                      number -> {
                        atOnce.accumulateAndGet(now.incrementAndGet(), Math::max);
                        Microscope.sleep(Duration.ofMillis(1 + microscope.random().nextInt(5)));
                        now.decrementAndGet();
                        return number * number;
                      });
          assertThat(squares)
              .containsExactlyElementsOf(numbers(12).stream().map(n -> n * n).toList());
          assertThat(atOnce).hasValue(most);
        });
  }

  @Test
  void withoutABoundSixteenRunAtOnce() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger now = new AtomicInteger();
          AtomicInteger atOnce = new AtomicInteger();
          TaskGroup.named("m")
              .mapUnordered(
                  numbers(40),
                  number -> {
                    atOnce.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Microscope.sleep(Duration.ofMillis(1));
                    now.decrementAndGet();
                    return number;
                  },
                  number -> {});
          assertThat(atOnce).hasValue(16);
        });
  }

  @Test
  void nullMayBeAnItemAndAResult() throws Exception {
    List<String> items = Arrays.asList("a", null, "c");
    assertThat(TaskGroup.named("m").<String, String>map(items, item -> item))
        .containsExactly("a", null, "c");
    assertThat(TaskGroup.named("m").<String, String>map(List.of(), item -> item)).isEmpty();
  }

  @Test
  void itemsAreTakenOnlyWhenThereIsRoomAndOnlyByTheCaller() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger taken = new AtomicInteger();
          AtomicInteger handedOver = new AtomicInteger();
          Thread caller = Thread.currentThread();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("m")
                      .bounded(3)
                      .mapUnordered(
                          endless(taken),
                          number -> {
                            steps(microscope.random().nextInt(4));
                            return number;
                          },
                          number -> {
                            assertThat(Thread.currentThread()).isSameAs(caller);
                            assertThat(taken.get() - handedOver.getAndIncrement())
                                .as("taken and not handed over")
                                .isBetween(1, 3);
                            if (handedOver.get() == 20) {
                              throw new IOException("enough");
                            }
                          }));
          assertThat(thrown).isInstanceOf(IOException.class).hasMessage("enough");
          assertThat(taken.get()).isLessThanOrEqualTo(22);
        });
  }

  @Test
  void everyResultIsHandedOverOnceAsTheyCome() {
    Scenes.explore(
        300,
        microscope -> {
          List<Integer> seen = new ArrayList<>();
          TaskGroup.named("m")
              .bounded(4)
              .mapUnordered(
                  List.of(40, 30, 20, 10),
                  number -> {
                    Microscope.sleep(Duration.ofMillis(number));
                    return number;
                  },
                  seen::add);
          assertThat(seen).containsExactly(10, 20, 30, 40);
        });
  }

  @ParameterizedTest(name = "in order: {0}")
  @ValueSource(booleans = {false, true})
  void theFirstFailureCancelsTheRestAndNothingMoreIsTaken(boolean inOrder) {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger taken = new AtomicInteger();
          AtomicInteger interrupted = new AtomicInteger();
          GroupOptions.Mapping<Integer, Integer> mapping =
              number -> {
                if (number == 5) {
                  Microscope.sleep(Duration.ofMillis(10));
                  throw new IOException("broken");
                }
                if (number < 4) {
                  return number;
                }
                try {
                  Microscope.sleep(Duration.ofHours(1));
                  return number;
                } finally {
                  interrupted.incrementAndGet();
                }
              };
          GroupOptions<RuntimeException> options = TaskGroup.named("m").bounded(3);
          Throwable thrown =
              catchThrowable(() -> {
                if (inOrder) {
                  options.map(endless(taken), mapping);
                } else {
                  options.mapUnordered(endless(taken), mapping, number -> {});
                }
              });
          Duration at = microscope.elapsed();
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
          assertThat(taken).hasValue(7);
          assertThat(interrupted).hasValue(2);
          assertThat(at).isEqualTo(Duration.ofMillis(10));
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void afterAFailureNoItemIsTakenThoughThereIsRoom() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger taken = new AtomicInteger();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("m")
                      .bounded(1)
                      .mapUnordered(
                          endless(taken),
                          number -> {
                            steps(2);
                            throw new IOException("broken");
                          },
                          number -> {}));
          assertThat(thrown).isInstanceOf(ExecutionException.class);
          assertThat(taken).hasValue(1);
        });
  }

  @Test
  void inAnIsolatedGroupItemsThatFailAreLeftOut() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          List<Integer> seen = new ArrayList<>();
          TaskGroup.named("m")
              .isolated()
              .bounded(2)
              .mapUnordered(
                  numbers(10),
                  number -> {
                    steps(2);
                    if (number % 3 == 0) {
                      throw new IOException("broken");
                    }
                    return number;
                  },
                  seen::add);
          assertThat(seen).containsExactlyInAnyOrder(1, 2, 4, 5, 7, 8);
          assertThat(Findings.take("/m"))
              .singleElement()
              .satisfies(finding -> assertThat(finding.count()).isEqualTo(4));
        });
    assertThatThrownBy(() -> TaskGroup.named("m").isolated().map(numbers(1), number -> number))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Group m is isolated")
        .hasMessageContaining("use mapUnordered");
  }

  @Test
  void anIteratorThatThrowsCancelsTheRestAndIsThrown() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger ended = new AtomicInteger();
          Iterator<Integer> numbers = numbers(2).iterator();
          Iterable<Integer> broken =
              () ->
                  new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                      return true;
                    }

                    @Override
                    public Integer next() {
                      if (!numbers.hasNext()) {
                        throw new IllegalStateException("broken");
                      }
                      return numbers.next();
                    }
                  };
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("m")
                      .map(
                          broken,
                          number -> {
                            try {
                              Microscope.sleep(Duration.ofHours(1));
                              return number;
                            } finally {
                              ended.incrementAndGet();
                            }
                          }));
          assertThat(thrown).isInstanceOf(IllegalStateException.class).hasMessage("broken");
          assertThat(ended.get()).isLessThanOrEqualTo(2);
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  @Test
  void aFailureEndsAnIteratorThatBlocks() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean blocks = new AtomicBoolean();
          Iterable<Integer> feed =
              () ->
                  new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                      return true;
                    }

                    @Override
                    public Integer next() {
                      if (next == 1) {
                        blocks.set(true);
                        try {
                          new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                          Thread.currentThread().interrupt();
                          throw new IllegalStateException("interrupted", e);
                        }
                      }
                      return next++;
                    }
                  };
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("m")
                      .mapUnordered(
                          feed,
                          number -> {
                            microscope.await("the block", blocks::get);
                            throw new IOException("broken");
                          },
                          number -> {}));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void theDeadlineACancelAndAnInterruptOfTheCallerEndIt() {
    Scenes.explore(
        300,
        microscope -> {
          int how = microscope.random().nextInt(3);
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          AtomicInteger out = new AtomicInteger();
          GroupOptions.Mapping<Integer, Integer> slow =
              number -> {
                out.incrementAndGet();
                try {
                  Microscope.sleep(Duration.ofHours(1));
                  return number;
                } finally {
                  out.decrementAndGet();
                }
              };
          Thread caller =
              microscope.spawn(
                  "caller",
                  () -> {
                    Throwable unused =
                        catchThrowable(() ->
                            TaskGroup.run(
                                "around",
                                group -> {
                                  if (how == 1) {
                                    microscope.spawn("canceller", () -> group.cancel("enough"));
                                  }
                                  thrown.set(
                                      catchThrowable(() -> {
                                        if (how == 0) {
                                          TaskGroup.named("m")
                                              .deadline(Duration.ofMillis(5))
                                              .map(numbers(9), slow);
                                        } else {
                                          TaskGroup.named("m").map(numbers(9), slow);
                                        }
                                      }));
                                }));
                  });
          if (how == 2) {
            steps(microscope.random().nextInt(60));
            caller.interrupt();
          }
          caller.join();
          assertThat(thrown.get())
              .isInstanceOf(how == 0 ? TimeoutException.class : InterruptedException.class);
          assertThat(out).hasValue(0);
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  /** Something that has to be closed. */
  private static final class Line implements AutoCloseable {
    @Override
    public void close() {}
  }

  @ParameterizedTest(name = "in order: {0}")
  @ValueSource(booleans = {false, true})
  void resultsThatNobodyIsGivenAreFindingsIfTheyAreOpen(boolean inOrder) {
    Scenes.explore(
        300,
        microscope -> {
          Findings.take("");
          AtomicInteger opened = new AtomicInteger();
          AtomicInteger given = new AtomicInteger();
          GroupOptions.Mapping<Integer, Line> mapping =
              number -> {
                steps(microscope.random().nextInt(4));
                if (number == 6) {
                  throw new IOException("broken");
                }
                opened.incrementAndGet();
                return new Line();
              };
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "around",
                      around -> {
                        GroupOptions<RuntimeException> options = TaskGroup.named("m").bounded(3);
                        if (inOrder) {
                          options.map(numbers(9), mapping);
                        } else {
                          options.mapUnordered(
                              numbers(9), mapping, line -> given.incrementAndGet());
                        }
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class);
          int unclaimed =
              Findings.take("/around/m").stream()
                  .filter(finding -> finding.cause() == Cause.UNCLOSED)
                  .mapToInt(finding -> finding.count())
                  .sum();
          assertThat(unclaimed).isEqualTo(opened.get() - given.get());
        });
  }

  @Test
  void aSignalOnlyCallerIsEndedWithoutAnInterrupt() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean waits = new AtomicBoolean();
          AtomicReference<Throwable> seen = new AtomicReference<>();
          AtomicBoolean flag = new AtomicBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("g")
                      .signalOnly()
                      .run(group -> {
                        group.fork(
                            "mapper",
                            () -> {
                              try {
                                TaskGroup.named("m")
                                    .map(
                                        numbers(1),
                                        number -> {
                                          waits.set(true);
                                          StopSignal.current().await();
                                          return number;
                                        });
                              } catch (InterruptedException e) {
                                seen.set(e);
                                throw e;
                              } finally {
                                flag.set(Thread.currentThread().isInterrupted());
                              }
                            });
                        microscope.await("the wait", waits::get);
                        group.cancel("enough");
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(CancellationException.class);
          assertThat(seen.get()).isNotNull();
          assertThat(flag).isFalse();
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  @Test
  void onRealThreadsAHundredThousandItemsAreAllThereOnce() throws Exception {
    List<Integer> doubled = TaskGroup.named("m").map(numbers(100_000), number -> number * 2);
    assertThat(doubled)
        .containsExactlyElementsOf(numbers(100_000).stream().map(n -> n * 2).toList());
    HashSet<Integer> seen = new HashSet<>();
    TaskGroup.named("m")
        .bounded(64)
        .mapUnordered(numbers(100_000), n -> n, n -> assertThat(seen.add(n)).isTrue());
    assertThat(seen).hasSize(100_000);
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void badInputIsRefused() {
    GroupOptions<RuntimeException> options = TaskGroup.named("m");
    missing("items", () -> options.map(null, number -> number));
    missing("mapping", () -> options.map(numbers(1), null));
    missing("items", () -> options.mapUnordered(null, number -> number, number -> {}));
    missing("mapping", () -> options.mapUnordered(numbers(1), null, number -> {}));
    missing("sink", () -> options.mapUnordered(numbers(1), number -> number, null));
  }

  private static void missing(
      String what, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining(what + " was null");
  }
}
