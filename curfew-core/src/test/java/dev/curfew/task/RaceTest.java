// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.ignoreInterrupts;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first success of several: who wins, and what becomes of everything else. */
class RaceTest {

  /** Something that has to be closed, and notes whether it was. */
  private static final class Line implements AutoCloseable {
    private final Set<Line> open;

    Line(Set<Line> open) {
      this.open = open;
      open.add(this);
    }

    @Override
    public void close() {
      assertThat(open.remove(this)).as("closed once").isTrue();
    }
  }

  private static <T> Callable<T> failing(String message) {
    return () -> {
      steps(2);
      throw new IOException(message);
    };
  }

  @Test
  void theFirstSuccessWinsAndTheOthersAreCancelledAndAwaited() {
    Scenes.explore(
        300,
        microscope -> {
          Findings.take("");
          AtomicInteger ended = new AtomicInteger();
          AtomicInteger begun = new AtomicInteger();
          Callable<String> slow =
              () -> {
                begun.incrementAndGet();
                try {
                  Microscope.sleep(Duration.ofHours(1));
                  return "slow";
                } finally {
                  ended.incrementAndGet();
                }
              };
          String value =
              TaskGroup.race(
                  "r",
                  List.of(
                      slow,
                      failing("broken"),
                      () -> {
                        Microscope.sleep(Duration.ofMillis(10));
                        return "fast";
                      },
                      slow));
          assertThat(value).isEqualTo("fast");
          assertThat(begun).hasValue(2);
          assertThat(ended).as("ended when it returned").hasValue(2);
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(10));
          assertThat(Findings.take("")).isEmpty();
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void oneThatFailsCancelsNobodyAndNullIsASuccess() {
    Scenes.explore(
        300,
        microscope -> {
          String value =
              TaskGroup.named("r")
                  .<String>race(
                      List.of(
                          failing("first"),
                          failing("second"),
                          () -> {
                            Microscope.sleep(Duration.ofSeconds(1));
                            return null;
                          }));
          assertThat(value).isNull();
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofSeconds(1));
        });
  }

  @ParameterizedTest(name = "isolated: {0}")
  @ValueSource(booleans = {false, true})
  void whenNoneSucceedsAllFailuresAreKept(boolean isolated) {
    Scenes.explore(
        300,
        microscope -> {
          Findings.take("");
          GroupOptions<RuntimeException> options = TaskGroup.named("r");
          Throwable thrown =
              catchThrowable(() ->
                  (isolated ? options.isolated() : options)
                      .race(List.of(failing("one"), failing("two"), failing("three"))));
          assertThat(thrown)
              .isExactlyInstanceOf(thrown.getClass())
              .isInstanceOf(ExecutionException.class)
              .hasMessageContaining("Race /r: none of 3 candidates succeeded");
          List<String> all = new ArrayList<>();
          all.add(thrown.getCause().getMessage());
          for (Throwable other : thrown.getSuppressed()) {
            all.add(other.getMessage());
          }
          assertThat(all).containsExactlyInAnyOrder("one", "two", "three");
          assertThat(Findings.take("")).isEmpty();
        });
  }

  @Test
  void everyResultThatTheCallerIsNotGivenIsClosed() {
    Scenes.explore(
        500,
        microscope -> {
          Set<Line> open = ConcurrentHashMap.newKeySet();
          Callable<Line> candidate =
              () -> {
                Line line = new Line(open);
                // Deaf: it has its line, and comes home with it whatever happens.
                ignoreInterrupts(Duration.ofMillis(microscope.random().nextInt(3)));
                return line;
              };
          AtomicReference<Line> given = new AtomicReference<>();
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          int how = microscope.random().nextInt(3);
          Throwable outside =
              catchThrowable(() ->
                  TaskGroup.run(
                      "around",
                      group -> {
                        if (how == 0) {
                          microscope.spawn(
                              "canceller",
                              () -> {
                                Microscope.sleep(Duration.ofMillis(microscope.random().nextInt(3)));
                                group.cancel("enough");
                              });
                        }
                        GroupOptions<? extends Exception> options = TaskGroup.named("r");
                        if (how == 1) {
                          options = options.deadline(Duration.ofMillis(1));
                        }
                        try {
                          given.set(
                              options.race(List.of(candidate, candidate, candidate), Line::close));
                        } catch (Exception e) {
                          thrown.set(e);
                          if (e instanceof InterruptedException interrupted) {
                            throw interrupted;
                          }
                        }
                      }));
          Line winner = given.get();
          if (winner != null) {
            assertThat(open).as("open, of all that were opened").containsExactly(winner);
          } else {
            assertThat(thrown.get())
                .as("what was seen outside: %s", outside)
                .isInstanceOfAny(InterruptedException.class, TimeoutException.class);
            assertThat(open).isEmpty();
          }
        });
  }

  /** The race has thrown long ago: whoever comes then has won nothing. */
  @Test
  void aResultThatComesAfterItsCandidateWasAbandonedIsClosed() {
    Scenes.explore(
        100,
        microscope -> {
          Set<Line> open = ConcurrentHashMap.newKeySet();
          AtomicBoolean opened = new AtomicBoolean();
          Callable<Line> late =
              () -> {
                ignoreInterrupts(Duration.ofSeconds(5));
                Line line = new Line(open);
                opened.set(true);
                return line;
              };
          assertThatThrownBy(() ->
                  TaskGroup.named("r")
                      .deadline(Duration.ofSeconds(1))
                      .race(List.of(late), Line::close))
              .isInstanceOf(TimeoutException.class);
          assertThat(opened).as("opened before the race gave up").isFalse();
          microscope.await("the late one to be closed", () -> opened.get() && open.isEmpty());
        });
  }

  @Test
  void aLateResultThatIsOpenIsAFindingIfNobodyClosesIt() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          Set<Line> open = ConcurrentHashMap.newKeySet();
          AtomicInteger begun = new AtomicInteger();
          Callable<Line> late =
              () -> {
                begun.incrementAndGet();
                ignoreInterrupts(Duration.ofSeconds(1));
                return new Line(open);
              };
          Callable<Line> fast =
              () -> {
                microscope.await("the others", () -> begun.get() == 2);
                return new Line(open);
              };
          Line winner = TaskGroup.race("r", List.of(late, fast, late));
          winner.close();
          assertThat(open).hasSize(2);
          Finding finding = Findings.take("/r").getFirst();
          assertThat(finding.cause()).isEqualTo(Cause.UNCLOSED);
          assertThat(finding.what()).contains(Line.class.getName());
          assertThat(finding.count()).isEqualTo(2);
          TaskGroup.race("quiet", List.of(() -> 1, () -> 2, () -> 3));
          assertThat(Findings.take("")).isEmpty();
        });
  }

  /** A service takes what was found below its own path into its report. */
  @Test
  void theWinnerOfARaceThatThrowsIsFoundBelowTheGroupAroundIt() {
    Scenes.explore(
        100,
        microscope -> {
          Findings.take("");
          Set<Line> open = ConcurrentHashMap.newKeySet();
          Callable<Line> deaf =
              () -> {
                ignoreInterrupts(Duration.ofMillis(1500));
                return new Line(open);
              };
          assertThatThrownBy(() ->
                  TaskGroup.run(
                      "around",
                      around ->
                          TaskGroup.named("r").deadline(Duration.ofSeconds(1)).race(List.of(deaf))))
              .isInstanceOf(TimeoutException.class);
          assertThat(open).hasSize(1);
          assertThat(Findings.take("/around/r"))
              .singleElement()
              .satisfies(finding -> assertThat(finding.cause()).isEqualTo(Cause.UNCLOSED));
        });
  }

  @Test
  void whatFailsAfterTheRaceWasWonIsAFindingAndNoFailure() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          AtomicBoolean begun = new AtomicBoolean();
          String value =
              TaskGroup.race(
                  "r",
                  List.of(
                      () -> {
                        begun.set(true);
                        ignoreInterrupts(Duration.ofMillis(5));
                        throw new IOException("socket closed");
                      },
                      () -> {
                        microscope.await("the other", begun::get);
                        return "won";
                      }));
          assertThat(value).isEqualTo("won");
          assertThat(Findings.take("/r"))
              .singleElement()
              .asString()
              .contains("after another candidate had won", "socket closed");
        });
  }

  @Test
  void theDeadlineIsATimeoutThatKeepsTheFailures() {
    Scenes.explore(
        200,
        microscope -> {
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("r")
                      .deadline(Duration.ofSeconds(1))
                      .race(
                          List.of(
                              failing("broken"),
                              () -> {
                                Microscope.sleep(Duration.ofHours(1));
                                return 1;
                              })));
          assertThat(thrown).isInstanceOf(TimeoutException.class);
          assertThat(thrown.getSuppressed())
              .extracting(Throwable::getMessage)
              .containsExactly("broken");
          assertThat(microscope.elapsed())
              .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(1).plus(FIRST_DELIVERY));
        });
  }

  @Test
  void aForeignInterruptOfTheCallerEndsIt() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger ended = new AtomicInteger();
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          Thread caller =
              microscope.spawn(
                  "caller",
                  () ->
                      thrown.set(
                          catchThrowable(() ->
                              TaskGroup.race(
                                  "r",
                                  Collections.nCopies(
                                      3,
                                      () -> {
                                        try {
                                          Microscope.sleep(Duration.ofHours(1));
                                          return 1;
                                        } finally {
                                          ended.incrementAndGet();
                                        }
                                      })))));
          steps(microscope.random().nextInt(40));
          caller.interrupt();
          caller.join();
          assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
          assertThat(ended.get()).isLessThanOrEqualTo(3);
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  /**
   * The winner's cancel of the others is no business of the caller's. On real threads: between the
   * interrupt and the end of the block there is no interleaving point.
   */
  @Test
  void aForeignInterruptBesideAWinnerIsThatOrNothing() throws Exception {
    Thread caller = Thread.currentThread();
    for (int i = 0; i < 3000; i++) {
      Thread interrupter = Thread.ofVirtual().start(caller::interrupt);
      try {
        int won = TaskGroup.race("r", Collections.<Callable<Integer>>nCopies(3, () -> 1));
        assertThat(won).isEqualTo(1);
      } catch (InterruptedException e) {
        // One of the two that the contract allows.
      }
      while (interrupter.isAlive()) {
        Thread.onSpinWait();
      }
      Thread.interrupted();
    }
  }

  @Test
  void inABoundedGroupTheNextBeginsWhenOneHasFailed() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger now = new AtomicInteger();
          AtomicInteger begun = new AtomicInteger();
          int value =
              TaskGroup.named("r")
                  .bounded(1)
                  .race(
                      Collections.nCopies(
                          5,
                          () -> {
                            assertThat(now.incrementAndGet()).isEqualTo(1);
                            steps(3);
                            int number = begun.incrementAndGet();
                            now.decrementAndGet();
                            if (number < 3) {
                              throw new IOException("broken");
                            }
                            return number;
                          }));
          assertThat(value).isEqualTo(3);
          assertThat(begun).hasValue(3);
        });
  }

  @Test
  void aCandidateThatCannotStartIsAnErrorAndNothingIsLeft() {
    Scenes.explore(
        200,
        microscope -> {
          Set<Line> open = ConcurrentHashMap.newKeySet();
          microscope.refuseStarts(thread ->
              thread.getName().equals("candidate") && microscope.random().nextInt(3) == 0);
          Throwable thrown = null;
          Line given = null;
          try {
            given =
                TaskGroup.named("r")
                    .race(Collections.nCopies(4, () -> new Line(open)), Line::close);
          } catch (OutOfMemoryError e) {
            thrown = e;
          }
          assertThat(open).hasSize(thrown == null ? 1 : 0);
          if (thrown == null) {
            assertThat(open).containsExactly(given);
          }
        });
  }

  @Test
  void onRealThreadsAThousandRacesHaveOneWinnerEach() throws Exception {
    for (int i = 0; i < 1000; i++) {
      Set<Line> open = ConcurrentHashMap.newKeySet();
      Line winner =
          TaskGroup.named("r").race(Collections.nCopies(8, () -> new Line(open)), Line::close);
      assertThat(open).containsExactly(winner);
    }
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void badInputIsRefused() {
    assertThatThrownBy(() -> TaskGroup.race("r", List.<Callable<String>>of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Race r has no candidates")
        .hasMessageContaining("give at least one");
    assertThatThrownBy(() -> TaskGroup.race("r", null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("candidates was null");
    Callable<String> one = () -> "one";
    assertThatThrownBy(() -> TaskGroup.race("r", Arrays.asList(one, null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("candidate 2 was null");
    assertThatThrownBy(() -> TaskGroup.named("r").race(List.of(one), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("unwanted was null");
    assertThatThrownBy(() -> TaskGroup.race("", List.of(one)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is empty");
  }
}
