// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.time.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Laws 1 to 5 on real threads: who is whose child, what a path is, and what a race cannot break.
 */
class OwnershipTest {

  @Test
  void aGroupIsTheChildOfTheTaskItIsOpenedInAndOthersHangBelowTheRoot() throws Exception {
    TaskGroup.run(
        "outer",
        outer -> {
          assertThat(outer.path()).isEqualTo("/outer");
          TaskGroup.run("nested", nested -> assertThat(nested.path()).isEqualTo("/outer/nested"));
          outer.fork(
              "task",
              () ->
                  TaskGroup.run(
                      "inside",
                      inside -> {
                        assertThat(inside.path()).isEqualTo("/outer/task/inside");
                        Task<?> task =
                            inside.fork(
                                "leaf",
                                () -> {
                                  List<RollCall.Node> nodes = RollCall.now().nodes();
                                  assertThat(nodes)
                                      .extracting(RollCall.Node::name)
                                      .containsSubsequence("outer", "task", "inside", "leaf");
                                });
                        assertThat(task.path()).isEqualTo("/outer/task/inside/leaf");
                      }));
          TaskGroup inner = outer.inner("part");
          assertThat(inner.path()).isEqualTo("/outer/part");
          assertThat(inner.fork("leaf", () -> 1).path()).isEqualTo("/outer/part/leaf");
        });
    assertThat(RollCall.now().tasks()).isZero();
    Thread foreign =
        Thread.ofVirtual()
            .start(() -> {
              try {
                TaskGroup.run("own", own -> assertThat(own.path()).isEqualTo("/own"));
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    Await.end(foreign);
  }

  @Test
  void tasksOfOneNameAreToldApartByTheirOrdinals() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          Task<?> first = group.fork("a", () -> 1);
          assertThat(first.path()).isEqualTo("/g/a");
          // Both names, and two more, share what the group remembers of recent names.
          Task<?> other = group.fork("i", () -> 1);
          Task<?> second = group.fork("a", () -> 1);
          Task<?> third = group.fork("i", () -> 1);
          group.fork("q", () -> 1);
          Task<?> fourth = group.fork("a", () -> 1);
          assertThat(List.of(first, other, second, third, fourth))
              .extracting(Task::path)
              .containsExactly("/g/a#1", "/g/i#2", "/g/a#3", "/g/i#4", "/g/a#6");
        });
  }

  @Test
  void aTaskIsFoundThoughItsBodyReplacedTheHandlerThatLeadsToIt() throws Exception {
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    TaskGroup.run(
        "g",
        group ->
            group.fork(
                "task",
                () ->
                    TaskGroup.run(
                        "inside",
                        inside -> {
                          Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {});
                          inside.fork("leaf", () -> 1);
                          inside.join();
                          TaskGroup.run(
                              "deeper",
                              deeper ->
                                  assertThat(deeper.path()).isEqualTo("/g/task/inside/deeper"));
                          inside.cancel("enough");
                          try {
                            Cancellation.check();
                            wrong.set(new AssertionError("check() did not see the cancel"));
                          } catch (InterruptedException e) {
                            assertThat(e).hasMessageContaining("enough");
                          }
                        })));
    assertThat(wrong.get()).isNull();
  }

  @Test
  void aTaskThatReplacedItsHandlerStillKnowsItself() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          AtomicReference<Task<?>> self = new AtomicReference<>();
          CountDownLatch known = new CountDownLatch(1);
          self.set(
              group.fork(
                  "task",
                  () -> {
                    Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {});
                    known.await();
                    assertThatThrownBy(() -> self.get().await())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("/g/task waits for itself");
                  }));
          known.countDown();
        });
  }

  @Test
  void aGroupOfPlatformThreadsRunsItsTasksOnThem() throws Exception {
    Task<Boolean> virtual =
        TaskGroup.named("g")
            .platformThreads()
            .call(group -> {
              Task<Boolean> task = group.fork("task", () -> Thread.currentThread().isVirtual());
              Task<String> name = group.fork("named", () -> Thread.currentThread().getName());
              group.join();
              assertThat(name.get()).isEqualTo("named");
              return task;
            });
    assertThat(virtual.get()).isFalse();
    assertThat(
            TaskGroup.<Boolean, RuntimeException>call(
                "g", group -> group.fork("task", () -> Thread.currentThread().isVirtual()).join()))
        .isTrue();
  }

  @Test
  void resultsOfInnerGroupsAreThereAfterTheJoinOfTheOuterOne() throws Exception {
    TaskGroup.run(
        "g",
        group -> {
          Task<Integer> task = group.inner("inner").fork("task", () -> 42);
          group.join();
          assertThat(task.get()).isEqualTo(42);
        });
  }

  @Test
  void forksFromAnyThreadAreEitherHomeOrRejectedWhenTheBlockReturns() throws Exception {
    for (int round = 0; round < 300; round++) {
      AtomicInteger accepted = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      AtomicReference<Group> leaked = new AtomicReference<>();
      CountDownLatch begun = new CountDownLatch(2);
      Thread[] forkers = new Thread[2];
      TaskGroup.run(
          "g",
          group -> {
            leaked.set((Group) group);
            for (int i = 0; i < forkers.length; i++) {
              forkers[i] =
                  Thread.ofPlatform()
                      .start(() -> {
                        begun.countDown();
                        for (int fork = 0; fork < 50; fork++) {
                          try {
                            group.fork("job", ended::incrementAndGet);
                            accepted.incrementAndGet();
                          } catch (RejectedExecutionException e) {
                            return;
                          }
                        }
                      });
            }
            begun.await();
            spin(ThreadLocalRandom.current().nextInt(20_000));
          });
      int home = ended.get();
      for (Thread forker : forkers) {
        forker.join();
      }
      assertThat(home).isEqualTo(accepted.get()).isEqualTo(ended.get());
      assertThat(leaked.get().workBelow().addsUp()).isTrue();
      assertThat(leaked.get().workBelow().accepted()).isEqualTo(home);
    }
  }

  @Test
  void aCancelBetweenForksLeavesNobodyAsleep() throws Exception {
    for (int round = 0; round < 300; round++) {
      AtomicReference<Group> leaked = new AtomicReference<>();
      Thread[] canceller = new Thread[1];
      long begin = System.nanoTime();
      try {
        TaskGroup.run(
            "g",
            group -> {
              leaked.set((Group) group);
              canceller[0] =
                  Thread.ofPlatform()
                      .start(() -> {
                        spin(ThreadLocalRandom.current().nextInt(20_000));
                        group.cancel("enough");
                      });
              for (int i = 0; i < 50; i++) {
                group.fork(
                    "opener",
                    () ->
                        TaskGroup.run(
                            "inside",
                            inside -> {
                              inside.fork("sleeper", () -> Thread.sleep(Duration.ofHours(1)));
                              inside.join();
                            }));
              }
              group.join();
            });
      } catch (CancellationException | RejectedExecutionException e) {
        assertThat(e).hasMessageContaining("enough");
      }
      canceller[0].join();
      assertThat(leaked.get().workBelow().addsUp()).isTrue();
      assertThat(leaked.get().workBelow().failed()).isZero();
      assertThat(leaked.get().workBelow().abandoned()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(9));
    }
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aCancelledGroupRejectsAndAnAskedOneDoesNot() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    TaskGroup.run(
        "g",
        group -> {
          ((Group) group).askForks(dev.curfew.time.Deadline.never());
          assertThat(StopSignal.current().isSet()).isTrue();
          group.fork("asked, not cancelled", () -> ran.set(true)).join();
          group.cancel("enough");
          assertThatThrownBy(() -> group.fork("late", () -> 1))
              .isInstanceOf(RejectedExecutionException.class)
              .hasMessageContaining("Can't fork late in group /g: it is cancelled: enough (by ");
          AtomicBoolean closed = new AtomicBoolean();
          assertThatThrownBy(() -> group.own("late", (AutoCloseable) () -> closed.set(true)))
              .isInstanceOf(RejectedExecutionException.class);
          assertThat(closed).isTrue();
        });
    assertThat(ran).isTrue();
  }
}
