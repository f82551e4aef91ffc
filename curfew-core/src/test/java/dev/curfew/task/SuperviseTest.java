// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Account;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.resource.Intake;
import dev.curfew.time.Await;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Background tasks that are run again: when, how often, and what is said about it. */
class SuperviseTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Pauses of 100, 200, 400, 800 and 1000 ms. */
  private static final Restart EXACT =
      Restart.atMost(5, MINUTE)
          .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(1))
          .withJitter(0);

  private static Duration ms(long millis) {
    return Duration.ofMillis(millis);
  }

  @Test
  void pausesGrowUntilTheLimitAndThenTheFailureIsTheGroups() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          List<Duration> starts = new CopyOnWriteArrayList<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        group.supervise(
                            "feed",
                            EXACT,
                            stop -> {
                              starts.add(microscope.elapsed());
                              throw new IOException("broken " + starts.size());
                            });
                        group.fork("work", Scenes::sleepUntilCancelled);
                        group.join();
                      }));
          assertThat(starts).containsExactly(ms(0), ms(100), ms(300), ms(700), ms(1500), ms(2500));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken 6");
          assertThat(thrown.getCause().getSuppressed())
              .extracting(Throwable::getMessage)
              .containsExactly("broken 1", "broken 2", "broken 3", "broken 4", "broken 5");
          Finding finding = Findings.take("/g").getFirst();
          assertThat(finding.path()).isEqualTo("/g/feed");
          assertThat(finding.what()).contains("restarted", "broken 1");
        });
  }

  @Test
  void aRunOfAWholeWindowBeginsAnew() {
    Scenes.explore(
        200,
        microscope -> {
          List<Duration> starts = new CopyOnWriteArrayList<>();
          TaskGroup.run(
              "g",
              group -> {
                group.supervise(
                    "feed",
                    EXACT,
                    stop -> {
                      starts.add(microscope.elapsed());
                      if (starts.size() == 3 && stop.await(MINUTE)) {
                        return;
                      }
                      if (starts.size() < 5) {
                        throw new IOException("broken");
                      }
                      stop.await();
                    });
                group.fork("work", () -> Microscope.sleep(MINUTE.multipliedBy(2)));
                group.join();
              });
          assertThat(starts)
              .containsExactly(
                  ms(0), ms(100), ms(300), MINUTE.plusMillis(400), MINUTE.plusMillis(600));
        });
  }

  @Test
  void jitterShortensPausesAndNeverLengthensThem() {
    AtomicInteger shorter = new AtomicInteger();
    Scenes.explore(
        200,
        microscope -> {
          List<Duration> starts = new CopyOnWriteArrayList<>();
          TaskGroup.run(
              "g",
              group -> {
                group.supervise(
                    "feed",
                    EXACT.withJitter(0.5),
                    stop -> {
                      starts.add(microscope.elapsed());
                      if (starts.size() < 5) {
                        throw new IOException("broken");
                      }
                      stop.await();
                    });
                group.fork("work", () -> Microscope.sleep(Duration.ofSeconds(3)));
                group.join();
              });
          for (int i = 1; i < 5; i++) {
            Duration pause = starts.get(i).minus(starts.get(i - 1));
            assertThat(pause).isBetween(ms(50L << (i - 1)), ms(100L << (i - 1)));
            shorter.addAndGet(pause.compareTo(ms(90L << (i - 1))) < 0 ? 1 : 0);
          }
        });
    assertThat(shorter.get())
        .as("pauses, of 800, that were shortened by a tenth")
        .isGreaterThan(400);
  }

  @Test
  void theAskEndsThePauseAtOnceAndThatIsNoFailure() {
    Scenes.explore(
        300,
        microscope -> {
          Findings.take("");
          AtomicReference<Task<?>> kept = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                kept.set(
                    group.supervise(
                        "feed",
                        Restart.atMost(2, Duration.ofDays(8))
                            .withBackoff(Duration.ofDays(1), Duration.ofDays(1)),
                        stop -> {
                          throw new IOException("broken");
                        }));
                microscope.await("the pause", () -> pauses(kept.get()));
                steps(microscope.random().nextInt(20));
              });
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          assertThat(kept.get().outcome()).isInstanceOf(Outcome.Completed.class);
          assertThat(Findings.take("/g")).singleElement().asString().contains("was restarted");
        });
  }

  private static boolean pauses(Task<?> task) {
    return ((GroupTask<?>) task).bodyState() == Pending.State.BACKING_OFF;
  }

  @ParameterizedTest(name = "signal only: {0}")
  @ValueSource(booleans = {false, true})
  void aCancelEndsThePauseAtOnce(boolean signalOnly) {
    Scenes.explore(
        300,
        microscope -> {
          AtomicReference<Task<?>> kept = new AtomicReference<>();
          AtomicInteger runs = new AtomicInteger();
          GroupOptions<RuntimeException> options = TaskGroup.named("g");
          Throwable thrown =
              catchThrowable(() ->
                  (signalOnly ? options.signalOnly() : options)
                      .run(group -> {
                        kept.set(
                            group.supervise(
                                "feed",
                                Restart.atMost(2, Duration.ofDays(8))
                                    .withBackoff(Duration.ofDays(1), Duration.ofDays(1)),
                                stop -> {
                                  runs.incrementAndGet();
                                  throw new IOException("broken");
                                }));
                        microscope.await("the pause", () -> pauses(kept.get()));
                        steps(microscope.random().nextInt(20));
                        group.cancel("enough");
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(CancellationException.class);
          assertThat(runs).hasValue(1);
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
        });
  }

  @Test
  void whatFailsAfterTheAskOrTheCancelIsNotRunAgain() {
    Scenes.explore(
        200,
        microscope -> {
          boolean cancel = microscope.random().nextBoolean();
          AtomicInteger runs = new AtomicInteger();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        group.supervise(
                            "feed",
                            EXACT,
                            stop -> {
                              runs.incrementAndGet();
                              try {
                                stop.await();
                              } catch (InterruptedException e) {
                                steps(1); // A cancel is as good as an ask here.
                              }
                              throw new IOException("broken");
                            });
                        microscope.await("the run", () -> runs.get() == 1);
                        if (cancel) {
                          group.cancel("enough");
                        }
                      }));
          assertThat(runs).hasValue(1);
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
        });
  }

  @Test
  void anErrorThatNoRestartMendsFailsAtOnceAndTheEndOfAStackDoesNot() {
    for (Supplier<Error> fatal :
        List.<Supplier<Error>>of(
            () -> new OutOfMemoryError("made up"),
            () -> new NoClassDefFoundError("made up"),
            () -> new AssertionError("made up"))) {
      assertThat(runsUntilItFails(() -> fatal.get())).isEqualTo(1);
    }
    assertThat(runsUntilItFails(() -> new StackOverflowError())).isEqualTo(6);
    assertThat(runsUntilItFails(() -> new CancellationException("not ours"))).isEqualTo(6);
  }

  private static int runsUntilItFails(Supplier<Throwable> failure) {
    AtomicInteger runs = new AtomicInteger();
    Scenes.explore(
        20,
        microscope -> {
          runs.set(0);
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        group.supervise(
                            "feed",
                            EXACT,
                            stop -> {
                              runs.incrementAndGet();
                              Throwable t = failure.get();
                              if (t instanceof Error e) {
                                throw e;
                              }
                              throw (Exception) t;
                            });
                        group.fork("work", Scenes::sleepUntilCancelled);
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class);
        });
    return runs.get();
  }

  @Test
  void aForeignInterruptFailsOneRunAndNotTheNext() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger runs = new AtomicInteger();
          AtomicReference<Thread> thread = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                group.supervise(
                    "feed",
                    EXACT,
                    stop -> {
                      thread.set(Thread.currentThread());
                      if (runs.incrementAndGet() == 1) {
                        try {
                          stop.await();
                        } catch (InterruptedException e) {
                          Thread.currentThread().interrupt();
                          throw new IOException("interrupted", e);
                        }
                      }
                      stop.await();
                    });
                microscope.await("the run", () -> runs.get() == 1);
                thread.get().interrupt();
                microscope.await("the second run", () -> runs.get() == 2);
              });
          assertThat(runs).hasValue(2);
        });
  }

  @Test
  void oneThatReturnsHasEnded() {
    Scenes.explore(
        200,
        microscope -> {
          Findings.take("");
          AtomicInteger runs = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                group.supervise("feed", EXACT, stop -> runs.incrementAndGet());
                group.fork("work", () -> Microscope.sleep(MINUTE));
              });
          assertThat(runs).hasValue(1);
          assertThat(Findings.take("/g"))
              .singleElement()
              .asString()
              .contains("before it was asked");
        });
  }

  /** A source of work that fails once, then works until it is asked. */
  private static final class Source implements Background, Intake {
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicBoolean quiet = new AtomicBoolean();
    private final boolean recovers;

    Source(boolean recovers) {
      this.recovers = recovers;
    }

    @Override
    public void run(StopSignal stop) throws Exception {
      if (runs.incrementAndGet() == 1 || !recovers) {
        throw new IOException("broken");
      }
      stop.await();
    }

    @Override
    public void quiet() {
      quiet.set(true);
    }

    @Override
    public long inFlight() {
      return 0;
    }
  }

  @ParameterizedTest(name = "is running when it is to go quiet: {0}")
  @ValueSource(booleans = {false, true})
  void aSupervisedIntakeGoesQuietLikeAnyOther(boolean running) throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      Source source = new Source(running);
      root.supervise(
          "feed",
          running
              ? Restart.atMost(5, MINUTE).withBackoff(Duration.ofNanos(1), Duration.ofNanos(1))
              : Restart.atMost(1, Duration.ofDays(1))
                  .withBackoff(Duration.ofHours(9), Duration.ofHours(9)),
          source);
      scene.await("the run", () -> source.runs.get() >= (running ? 2 : 1));
      if (!scene.stalls()) {
        assertThat(root.census().intakes()).isEqualTo(1);
      }
      Account account = scene.stop(root);
      assertThat(source.quiet).isTrue();
      if (running || !scene.stalls()) { // A clock that stalls may overtake the ask.
        assertThat(source.runs).hasValue(running ? 2 : 1);
        assertThat(scene.failures).isEmpty();
      }
      assertThat(account.pending()).isEmpty();
      assertThat(account.work().lost()).isZero();
      assertThat(account.findings())
          .anySatisfy(finding -> assertThat(finding.what()).contains("was restarted"));
    });
  }

  @Test
  void onRealThreadsItRecoversAndTheRollCallTells() throws Exception {
    Findings.take("");
    AtomicInteger runs = new AtomicInteger();
    TaskGroup.run(
        "g",
        group -> {
          group.supervise(
              "flaky",
              Restart.atMost(100, MINUTE).withBackoff(Duration.ofMillis(1), Duration.ofMillis(1)),
              stop -> {
                if (runs.incrementAndGet() <= 20) {
                  throw new IOException("broken");
                }
                stop.await();
              });
          Task<?> broken =
              group.supervise(
                  "broken",
                  Restart.atMost(1, Duration.ofDays(300))
                      .withBackoff(Duration.ofDays(1), Duration.ofDays(1)),
                  stop -> {
                    throw new IOException("broken");
                  });
          Await.until("the recovery", () -> runs.get() == 21);
          Await.until("the pause", () -> pauses(broken));
          String text = RollCall.now().text();
          assertThat(text)
              .contains("/g/flaky  it failed and was restarted: java.io.IOException: broken  x20")
              .contains("broken  background BACKING_OFF for ");
        });
    Findings.take("");
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void badInputIsRefused() throws Exception {
    refused("at most 0 restarts", () -> Restart.atMost(0, MINUTE));
    refused("at most -1 restarts", () -> Restart.atMost(-1, MINUTE));
    refused("window is PT0S", () -> Restart.atMost(1, Duration.ZERO));
    refused("first pause is PT0S", () -> EXACT.withBackoff(Duration.ZERO, MINUTE));
    refused("longest pause is PT-1S", () -> EXACT.withBackoff(MINUTE, Duration.ofSeconds(-1)));
    refused("is shorter than the first", () -> EXACT.withBackoff(ms(2), ms(1)));
    refused("jitter is -0.1", () -> EXACT.withJitter(-0.1));
    refused("jitter is 1.1", () -> EXACT.withJitter(1.1));
    refused("jitter is NaN", () -> EXACT.withJitter(Double.NaN));
    refused(
        "could never be reached",
        () -> EXACT.withBackoff(ms(100), MINUTE).withBackoff(MINUTE, MINUTE));
    assertThatThrownBy(() -> Restart.atMost(1, null)).hasMessageContaining("window was null");
    refused("could never be reached", () -> Restart.atMost(1_000_000, ms(1)));
    assertThat(Restart.atMost(1000, ms(1)).longest()).isPositive();
    assertThat(Restart.atMost(Integer.MAX_VALUE, Duration.ofSeconds(Long.MAX_VALUE)).most())
        .isEqualTo(Integer.MAX_VALUE);
    TaskGroup.run(
        "g",
        group -> {
          assertThatThrownBy(() -> group.supervise("feed", null, StopSignal::await))
              .isInstanceOf(NullPointerException.class)
              .hasMessageContaining("restart was null");
          assertThatThrownBy(() -> group.supervise("feed", EXACT, null))
              .isInstanceOf(NullPointerException.class)
              .hasMessageContaining("body was null");
          assertThatThrownBy(() -> group.supervise("", EXACT, StopSignal::await))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("is empty");
          assertThat(((Group) group).accepted()).isZero();
        });
  }

  private static void refused(String expected, Supplier<Restart> made) {
    assertThatThrownBy(made::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Restart: ")
        .hasMessageContaining(expected);
  }
}
