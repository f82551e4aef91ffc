// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Await;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Laws 6 to 9: who is interrupted, when, and whose flag is left afterwards. */
class DeliveryTest {
  /** No clock reaches it. */
  private static final Duration FOR_EVER = Duration.ofDays(200 * 365L);

  private static final Duration LONG = Duration.ofMinutes(5);

  // ---- delivery × block end × what the thread runs next

  @Test
  void noFlagOfOursReachesWhatTheThreadRunsNext() {
    Looks.everySeed(microscope -> {
      AtomicReference<TaskGroup> open = new AtomicReference<>();
      Thread pool =
          microscope.spawn(
              "pool",
              () -> {
                for (int job = 0; job < 3; job++) {
                  Throwable unused =
                      catchThrowable(() ->
                          TaskGroup.run(
                              "job",
                              group -> {
                                open.set(group);
                                Host.step();
                              }));
                  assertThat(Thread.currentThread().isInterrupted()).as("after job").isFalse();
                  Host.step();
                  assertThat(Thread.currentThread().isInterrupted()).as("later").isFalse();
                }
              });
      microscope.spawn(
          "canceller",
          () -> {
            for (int i = 0; i < 3; i++) {
              TaskGroup group = open.get();
              if (group != null) {
                group.cancel("enough");
              }
              Host.step();
            }
          });
      pool.join();
    });
  }

  @Test
  void aForeignFlagSetBeforeOurInterruptIsKept() {
    Looks.everySeed(microscope -> {
      AtomicReference<TaskGroup> open = new AtomicReference<>();
      Thread pool =
          microscope.spawn(
              "pool",
              () -> {
                Throwable unused =
                    catchThrowable(() ->
                        TaskGroup.run(
                            "job",
                            group -> {
                              Thread.currentThread().interrupt();
                              open.set(group);
                              Host.step();
                            }));
                assertThat(Thread.interrupted()).as("the foreign flag").isTrue();
              });
      microscope.spawn(
          "canceller",
          () -> {
            for (int i = 0; i < 4 && open.get() == null; i++) {
              Host.step();
            }
            TaskGroup group = open.get();
            if (group != null) {
              group.cancel("enough");
            }
          });
      pool.join();
    });
  }

  @Test
  void aFlagThatWasSetBeforeAnOrdinaryBlockIsStillSetAfterIt() {
    Looks.everySeed(microscope -> {
      Thread.currentThread().interrupt();
      String value = TaskGroup.call("calm", group -> "value");
      assertThat(value).isEqualTo("value");
      assertThat(Thread.interrupted()).isTrue();
    });
  }

  @Test
  void aFlagTheBodyRestoredDoesNotLeakOutOfTheCancelledBlock() {
    Looks.everySeed(microscope -> {
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "job",
                  group -> {
                    microscope.spawn("canceller", () -> group.cancel("enough"));
                    try {
                      Looks.sleepUntilInterrupted();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      assertThat(thrown).isNull();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    });
  }

  @Test
  void theEndOfAnInnerBlockKeepsTheInterruptOfTheOuterOne() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Duration> cancelled = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "outer",
                  outer -> {
                    Throwable left =
                        catchThrowable(() ->
                            TaskGroup.run(
                                "inner",
                                inner -> {
                                  microscope.spawn("a", () -> inner.cancel("inner"));
                                  microscope.spawn(
                                      "b",
                                      () -> {
                                        outer.cancel("outer");
                                        cancelled.set(microscope.elapsed());
                                      });
                                  Host.step();
                                  Host.step();
                                }));
                    if (left instanceof InterruptedException outerCancel) {
                      throw outerCancel;
                    }
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(thrown).hasMessageContaining("outer");
      microscope.await("the canceller's return", () -> cancelled.get() != null);
      // At once: not when the finder delivers again, 50 ms later.
      assertThat(microscope.elapsed()).isLessThan(Finder.GRACE);
    });
  }

  @Test
  void aBlockThatEndsWhileItIsCancelledTakesNothingAroundItAlong() {
    Looks.everySeed(microscope ->
        TaskGroup.run(
            "outer",
            outer -> {
              TaskGroup.run(
                  "inner",
                  inner -> {
                    microscope.spawn("canceller", () -> inner.cancel("inner only"));
                    Host.step();
                  });
              Microscope.sleep(Duration.ofSeconds(1));
              assertThat(Cancellation.reason()).isEmpty();
              Cancellation.check();
            }));
  }

  // ---- outer cancel, inner waits

  @Test
  void anOuterCancelReachesTheForksOfABlockInsideTheBody() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger interrupted = new AtomicInteger();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "outer",
                  outer -> {
                    microscope.spawn("canceller", () -> outer.cancel("enough"));
                    TaskGroup.run(
                        "inner",
                        inner -> {
                          Task<?> unused =
                              inner.fork(
                                  "sleeper",
                                  () -> {
                                    try {
                                      Looks.sleepUntilInterrupted();
                                    } catch (InterruptedException e) {
                                      interrupted.incrementAndGet();
                                      throw e;
                                    }
                                  });
                          inner.join();
                        });
                  }));
      assertThat(thrown).isInstanceOf(CancellationException.class);
      assertThat(thrown.getSuppressed()).isEmpty();
      assertThat(interrupted.get()).isLessThanOrEqualTo(1);
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(1));
    });
  }

  @Test
  void aTaskThatIsCancelledTakesItsBlocksAndTheirTasksAlong() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger begun = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      TaskGroup.run(
          "outer",
          outer -> {
            Task<?> task =
                outer.fork(
                    "task",
                    () ->
                        TaskGroup.run(
                            "first",
                            first ->
                                TaskGroup.run(
                                    "second",
                                    second -> {
                                      for (TaskGroup group : new TaskGroup[] {first, second}) {
                                        Task<?> unused =
                                            group.fork(
                                                "sleeper",
                                                () -> {
                                                  begun.incrementAndGet();
                                                  try {
                                                    Looks.sleepUntilInterrupted();
                                                  } finally {
                                                    ended.incrementAndGet();
                                                  }
                                                });
                                      }
                                      second.join();
                                    })));
            microscope.await("both sleep", () -> begun.get() == 2);
            Host.step();
            task.cancel("not needed");
            assertThat(task.await()).isInstanceOf(Outcome.Cancelled.class);
            assertThat(ended).hasValue(2);
          });
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(2));
    });
  }

  @Test
  void theFailureOfAForkInterruptsTheBody() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Throwable> met = new AtomicReference<>();
      assertThatThrownBy(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Task<?> unused =
                        group.fork(
                            "fails",
                            () -> {
                              throw new IllegalStateException("broken");
                            });
                    try {
                      Looks.sleepUntilInterrupted();
                    } catch (InterruptedException e) {
                      met.set(e);
                      throw e;
                    }
                  }))
          .isInstanceOf(ExecutionException.class)
          .hasRootCauseMessage("broken");
      assertThat(met.get()).isInstanceOf(InterruptedException.class);
      assertThat(microscope.elapsed()).isLessThan(LONG);
    });
  }

  // ---- who, why, when

  @Test
  void cancelIsIdempotentAndKeepsItsFirstReason() {
    Looks.everySeed(microscope -> {
      AtomicReference<CancelReason> first = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    for (String who : new String[] {"one", "two", "three"}) {
                      microscope.spawn(who, () -> group.cancel("because of " + who));
                    }
                    microscope.await("a cancel", Cancellation::isCancelled);
                    first.set(Cancellation.reason().orElseThrow());
                    Looks.sleepUntilInterrupted();
                  }));
      assertThat(thrown).isInstanceOfAny(CancellationException.class);
      if (first.get() != null) {
        assertThat(first.get().why()).isEqualTo("because of " + first.get().by());
        assertThat(first.get().kind()).isEqualTo(CancelReason.Kind.REQUESTED);
        assertThat(thrown).hasMessageContaining(first.get().why());
      }
    });
  }

  @Test
  void aTaskThatWasCancelledByItselfKeepsThatReasonWhenItsGroupIsCancelled() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(group.fork("task", () -> Looks.sleepUntilInterrupted()));
                    task.get().cancel("first");
                    group.cancel("second");
                  }));
      assertThat(task.get().outcome())
          .isInstanceOfSatisfying(
              Outcome.Cancelled.class,
              cancelled -> assertThat(cancelled.reason().why()).isEqualTo("first"));
    });
  }

  @Test
  void theWholeSubtreeIsMarkedBeforeAnythingIsInterrupted() {
    Looks.everySeed(microscope -> {
      AtomicReference<Task<?>> outermost = new AtomicReference<>();
      AtomicInteger unmarked = new AtomicInteger();
      TaskGroup.run(
          "outer",
          outer -> {
            AtomicInteger ready = new AtomicInteger();
            AtomicReference<TaskGroup> nested = new AtomicReference<>();
            Action sleeper =
                () -> {
                  ready.incrementAndGet();
                  try {
                    Looks.sleepUntilInterrupted();
                  } catch (InterruptedException e) {
                    // Whoever hears of it first must find everybody marked.
                    if (!nested.get().toString().isEmpty()
                        && ((Group) nested.get()).reason() == null) {
                      unmarked.incrementAndGet();
                    }
                    throw e;
                  }
                };
            Task<?> task =
                outer.fork(
                    "task",
                    () ->
                        TaskGroup.run(
                            "a",
                            a -> {
                              Task<?> unusedOne = a.fork("one", sleeper);
                              TaskGroup.run(
                                  "b",
                                  b -> {
                                    nested.set(b);
                                    Task<?> unusedTwo = b.fork("two", sleeper);
                                    sleeper.run();
                                  });
                            }));
            outermost.set(task);
            microscope.await("all sleep", () -> ready.get() == 3);
            task.cancel("enough");
            Outcome<?> unused = task.await();
          });
      assertThat(unmarked).hasValue(0);
    });
  }

  @Test
  void aGroupMayBeCancelledFromInside() {
    Looks.everySeed(microscope -> {
      String value =
          TaskGroup.call(
              "group",
              group -> {
                Task<?> unused = group.fork("sleeper", () -> Looks.sleepUntilInterrupted());
                group.cancel("done");
                return "value";
              });
      assertThat(value).isEqualTo("value");
      assertThatThrownBy(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Task<?> unused = group.fork("inside", () -> group.cancel("from a fork"));
                    Looks.sleepUntilInterrupted();
                  }))
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("from a fork");
    });
  }

  // ---- what is told apart

  @Test
  void aCancelledTaskThatReturnsKeepsItsResult() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Task<String>> task = new AtomicReference<>();
      TaskGroup.run(
          "group",
          group -> {
            task.set(
                group.fork(
                    "late",
                    () -> {
                      try {
                        Looks.sleepUntilInterrupted();
                        return "in time";
                      } catch (InterruptedException e) {
                        return "late";
                      }
                    }));
            microscope.await("it waits", () -> Looks.waits(task.get()));
            group.cancel("enough");
          });
      assertThat(task.get().outcome()).isEqualTo(new Outcome.Completed<>("late"));
    });
  }

  @Test
  void aCancelledTaskThatFailsWithSomethingElseIsKeptAsFailedAfterCancel() {
    Looks.everySeedOnTime(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(
                        group.fork(
                            "broken",
                            () -> {
                              try {
                                Looks.sleepUntilInterrupted();
                              } catch (InterruptedException e) {
                                throw new IllegalStateException("cleanup failed");
                              }
                            }));
                    microscope.await("it waits", () -> Looks.waits(task.get()));
                    group.cancel("enough");
                  }));
      assertThat(task.get().outcome())
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).hasMessage("cleanup failed");
                assertThat(failed.afterCancel()).isNotNull();
                assertThat(failed.afterCancel().why()).isEqualTo("enough");
              });
      assertThat(thrown).hasRootCauseMessage("cleanup failed");
    });
  }

  @Test
  void anInterruptThatIsNotOursIsAFailureAndCalledForeign() {
    Looks.everySeed(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      AtomicReference<Thread> thread = new AtomicReference<>();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    task.set(
                        group.fork(
                            "victim",
                            () -> {
                              thread.set(Thread.currentThread());
                              Looks.sleepUntilInterrupted();
                            }));
                    microscope.await("it runs", () -> thread.get() != null);
                    thread.get().interrupt();
                    group.join();
                  }));
      assertThat(task.get().outcome())
          .isInstanceOfSatisfying(
              Outcome.Failed.class,
              failed -> {
                assertThat(failed.failure()).isInstanceOf(InterruptedException.class);
                assertThat(failed.afterCancel()).isNull();
              });
      assertThat(thrown)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("foreign interrupt");
    });
  }

  @Test
  void aForeignInterruptOfAJoinIsNotTakenForACancel() {
    Looks.everySeedOnTime(microscope -> {
      Thread owner = Thread.currentThread();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    Task<?> unused = group.fork("sleeper", () -> Looks.sleepUntilInterrupted());
                    microscope.spawn("somebody", owner::interrupt);
                    group.join();
                  }));
      assertThat(thrown)
          .isInstanceOf(InterruptedException.class)
          .hasMessageContaining("not by a cancel of Curfew's");
      assertThat(microscope.elapsed()).isLessThan(LONG);
      Thread.interrupted();
    });
  }

  // ---- level and edge

  @Test
  void checkAlwaysThrowsOnceCancelledAndNeverInsideAShield() {
    Looks.everySeed(microscope ->
        assertThatThrownBy(() ->
                TaskGroup.run(
                    "group",
                    group -> {
                      Cancellation.check();
                      group.cancel("enough");
                      for (int i = 0; i < 3; i++) {
                        assertThatThrownBy(Cancellation::check)
                            .isInstanceOf(InterruptedException.class)
                            .hasMessageContaining("enough");
                      }
                      Thread.interrupted();
                      assertThatCode(() -> Shield.run(FOR_EVER, Cancellation::check))
                          .doesNotThrowAnyException();
                      Cancellation.check();
                    }))
            .isInstanceOf(CancellationException.class));
  }

  @Test
  void anInterruptIsDeliveredAgainWithGrowingPausesAndNeverInATightLoop() {
    Looks.everySeedOnTime(microscope -> {
      AtomicInteger interrupts = new AtomicInteger();
      TaskGroup.run(
          "group",
          group -> {
            Task<?> task =
                group.fork(
                    "stubborn",
                    () -> {
                      Duration end = microscope.elapsed().plus(Duration.ofSeconds(8));
                      while (microscope.elapsed().compareTo(end) < 0) {
                        try {
                          Microscope.sleep(end.minus(microscope.elapsed()));
                        } catch (InterruptedException e) {
                          interrupts.incrementAndGet();
                        }
                      }
                    });
            microscope.await("it waits", () -> Looks.waits(task));
            task.cancel("enough");
            assertThat(task.await()).isInstanceOf(Outcome.Completed.class);
          });
      // At 0, 50, 150, 350, 750, 1550, 3150, 5150 and 7150 ms.
      assertThat(interrupts).hasValue(9);
    });
  }

  // ---- foreign code that hangs in the thread of a task which has failed

  @Test
  void aFailureWhoseDescriptionHangsIsGivenUpLikeATask() {
    Looks.everySeedOnTime(microscope -> {
      AtomicBoolean release = new AtomicBoolean();
      Throwable thrown =
          catchThrowable(() ->
              TaskGroup.named("group")
                  .deadline(Duration.ofSeconds(1))
                  .run(group -> {
                    microscope.spawn(
                        "rescuer",
                        () -> {
                          Microscope.sleep(Duration.ofMinutes(1));
                          release.set(true);
                        });
                    group.fork(
                        "fails",
                        () -> {
                          throw new HangingDescription(release);
                        });
                  }));
      release.set(true);
      assertThat(thrown).isInstanceOf(TimeoutException.class);
      assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(5));
    });
  }

  private static final class HangingDescription extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient AtomicBoolean release;

    HangingDescription(AtomicBoolean release) {
      this.release = release;
    }

    @Override
    public String getMessage() {
      while (!release.get()) {
        Host.current().parkNanos(this, 100_000_000);
        Thread.interrupted();
      }
      return "released";
    }
  }

  @Test
  void aTaskThatHasFailedIsHomeThoughItsCancelHangsInAChannel() throws Exception {
    CountDownLatch inUse = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Group> leaked = new AtomicReference<>();
    AtomicReference<Task<?>> channel = new AtomicReference<>();
    Thread owner =
        Thread.ofVirtual()
            .start(() -> {
              Throwable unused =
                  catchThrowable(() ->
                      TaskGroup.run(
                          "group",
                          group -> {
                            leaked.set((Group) group);
                            channel.set(
                                group.fork(
                                    "channel", () -> new Stuck(closing, release).use(inUse)));
                            inUse.await();
                            group.fork(
                                "fails",
                                () -> {
                                  throw new IllegalStateException("on purpose");
                                });
                            group.join();
                          }));
            });
    closing.await();
    try {
      Await.until(
          "the failed task to be home while the other one is out",
          () -> leaked.get().forksOut() == 1 && !channel.get().isDone());
    } finally {
      release.countDown();
    }
    owner.join();
  }

  /** Its close, which an interrupt runs in the interrupting thread, waits. */
  private static final class Stuck extends java.nio.channels.spi.AbstractInterruptibleChannel {
    private final CountDownLatch closing;
    private final CountDownLatch release;

    Stuck(CountDownLatch closing, CountDownLatch release) {
      this.closing = closing;
      this.release = release;
    }

    void use(CountDownLatch inUse) throws Exception {
      begin();
      try {
        inUse.countDown();
        release.await();
      } finally {
        end(true);
      }
    }

    @Override
    protected void implCloseChannel() {
      closing.countDown();
      boolean interrupted = false;
      while (release.getCount() > 0) {
        LockSupport.parkNanos(10_000_000);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void aSocketThatTheJdkClosedForOurInterruptIsACancel() throws Exception {
    AtomicReference<Task<?>> read = new AtomicReference<>();
    CountDownLatch begun = new CountDownLatch(1);
    TaskGroup.run(
        "calls",
        group -> {
          read.set(
              group.fork(
                  "read",
                  () -> {
                    begun.countDown();
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      // As java.net.Socket tells it on a virtual thread, and a driver passes it on.
                      throw new IOException(
                          "the peer does not answer", new SocketException("Closed by interrupt"));
                    }
                  }));
          begun.await();
          read.get().cancel("nobody needs it");
        });
    assertThat(read.get().outcome()).isInstanceOf(Outcome.Cancelled.class);
  }
}
