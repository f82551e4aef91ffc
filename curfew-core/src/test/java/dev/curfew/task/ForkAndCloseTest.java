// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.ignoreInterrupts;
import static dev.curfew.task.Scenes.sleepUntilCancelled;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.CancelReason;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Laws 2 to 5 under the microscope: fork, close, cancel and finish in every order. */
class ForkAndCloseTest {

  @Test
  void noForkSlipsBetweenTheCheckAndTheClose() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicInteger accepted = new AtomicInteger();
          AtomicInteger ended = new AtomicInteger();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          AtomicReference<Thread> forker = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                leaked.set(group);
                forker.set(microscope.spawn("forker", () -> forkFive(group, accepted, ended)));
                steps(microscope.random().nextInt(12));
              });
          int homeAtTheEnd = ended.get();
          forker.get().join();
          assertThat(homeAtTheEnd).as("ended when the block returned").isEqualTo(accepted.get());
          assertThat(ended).hasValue(homeAtTheEnd);
          assertThatThrownBy(() -> leaked.get().fork("late", () -> 1))
              .isInstanceOf(RejectedExecutionException.class)
              .hasMessageContaining("/g")
              .hasMessageContaining("has ended");
          WorkCount work = ((Group) leaked.get()).workBelow();
          assertThat(work.accepted()).isEqualTo(homeAtTheEnd);
          assertThat(work.completed()).isEqualTo(homeAtTheEnd);
        });
  }

  private static void forkFive(TaskGroup group, AtomicInteger accepted, AtomicInteger ended) {
    for (int i = 0; i < 5; i++) {
      try {
        group.fork(
            "job",
            () -> {
              steps(2);
              ended.incrementAndGet();
            });
      } catch (RejectedExecutionException e) {
        return;
      }
      accepted.incrementAndGet();
    }
  }

  @Test
  void aCancelReachesEveryForkThatWasAcceptedBeforeIt() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          AtomicInteger accepted = new AtomicInteger();
          AtomicReference<RejectedExecutionException> rejection = new AtomicReference<>();
          AtomicReference<Thread> canceller = new AtomicReference<>();
          AtomicReference<Thread> forker = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        leaked.set((Group) group);
                        forker.set(
                            microscope.spawn(
                                "forker", () -> forkSleepers(group, accepted, rejection)));
                        canceller.set(microscope.spawn("canceller", () -> group.cancel("enough")));
                        forkSleepers(group, accepted, rejection);
                        group.join();
                      }));
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          canceller.get().join();
          forker.get().join();
          if (thrown != null) {
            assertThat(thrown)
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("enough");
          }
          WorkCount work = leaked.get().workBelow();
          assertThat(work.accepted()).isEqualTo(accepted.get());
          assertThat(work.cancelled() + work.neverStarted()).isEqualTo(accepted.get());
          assertThat(work.addsUp()).isTrue();
          RejectedExecutionException rejected = rejection.get();
          if (rejected != null) {
            assertThat(rejected).hasMessageMatching(".* in group /g: it .*(enough|has ended).*");
          }
        });
  }

  private static void forkSleepers(
      TaskGroup group,
      AtomicInteger accepted,
      AtomicReference<RejectedExecutionException> rejection) {
    for (int i = 0; i < 4; i++) {
      try {
        group.fork("sleeper", Scenes::sleepUntilCancelled);
        accepted.incrementAndGet();
      } catch (RejectedExecutionException e) {
        rejection.set(e);
        return;
      }
    }
  }

  @Test
  void aCancelOfTheForksAloneReachesEachOfThemAndItsReasonIsInEveryRejection() {
    Scenes.explore(
        500,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          AtomicInteger accepted = new AtomicInteger();
          AtomicReference<RejectedExecutionException> rejection = new AtomicReference<>();
          AtomicReference<Thread> canceller = new AtomicReference<>();
          Throwable unused =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      block -> {
                        Group group = (Group) block;
                        leaked.set(group);
                        canceller.set(
                            microscope.spawn("canceller", () -> group.cancelForks(stop(group))));
                        forkSleepers(group, accepted, rejection);
                        forkSleepers(innerOrGroup(group), accepted, rejection);
                      }));
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          canceller.get().join();
          WorkCount work = leaked.get().workBelow();
          assertThat(work.cancelled() + work.neverStarted()).isEqualTo(accepted.get());
          assertThat(work.addsUp()).isTrue();
          if (rejection.get() != null) {
            assertThat(rejection.get()).hasMessageContaining("the stop");
          }
        });
  }

  private static TaskGroup innerOrGroup(TaskGroup group) {
    try {
      return group.inner("inner");
    } catch (RejectedExecutionException e) {
      return group;
    }
  }

  private static Group.Cancel stop(Group group) {
    return new Group.Cancel(
        new CancelReason(CancelReason.Kind.STOP, "test", "the stop", Host.current().wallTime()),
        group,
        Host.current().nanoTime());
  }

  @Test
  void joinWaitsForTheForksWhileABackgroundTaskIsBeingStarted() {
    Scenes.explore(
        1000,
        microscope ->
            TaskGroup.run(
                "g",
                group -> {
                  AtomicBoolean ended = new AtomicBoolean();
                  group.fork(
                      "long",
                      () -> {
                        Microscope.sleep(Duration.ofSeconds(1));
                        ended.set(true);
                      });
                  Thread starter =
                      microscope.spawn(
                          "starter", () -> group.background("listener", StopSignal::await));
                  group.join();
                  assertThat(ended).as("the fork has ended when join returns").isTrue();
                  starter.join();
                }));
  }

  @Test
  void theOwnerIsWokenByTheLastOneThatComesHome() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicInteger ended = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                for (int i = 0; i < 3; i++) {
                  group.fork("job", ended::incrementAndGet);
                }
                group.join();
                assertThat(ended).hasValue(3);
                group.fork("after", ended::incrementAndGet);
                group.background("asked", StopSignal::await);
              });
          assertThat(ended).hasValue(4);
          assertThat(microscope.elapsed()).isZero();
        });
  }

  @Test
  void anInnerGroupThatAForkOpensWhileTheBlockEndsIsWaitedFor() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicInteger ended = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                group.fork(
                    "opener",
                    () -> {
                      TaskGroup inner = group.inner("inner");
                      inner.fork(
                          "job",
                          () -> {
                            Microscope.sleep(Duration.ofSeconds(1));
                            ended.incrementAndGet();
                          });
                    });
                steps(microscope.random().nextInt(12));
              });
          assertThat(ended).as("what the inner group forked has ended").hasValue(1);
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofSeconds(1));
        });
  }

  @Test
  void anInnerGroupThatABackgroundTaskOpensHoldsNothingUp() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger closed = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                AtomicBoolean opened = new AtomicBoolean();
                group.background(
                    "opener",
                    stop -> {
                      TaskGroup inner = group.inner("inner");
                      inner.own("resource", (AutoCloseable) closed::incrementAndGet);
                      opened.set(true);
                      stop.await();
                      assertThat(closed).as("inner groups end before").hasValue(1);
                    });
                group.fork("work", () -> microscope.await("the opening", opened::get));
              });
          assertThat(closed).hasValue(1);
          assertThat(microscope.elapsed()).isLessThan(Duration.ofSeconds(1));
        });
  }

  @Test
  void whoOpensAnInnerGroupFromInsideABlockOfItsOwnMayForkInItUntilItEnds() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger ended = new AtomicInteger();
          TaskGroup.run(
              "g",
              group ->
                  group.fork(
                      "outer",
                      () ->
                          TaskGroup.run(
                              "nested",
                              nested ->
                                  nested.fork(
                                      "opener",
                                      () -> {
                                        TaskGroup inner = group.inner("inner");
                                        Task<?> waited =
                                            inner.background("asked", StopSignal::await);
                                        waited.join();
                                        Microscope.sleep(Duration.ofMillis(100));
                                        inner.fork("job", ended::incrementAndGet);
                                      }))));
          assertThat(ended).hasValue(1);
          assertThat(microscope.elapsed()).isEqualTo(Duration.ofMillis(100));
        });
  }

  @Test
  void anOuterCancelMeetsABlockThatIsBeingOpened() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "outer",
                      group -> {
                        leaked.set((Group) group);
                        group.fork("opener", ForkAndCloseTest::openAndSleep);
                        group.fork("canceller", () -> group.cancel("enough"));
                      }));
          assertThat(thrown).isNull();
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          WorkCount work = leaked.get().workBelow();
          assertThat(work.addsUp()).isTrue();
          assertThat(work.failed()).isZero();
          assertThat(work.abandoned()).isZero();
        });
  }

  private static void openAndSleep() throws Exception {
    TaskGroup.run(
        "inner",
        inner -> {
          inner.fork("sleeper", Scenes::sleepUntilCancelled);
          TaskGroup.run(
              "innermost",
              innermost -> {
                innermost.fork("sleeper", Scenes::sleepUntilCancelled);
                sleepUntilCancelled();
              });
        });
  }

  @Test
  void anInnerGroupIsCancelledWithItsOuterOneHoweverLateItWasOpened() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          AtomicReference<Thread> canceller = new AtomicReference<>();
          Throwable unused =
              catchThrowable(() ->
                  TaskGroup.run(
                      "outer",
                      group -> {
                        leaked.set((Group) group);
                        canceller.set(microscope.spawn("canceller", () -> group.cancel("enough")));
                        TaskGroup inner = group.inner("inner");
                        inner.fork("sleeper", Scenes::sleepUntilCancelled);
                        inner.inner("innermost").fork("sleeper", Scenes::sleepUntilCancelled);
                        group.join();
                      }));
          assertThat(microscope.elapsed()).isLessThan(FIRST_DELIVERY);
          canceller.get().join();
          WorkCount work = leaked.get().workBelow();
          assertThat(work.addsUp()).isTrue();
          assertThat(work.cancelled() + work.neverStarted()).isEqualTo(work.accepted());
        });
  }

  @Test
  void aForkOfAnOpenGroupCanOwnEvenWhileTheGroupIsAboutToClose() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicInteger closed = new AtomicInteger();
          AtomicInteger owned = new AtomicInteger();
          AtomicReference<Thread> outsider = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                outsider.set(
                    microscope.spawn(
                        "outsider",
                        () -> {
                          try {
                            group.fork(
                                "owner",
                                () -> {
                                  group.own("resource", (AutoCloseable) closed::incrementAndGet);
                                  owned.incrementAndGet();
                                });
                          } catch (RejectedExecutionException e) {
                            Host.step(); // The group closed first: that is the other order.
                          }
                        }));
                steps(microscope.random().nextInt(6));
              });
          outsider.get().join();
          assertThat(closed.get()).isEqualTo(owned.get());
        });
  }

  @Test
  void aResourceIsEitherOwnedOrClosedAndRejected() {
    Scenes.explore(
        1000,
        microscope -> {
          AtomicInteger opened = new AtomicInteger();
          AtomicInteger closed = new AtomicInteger();
          Queue<String> refused = new ConcurrentLinkedQueue<>();
          AtomicReference<Thread> outsider = new AtomicReference<>();
          TaskGroup.run(
              "g",
              group -> {
                outsider.set(
                    microscope.spawn(
                        "outsider",
                        () -> {
                          for (int i = 0; i < 3; i++) {
                            opened.incrementAndGet();
                            try {
                              group.own("resource", (AutoCloseable) closed::incrementAndGet);
                            } catch (RejectedExecutionException e) {
                              refused.add(String.valueOf(e.getMessage()));
                            }
                          }
                        }));
                steps(microscope.random().nextInt(8));
              });
          outsider.get().join();
          assertThat(closed.get()).isEqualTo(opened.get()).isEqualTo(3);
          assertThat(refused).allMatch(message -> message.contains("own resource in group /g"));
        });
  }

  @Test
  void aStartThatFailsLeavesTheGroupUsableAndTheAccountExact() {
    Scenes.explore(
        300,
        microscope -> {
          microscope.refuseStarts(thread -> thread.getName().startsWith("refused"));
          AtomicInteger ran = new AtomicInteger();
          TaskGroup.run(
              "g",
              group -> {
                Task<?> first = group.fork("good", ran::incrementAndGet);
                assertThatThrownBy(() -> group.fork("refused", ran::incrementAndGet))
                    .isInstanceOf(OutOfMemoryError.class);
                assertThatThrownBy(() -> group.background("refused too", StopSignal::await))
                    .isInstanceOf(OutOfMemoryError.class);
                Task<Integer> second = group.fork("good", ran::incrementAndGet);
                group.join();
                assertThat(second.get()).isPositive();
                assertThat(first.isDone()).isTrue();
                assertThat(ran).hasValue(2);
                WorkCount work = ((Group) group).workBelow();
                assertThat(work.accepted()).isEqualTo(4);
                assertThat(work.neverStarted()).isEqualTo(2);
                assertThat(work.addsUp()).isTrue();
              });
        });
  }

  @Test
  void aGroupEndsThoughNoThreadOfCurfewsOwnCanBeStarted() {
    Scenes.explore(
        300,
        microscope -> {
          microscope.refuseStarts(thread -> thread.getName().startsWith("curfew"));
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("g")
                      .deadline(Duration.ofMinutes(1))
                      .run(group -> {
                        group.own("resource", (AutoCloseable) () -> {});
                        group.fork("sleeper", Scenes::sleepUntilCancelled);
                        group.fork(
                            "failing",
                            () -> {
                              throw new IllegalStateException("broken");
                            });
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
          // Threads can be had again: whoever adds a timer now starts the one for all of them.
          microscope.refuseStarts(thread -> false);
          TaskGroup.named("next")
              .deadline(Duration.ofMinutes(1))
              .run(group -> assertThat(group.path()).isEqualTo("/next"));
        });
  }

  @Test
  void aFailureBeforeDuringOrAfterTheBodyIsThrownAtItsCaller() {
    Scenes.explore(
        500,
        microscope -> {
          boolean joins = microscope.random().nextBoolean();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        group.fork(
                            "failing",
                            () -> {
                              throw new IllegalStateException("broken");
                            });
                        steps(microscope.random().nextInt(6));
                        if (joins) {
                          group.join();
                        }
                        return "value";
                      }));
          assertThat(thrown)
              .isInstanceOf(ExecutionException.class)
              .hasMessageContaining("/g/failing")
              .cause()
              .isInstanceOf(IllegalStateException.class);
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
  }

  @Test
  void failuresOfTheBodyAndOfTheForksAreAllKept() {
    Scenes.explore(
        500,
        microscope -> {
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        AtomicBoolean bothForked = new AtomicBoolean();
                        for (String name : List.of("a", "b")) {
                          group.fork(
                              name,
                              () -> {
                                microscope.await("the other fork", bothForked::get);
                                throw new IllegalStateException(name);
                              });
                        }
                        bothForked.set(true);
                        steps(microscope.random().nextInt(6));
                        throw new java.io.IOException("body");
                      }));
          assertThat(thrown).isInstanceOf(java.io.IOException.class);
          // A fork that the body's failure kept from beginning has no failure to keep.
          assertThat(thrown.getSuppressed())
              .allMatch(suppressed -> suppressed instanceof IllegalStateException)
              .doesNotHaveDuplicates()
              .hasSizeLessThanOrEqualTo(2);
        });
  }

  @Test
  void whatIsAbandonedIsNamedAndItsResourcesCloseWhenItEnds() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean closed = new AtomicBoolean();
          AtomicBoolean begun = new AtomicBoolean();
          AtomicBoolean ended = new AtomicBoolean();
          AtomicReference<Group> leaked = new AtomicReference<>();
          AtomicReference<Task<?>> stubborn = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.call(
                      "g",
                      group -> {
                        leaked.set((Group) group);
                        group.own(
                            "resource",
                            (AutoCloseable)
                                () -> {
                                  assertThat(ended).as("the task that uses it has ended").isTrue();
                                  closed.set(true);
                                });
                        stubborn.set(
                            group.fork(
                                "stubborn",
                                () -> {
                                  begun.set(true);
                                  ignoreInterrupts(Duration.ofSeconds(30));
                                  ended.set(true);
                                  throw new IllegalStateException("late");
                                }));
                        group.fork(
                            "failing",
                            () -> {
                              microscope.await("the other fork", begun::get);
                              throw new java.io.IOException("broken");
                            });
                        group.join();
                        return 1;
                      }));
          assertThat(microscope.elapsed())
              .isBetween(Duration.ofSeconds(10), Duration.ofMillis(10_600));
          assertThat(thrown).isInstanceOf(ExecutionException.class).hasRootCauseMessage("broken");
          assertThat(thrown.getSuppressed())
              .anySatisfy(suppressed ->
                  assertThat(suppressed).hasMessageContaining("/g/stubborn was abandoned"));
          assertThat(closed).isFalse();
          assertThat(stubborn.get().outcome()).isInstanceOf(Outcome.Abandoned.class);
          assertThat(RollCall.now().nodes()).anyMatch(node -> node.name().equals("stubborn"));
          WorkCount work = leaked.get().workBelow();
          assertThat(work.abandoned()).isEqualTo(1);
          assertThat(work.addsUp()).isTrue();
          Microscope.sleep(Duration.ofSeconds(25));
          assertThat(closed).as("the close of what the abandoned task used").isTrue();
          assertThat(microscope.elapsed()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
          assertThat(stubborn.get().outcome()).isInstanceOf(Outcome.Failed.class);
          assertThat(Findings.below("/g")).anyMatch(finding -> finding.toString().contains("late"));
          assertThat(RollCall.now().tasks()).isZero();
        });
  }

  @Test
  void aTaskThatIsWaitedForAloneWakesAllWhoWait() {
    Scenes.explore(
        500,
        microscope ->
            TaskGroup.run(
                "g",
                group -> {
                  Task<Integer> task =
                      group.fork(
                          "job",
                          () -> {
                            steps(3);
                            return 42;
                          });
                  group.fork("waiter", () -> assertThat(task.join()).isEqualTo(42));
                  Thread outsider =
                      microscope.spawn("outsider", () -> assertThat(task.join()).isEqualTo(42));
                  assertThat(task.join()).isEqualTo(42);
                  outsider.join();
                  assertThat(task.get()).isEqualTo(42);
                }));
  }
}
