// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static dev.curfew.task.Scenes.sleepUntilCancelled;
import static dev.curfew.task.Scenes.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Await;
import dev.curfew.time.Microscope;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law 21, and the records that it is counted from: none lost, none twice, memory bounded. */
class AccountTest {

  @Test
  void everyAcceptedTaskHasExactlyOneEnd() {
    Scenes.explore(
        500,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          AtomicInteger accepted = new AtomicInteger();
          AtomicInteger begun = new AtomicInteger();
          List<Thread> forkers = new ArrayList<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        leaked.set((Group) group);
                        for (int i = 0; i < 3; i++) {
                          forkers.add(
                              microscope.spawn(
                                  "forker",
                                  () -> forkAllKinds(microscope, group, accepted, begun)));
                        }
                        forkAllKinds(microscope, group, accepted, begun);
                      }));
          for (Thread forker : forkers) {
            forker.join();
          }
          WorkCount work = leaked.get().workBelow();
          assertThat(work.accepted()).isEqualTo(accepted.get());
          assertThat(work.addsUp()).as("%s adds up", work).isTrue();
          assertThat(work.completed() + work.failed() + work.cancelled()).isEqualTo(begun.get());
          assertThat(work.failed() > 0).isEqualTo(thrown != null);
        });
  }

  private static void forkAllKinds(
      Microscope microscope, TaskGroup group, AtomicInteger accepted, AtomicInteger begun) {
    try {
      for (int i = 0; i < 12; i++) {
        int kind = microscope.random().nextInt(i < 10 ? 2 : 4);
        group.fork(
            "job",
            () -> {
              begun.incrementAndGet();
              switch (kind) {
                case 0 -> steps(1);
                case 1 -> TaskGroup.run("empty", inside -> steps(1));
                case 2 -> sleepUntilCancelled();
                default -> throw new IllegalStateException("broken");
              }
            });
        accepted.incrementAndGet();
      }
      group.cancel("nobody ends the sleepers otherwise");
    } catch (RejectedExecutionException e) {
      steps(1); // Somebody else was faster.
    }
  }

  @Test
  void whoeverAddsUpWhileRecordsAreSweptCountsNoneTwice() {
    Scenes.explore(
        200,
        microscope ->
            TaskGroup.run(
                "g",
                block -> {
                  Group group = (Group) block;
                  AtomicBoolean over = new AtomicBoolean();
                  Thread reader =
                      microscope.spawn(
                          "reader",
                          () -> {
                            while (!over.get()) {
                              WorkCount work = group.workBelow();
                              assertThat(work.completed()).isLessThanOrEqualTo(group.accepted());
                              steps(1);
                            }
                          });
                  CountDownLatch release = new CountDownLatch(1);
                  for (int i = 0; i < 600; i++) {
                    if (i < 200 && i % 16 == 0) {
                      group.fork("long", () -> release.await());
                    } else {
                      group.fork("short", () -> {});
                    }
                    if (i == 500) {
                      release.countDown();
                      group.join();
                    }
                  }
                  group.join();
                  over.set(true);
                  reader.join();
                  assertThat(group.workBelow().completed()).isEqualTo(600);
                }));
  }

  @ParameterizedTest(name = "{0} forking threads")
  @ValueSource(ints = {1, 4})
  void longLivedTasksAmongManyShortOnesAreFoundOnceAndTheOthersLeaveNothing(int threads)
      throws Exception {
    int perThread = 400_000 / threads;
    AtomicLong ended = new AtomicLong();
    CountDownLatch release = new CountDownLatch(1);
    TaskGroup.run(
        "g",
        block -> {
          Group group = (Group) block;
          Set<Task<?>> longLived = ConcurrentHashMap.newKeySet();
          Callable<Void> forks =
              () -> {
                for (int i = 0; i < perThread; i++) {
                  if (i % (perThread / 50) == 0) {
                    longLived.add(group.fork("long", () -> release.await()));
                  }
                  group.fork("short", ended::incrementAndGet);
                  if (i % 1000 == 999) {
                    // Not more at once than a machine with few processors can end.
                    Await.until("the short ones", () -> group.forksOut() < 2000);
                  }
                }
                return null;
              };
          if (threads == 1) {
            call(forks);
          } else {
            try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
              for (Future<Void> end : pool.invokeAll(Collections.nCopies(threads, forks))) {
                end.get();
              }
            }
          }
          Await.until("the end of all short ones", () -> ended.get() == (long) perThread * threads);
          Set<Task<?>> found = new HashSet<>();
          AtomicInteger records = new AtomicInteger();
          group.slots.forEach(task -> {
            records.incrementAndGet();
            if (!task.hasEnded()) {
              found.add(task);
            }
          });
          assertThat(found).isEqualTo(longLived);
          assertThat(records.get()).as("records kept").isLessThan(20_000);
          WorkCount work = group.workBelow();
          assertThat(work.accepted()).isEqualTo((long) perThread * threads + longLived.size());
          assertThat(work.open()).isEqualTo(longLived.size());
          release.countDown();
          group.join();
          assertThat(group.workBelow().addsUp()).isTrue();
          assertThat(group.workBelow().completed()).isEqualTo(work.accepted());
        });
  }

  private static void call(Callable<Void> forks) throws ExecutionException {
    try {
      forks.call();
    } catch (Exception e) {
      throw new ExecutionException(e);
    }
  }

  @Test
  void aCancelFindsTheTasksThatASweepMoves() {
    Scenes.explore(
        200,
        microscope -> {
          AtomicReference<Group> leaked = new AtomicReference<>();
          Throwable thrown =
              catchThrowable(() ->
                  TaskGroup.run(
                      "g",
                      group -> {
                        leaked.set((Group) group);
                        int when = microscope.random().nextInt(100, 400);
                        for (int i = 0; i < 400; i++) {
                          if (i == when) {
                            microscope.spawn("canceller", () -> group.cancel("enough"));
                          }
                          if (i % 40 == 0) {
                            group.fork("sleeper", Scenes::sleepUntilCancelled);
                          } else {
                            group.fork("short", () -> {});
                          }
                          steps(1);
                        }
                        group.join();
                      }));
          assertThat(thrown).isNotNull();
          assertThat(microscope.elapsed()).isLessThan(Scenes.FIRST_DELIVERY);
          WorkCount work = leaked.get().workBelow();
          assertThat(work.addsUp()).isTrue();
          assertThat(work.abandoned()).isZero();
        });
  }

  @Test
  void tasksThatWereCancelledAloneLeaveNothingWhenTheirRecordsAreSwept() throws Exception {
    TaskGroup.run(
        "g",
        block -> {
          Group group = (Group) block;
          for (int i = 0; i < 5000; i++) {
            Task<?> task = group.fork("sleeper", () -> Thread.sleep(Duration.ofHours(1)));
            task.cancel("alone");
            var unused = task.await();
          }
          assertThat(group.ownCancels()).hasSizeLessThan(2000);
          assertThat(group.workBelow().cancelled() + group.workBelow().neverStarted())
              .isEqualTo(5000);
        });
  }

  @Test
  void aGroupThatForksForYearsGoesOn() throws Exception {
    TaskGroup.run(
        "g",
        block -> {
          Group group = (Group) block;
          group.fork("first", () -> 1).join();
          pretend(group, Integer.MAX_VALUE - 3L);
          List<Task<Integer>> tasks = new ArrayList<>();
          for (int i = 0; i < 6; i++) {
            int value = i;
            tasks.add(group.fork("job", () -> value));
          }
          group.join();
          assertThat(tasks).extracting(Task::get).containsExactly(0, 1, 2, 3, 4, 5);
          assertThat(group.accepted()).isEqualTo(Integer.MAX_VALUE + 3L);
        });
  }

  /** As if so many forks had been accepted, and had ended. */
  private static void pretend(Group group, long forks) throws ReflectiveOperationException {
    Field cells = Group.class.getDeclaredField("cells");
    cells.setAccessible(true);
    long[] values = (long[]) cells.get(group);
    values[index("WORD")] = forks;
    values[index("FINISHED")] = forks;
  }

  private static int index(String name) throws ReflectiveOperationException {
    Field field = Group.class.getDeclaredField(name);
    field.setAccessible(true);
    return field.getInt(null);
  }
}
