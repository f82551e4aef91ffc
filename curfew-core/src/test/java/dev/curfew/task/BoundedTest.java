// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.FIRST_DELIVERY;
import static dev.curfew.task.Scenes.ignoreInterrupts;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Pending;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Await;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounded groups: who has a turn, who waits for one, and that no turn is lost or made. */
class BoundedTest {

  /** Counts bodies that run at once. */
  private static final class Gauge {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    void enter() {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
    }

    void leave() {
      now.decrementAndGet();
    }
  }

  private static Turns turns(TaskGroup group) {
    return Objects.requireNonNull(((Group) group).turns, "the group is not bounded");
  }

  /** The turn of the last one goes back after it counts as home. */
  private static void allFree(TaskGroup group, int most) throws InterruptedException {
    for (int i = 0; i < 1000 && turns(group).free() != most; i++) {
      Microscope.sleep(Duration.ofMillis(1));
    }
    assertThat(turns(group).free()).as("turns that nobody has").isEqualTo(most);
  }

  @Test
  void asManyAsTheBoundRunAtOnceAndAllOfThemRun() {
    Scenes.explore(
        300,
        microscope -> {
          int most = 1 + microscope.random().nextInt(3);
          Gauge gauge = new Gauge();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          TaskGroup.named("g")
              .bounded(most)
              .run(group -> {
                leaked.set(group);
                Thread stranger =
                    microscope.spawn("stranger", () -> forkFive(group, gauge, microscope));
                forkFive(group, gauge, microscope);
                stranger.join();
                group.join();
              });
          assertThat(gauge.most).as("at once").hasValue(most);
          assertThat(((Group) leaked.get()).workBelow().completed()).isEqualTo(10);
          allFree(leaked.get(), most);
        });
  }

  private static void forkFive(TaskGroup group, Gauge gauge, Microscope microscope) {
    for (int i = 0; i < 5; i++) {
      group.fork(
          "job",
          () -> {
            gauge.enter();
            steps(microscope.random().nextInt(4));
            Microscope.sleep(Duration.ofMillis(10));
            gauge.leave();
          });
    }
  }

  @ParameterizedTest(name = "signal only: {0}")
  @ValueSource(booleans = {false, true})
  void aCancelEndsTheWaitAtOnceAndWhatWaitedNeverStarts(boolean signalOnly) {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger begun = new AtomicInteger();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          AtomicReference<Duration> ended = new AtomicReference<>();
          AtomicReference<Thread> canceller = new AtomicReference<>();
          List<Task<?>> tasks = new CopyOnWriteArrayList<>();
          GroupOptions<RuntimeException> options = TaskGroup.named("g").bounded(2);
          Throwable thrown =
              catchThrowable(() ->
                  (signalOnly ? options.signalOnly() : options)
                      .run(group -> {
                        leaked.set(group);
                        for (int i = 0; i < 5; i++) {
                          tasks.add(
                              group.fork(
                                  "job",
                                  () -> {
                                    begun.incrementAndGet();
                                    ignoreInterrupts(Duration.ofSeconds(5));
                                  }));
                        }
                        steps(microscope.random().nextInt(40));
                        canceller.set(
                            microscope.spawn(
                                "canceller",
                                () -> {
                                  group.cancel("enough");
                                  microscope.await(
                                      "the end of those that waited",
                                      () -> tasks.stream().filter(Task::isDone).count() >= 3);
                                  ended.set(microscope.elapsed());
                                }));
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(CancellationException.class);
          canceller.get().join();
          assertThat(ended.get()).isLessThan(FIRST_DELIVERY);
          WorkCount work = ((Group) leaked.get()).workBelow();
          assertThat(begun.get()).isLessThanOrEqualTo(2);
          assertThat(work.neverStarted()).isEqualTo(5 - begun.get());
          assertThat(work.addsUp()).isTrue();
          allFree(leaked.get(), 2);
        });
  }

  @Test
  void oneThatFailsHasCancelledTheGroupBeforeTheNextOneHasItsTurn() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger begun = new AtomicInteger();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("g")
                      .bounded(1)
                      .run(group -> {
                        for (int i = 0; i < 4; i++) {
                          group.fork(
                              "job",
                              () -> {
                                begun.incrementAndGet();
                                steps(3);
                                throw new IllegalStateException("broken");
                              });
                        }
                        group.join();
                      }));
          assertThat(thrown)
              .satisfiesAnyOf(
                  t -> assertThat(t).isInstanceOf(ExecutionException.class),
                  t ->
                      assertThat(t)
                          .isInstanceOf(java.util.concurrent.RejectedExecutionException.class));
          assertThat(begun).hasValue(1);
        });
  }

  @Test
  void aTaskMayForkIntoItsOwnGroupAndWait() {
    Scenes.explore(
        300,
        microscope -> {
          Gauge gauge = new Gauge();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          int sum =
              TaskGroup.named("g")
                  .bounded(1)
                  .<Integer, RuntimeException>call(group -> {
                    leaked.set(group);
                    Task<Integer> tree = group.fork("sum", () -> sum(group, gauge, 3));
                    group.fork("other", () -> sum(group, gauge, 0));
                    group.join();
                    return tree.get();
                  });
          assertThat(sum).isEqualTo(8);
          assertThat(gauge.most).as("at once").hasValue(1);
          allFree(leaked.get(), 1);
        });
  }

  private static int sum(TaskGroup group, Gauge gauge, int depth) throws Exception {
    gauge.enter();
    steps(2);
    if (depth == 0) {
      gauge.leave();
      return 1;
    }
    Task<Integer> left = group.fork("sum", () -> sum(group, gauge, depth - 1));
    Task<Integer> right = group.fork("sum", () -> sum(group, gauge, depth - 1));
    gauge.leave();
    int result = left.join();
    gauge.enter();
    steps(2);
    gauge.leave();
    result += right.join();
    gauge.enter();
    gauge.leave();
    return result;
  }

  @Test
  void aTurnThatWasLentIsNotWaitedForAfterACancel() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          AtomicReference<Duration> left = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.named("g")
                      .bounded(1)
                      .run(group -> {
                        leaked.set(group);
                        CountDownLatch lent = new CountDownLatch(1);
                        group.fork(
                            "parent",
                            () -> {
                              Task<?> child =
                                  group.fork(
                                      "deaf",
                                      () -> {
                                        lent.countDown();
                                        ignoreInterrupts(Duration.ofSeconds(5));
                                      });
                              try {
                                var unused = child.await();
                              } finally {
                                left.set(microscope.elapsed());
                              }
                            });
                        lent.await();
                        steps(microscope.random().nextInt(20));
                        group.cancel("enough");
                        group.join();
                      }));
          assertThat(thrown).isInstanceOf(CancellationException.class);
          assertThat(left.get()).isLessThan(FIRST_DELIVERY);
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void whoLentItsTurnTakesItAgainBeforeThoseThatHaveNotBegun() {
    Scenes.explore(
        200,
        microscope -> {
          List<String> order = new CopyOnWriteArrayList<>();
          TaskGroup.named("g")
              .bounded(1)
              .run(group ->
                  group.fork(
                      "parent",
                      () -> {
                        Task<?> child = group.fork("child", () -> order.add("child"));
                        for (int i = 1; i <= 3; i++) {
                          String name = "later " + i;
                          Microscope.sleep(Duration.ofMillis(1)); // The one before it waits now.
                          group.fork(
                              name,
                              () -> {
                                order.add(name);
                                Microscope.sleep(Duration.ofMillis(10));
                              });
                        }
                        Microscope.sleep(Duration.ofMillis(1));
                        var unused = child.await();
                        order.add("parent");
                      }));
          assertThat(order).hasSize(5);
          assertThat(order).containsSubsequence("child", "parent", "later 2", "later 3");
        });
  }

  @Test
  void aThreadThatStartedThoughItsStartThrewDoesNotWaitForATurn() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean ran = new AtomicBoolean();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                leaked.set(group);
                CountDownLatch begun = new CountDownLatch(1);
                CountDownLatch release = new CountDownLatch(1);
                group.fork(
                    "first",
                    () -> {
                      begun.countDown();
                      release.await();
                    });
                begun.await();
                GroupTask<?> task = (GroupTask<?>) group.fork("second", () -> ran.set(true));
                steps(microscope.random().nextInt(10));
                // As the fork does when the start has thrown.
                assertThat(task.claim(GroupTask.RUNNING)).isTrue();
                task.finishUnstarted();
                Objects.requireNonNull(task.thread).join();
                release.countDown();
              });
          assertThat(ran).isFalse();
          assertThat(((Group) leaked.get()).workBelow().neverStarted()).isEqualTo(1);
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void aStartThatFailsTakesNoTurnAlong() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicInteger ran = new AtomicInteger();
          AtomicInteger refused = new AtomicInteger();
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                leaked.set(group);
                for (int i = 0; i < 8; i++) {
                  boolean refuse = microscope.random().nextBoolean();
                  microscope.refuseStarts(thread -> refuse && thread.getName().equals("job"));
                  try {
                    group.fork("job", () -> ran.incrementAndGet());
                  } catch (OutOfMemoryError e) {
                    refused.incrementAndGet();
                  }
                }
                group.join();
              });
          WorkCount work = ((Group) leaked.get()).workBelow();
          assertThat(ran.get() + refused.get()).isEqualTo(8);
          assertThat(work.neverStarted()).isEqualTo(refused.get());
          assertThat(work.addsUp()).isTrue();
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void theTurnOfOneThatWasGivenUpGoesBackThenAndNotAgainWhenItEnds() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          AtomicReference<Duration> next = new AtomicReference<>();
          AtomicBoolean over = new AtomicBoolean();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                leaked.set(group);
                CountDownLatch begun = new CountDownLatch(1);
                Task<?> deaf =
                    group.fork(
                        "deaf",
                        () -> {
                          begun.countDown();
                          ignoreInterrupts(Duration.ofSeconds(30));
                          over.set(true);
                        });
                begun.await();
                group.fork("next", () -> next.set(microscope.elapsed()));
                steps(microscope.random().nextInt(20));
                deaf.cancel("it takes too long");
                group.join();
              });
          assertThat(next.get()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(11));
          microscope.await("the end of the deaf one", over::get);
          Microscope.sleep(Duration.ofSeconds(1));
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void oneThatIsCancelledAloneLeavesTheOthersTheirTurns() {
    Scenes.explore(
        300,
        microscope -> {
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          AtomicInteger ran = new AtomicInteger();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                leaked.set(group);
                List<Task<?>> tasks = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                  tasks.add(
                      group.fork(
                          "job",
                          () -> {
                            steps(2);
                            ran.incrementAndGet();
                          }));
                }
                int alone = microscope.random().nextInt(4);
                steps(microscope.random().nextInt(30));
                tasks.get(alone).cancel("it alone");
                group.join();
              });
          assertThat(ran.get()).isBetween(3, 4);
          WorkCount work = ((Group) leaked.get()).workBelow();
          assertThat(work.addsUp()).isTrue();
          assertThat(work.neverStarted() + work.completed()).isEqualTo(4);
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void aForeignInterruptOfOneThatWaitsReachesItsBody() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicBoolean flag = new AtomicBoolean();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                CountDownLatch release = new CountDownLatch(1);
                CountDownLatch begun = new CountDownLatch(1);
                group.fork(
                    "first",
                    () -> {
                      begun.countDown();
                      release.await();
                    });
                begun.await();
                Task<?> second = group.fork("second", () -> flag.set(Thread.interrupted()));
                steps(microscope.random().nextInt(10));
                Objects.requireNonNull(((GroupTask<?>) second).thread).interrupt();
                steps(microscope.random().nextInt(10));
                release.countDown();
                group.join();
              });
          assertThat(flag).isTrue();
        });
  }

  @Test
  void backgroundTasksNeedNoTurn() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicInteger asked = new AtomicInteger();
          TaskGroup.named("g")
              .bounded(1)
              .run(group -> {
                for (int i = 0; i < 3; i++) {
                  group.background(
                      "listener",
                      stop -> {
                        stop.await();
                        asked.incrementAndGet();
                      });
                }
                group.fork("job", () -> steps(1));
              });
          assertThat(asked).hasValue(3);
          assertThat(microscope.elapsed()).isZero();
        });
  }

  /** With one each, the fork that completes the future would wait for it for ever. */
  @Test
  void adoptedFuturesNeedNoTurn() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<TaskGroup> leaked = new AtomicReference<>();
          String got =
              TaskGroup.named("g")
                  .bounded(1)
                  .call(group -> {
                    leaked.set(group);
                    CompletableFuture<String> future = new CompletableFuture<>();
                    Task<String> adopted = group.adopt("future", future);
                    steps(microscope.random().nextInt(10));
                    group.fork("job", () -> future.complete("done"));
                    group.join();
                    return adopted.get();
                  });
          assertThat(got).isEqualTo("done");
          allFree(leaked.get(), 1);
        });
  }

  @Test
  void whatWaitsShowsAsQueued() throws Exception {
    TaskGroup.named("g")
        .bounded(1)
        .run(group -> {
          CountDownLatch begun = new CountDownLatch(1);
          CountDownLatch release = new CountDownLatch(1);
          group.fork(
              "first",
              () -> {
                begun.countDown();
                release.await();
              });
          begun.await();
          group.fork("second", () -> {});
          assertThat(state("second")).isEqualTo(Pending.State.QUEUED);
          assertThat(state("first")).isEqualTo(Pending.State.RUNNING);
          assertThat(RollCall.now().text()).contains("second  QUEUED for ");
          release.countDown();
        });
  }

  private static Pending.State state(String name) {
    return RollCall.now().nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow()
        .state();
  }

  @ParameterizedTest(name = "platform threads: {0}")
  @ValueSource(booleans = {false, true})
  void manyTasksOnRealThreadsKeepTheBoundAndEveryTurnComesBack(boolean platform) throws Exception {
    Gauge gauge = new Gauge();
    int forks = platform ? 200 : 20_000;
    AtomicReference<TaskGroup> leaked = new AtomicReference<>();
    GroupOptions<RuntimeException> options = TaskGroup.named("g").bounded(4);
    (platform ? options.platformThreads() : options)
        .run(group -> {
          leaked.set(group);
          Runnable half =
              () -> {
                for (int i = 0; i < forks / 2; i++) {
                  group.fork(
                      "job",
                      () -> {
                        gauge.enter();
                        Thread.onSpinWait();
                        gauge.leave();
                      });
                }
              };
          Thread stranger = Thread.ofPlatform().start(half);
          half.run();
          Await.end(stranger);
        });
    assertThat(gauge.most.get()).isLessThanOrEqualTo(4);
    assertThat(((Group) leaked.get()).workBelow().completed()).isEqualTo(forks);
    allFree(leaked.get(), 4);
  }

  @Test
  void noTurnIsLostAtTheEndOfAStack() throws Exception {
    AtomicReference<TaskGroup> leaked = new AtomicReference<>();
    AtomicInteger waited = new AtomicInteger();
    AtomicInteger overflowed = new AtomicInteger();
    TaskGroup.named("g")
        .bounded(1)
        .run(group -> {
          leaked.set(group);
          group.fork("deep", () -> new Descent(group, waited, overflowed).down());
          group.join();
        });
    assertThat(overflowed.get()).as("forks and waits that met the end").isPositive();
    assertThat(waited.get()).as("waits that did not").isEqualTo(Descent.WAITS);
    assertThat(((Group) leaked.get()).workBelow().addsUp()).isTrue();
    allFree(leaked.get(), 1);
  }

  /** To the end of the stack, and on the way back a fork and a wait from each frame. */
  private static final class Descent {
    static final int WAITS = 100;

    private final TaskGroup group;
    private final AtomicInteger waited;
    private final AtomicInteger overflowed;

    Descent(TaskGroup group, AtomicInteger waited, AtomicInteger overflowed) {
      this.group = group;
      this.waited = waited;
      this.overflowed = overflowed;
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is about
    void down() {
      try {
        down();
      } catch (StackOverflowError e) {
        // The end, or a call too many: from here on it goes up.
      }
      if (waited.get() < WAITS) {
        forkAndWait();
      }
    }

    private void forkAndWait() {
      Task<?> task;
      try {
        task = group.fork("child", () -> {});
      } catch (StackOverflowError e) {
        overflowed.incrementAndGet();
        return;
      }
      try {
        var unused = task.await();
        waited.incrementAndGet();
      } catch (StackOverflowError e) {
        overflowed.incrementAndGet();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this thread", e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void aBoundBelowOneIsRefused(int most) {
    assertThatThrownBy(() -> TaskGroup.named("g").bounded(most))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Group g: the bound is " + most)
        .hasMessageContaining("give at least 1");
  }
}
