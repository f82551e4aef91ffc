// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending.State;
import dev.curfew.time.Await;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law 13 with real threads: what a cancelled task does that does not end. */
@SuppressWarnings({"FutureReturnValueIgnored", "LockNotBeforeTry", "Finally"}) // threads get stuck
class FinderTest {
  /** Lets what is stuck go on; each test opens it in the end. */
  private final CountDownLatch released = new CountDownLatch(1);

  private volatile boolean over;

  /** Timers, looks and helpers that have nothing to do any more stay for a while. */
  @AfterEach
  void restIsHome() throws InterruptedException {
    Looks.awaitRest();
  }

  private void release() {
    over = true;
    released.countDown();
  }

  private static GroupOptions<RuntimeException> group(boolean virtual) {
    GroupOptions<RuntimeException> options = TaskGroup.named("finder");
    return virtual ? options : options.platformThreads();
  }

  /** What is asked of a task that is stuck, cancelled and looked at. */
  private interface Check {
    void check(Task<?> task, Verdict verdict) throws Exception;
  }

  /** Runs a body that does not answer its cancel until it is judged so, then lets it go. */
  private void judged(boolean virtual, Action stuck, State expected, Check check) throws Exception {
    judged(virtual, stuck, this::release, expected, check);
  }

  private void judged(boolean virtual, Action stuck, Action free, State expected, Check check)
      throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    group(virtual)
        .run(group -> {
          Task<?> task =
              group.fork(
                  "stuck",
                  () -> {
                    begun.countDown();
                    stuck.run();
                  });
          try {
            begun.await();
            Thread.sleep(20); // Not to wait for anything: a cancel before it is stuck is fine.
            task.cancel("enough");
            Await.until(
                "the verdict " + expected + "; it was " + Finder.verdict((Strand) task),
                () -> {
                  Verdict verdict = Finder.verdict((Strand) task);
                  return verdict != null && verdict.state() == expected;
                });
            check.check(task, Finder.verdict((Strand) task));
          } catch (RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          } finally {
            try {
              free.run();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          }
        });
  }

  private static void noSwallow(Verdict verdict) {
    Finding finding = verdict.finding();
    assertThat(finding == null ? null : finding.cause()).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWaitForAMonitorIsFound(boolean virtual) throws Exception {
    Object monitor = new Object();
    CountDownLatch held = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() -> {
              synchronized (monitor) {
                held.countDown();
                awaitRelease();
              }
            });
    held.await();
    judged(
        virtual,
        () -> {
          synchronized (monitor) {
            assertThat(over).isTrue();
          }
        },
        State.BLOCKED,
        (task, verdict) -> {
          noSwallow(verdict);
          assertThat(verdict.finding().at().getClassName()).startsWith(FinderTest.class.getName());
        });
    Await.end(holder);
  }

  private void awaitRelease() {
    try {
      released.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nativeInputIsFound(boolean virtual) throws Exception {
    Process process = new ProcessBuilder("cat").start();
    try (InputStream output = process.getInputStream()) {
      judged(
          virtual,
          () -> {
            int end = output.read();
            assertThat(end).isEqualTo(-1);
          },
          () -> process.getOutputStream().close(),
          State.NATIVE,
          (task, verdict) -> {
            noSwallow(verdict);
            assertThat(verdict.finding().what()).contains("native");
          });
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aComputationIsFound(boolean virtual) throws Exception {
    judged(
        virtual,
        this::compute,
        State.COMPUTING,
        (task, verdict) -> {
          noSwallow(verdict);
          assertThat(verdict.finding().at().getMethodName()).isEqualTo("compute");
          assertThat(verdict.finding().remedy()).contains("Cancellation.check()");
        });
  }

  private void compute() {
    long sum = 0;
    while (!over) {
      sum += sum * 31 + 7;
    }
    assertThat(sum).isNotEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSwallowInALoopIsFoundAndSeenInTheRollCallWhileItRuns(boolean virtual) throws Exception {
    judged(
        virtual,
        this::swallowInALoop,
        State.IGNORED_CANCEL,
        (task, verdict) -> {
          assertThat(verdict.finding().cause()).isEqualTo(Cause.SWALLOWED);
          assertThat(verdict.finding().certain()).isTrue();
          assertThat(verdict.finding().at().getMethodName()).isEqualTo("swallowInALoop");
          RollCall call = RollCall.withStacks(1);
          RollCall.Node node =
              call.nodes().stream().filter(n -> n.name().equals("stuck")).findFirst().orElseThrow();
          assertThat(node.state()).isEqualTo(State.IGNORED_CANCEL);
          assertThat(node.elapsedNanos()).isGreaterThan(Finder.GRACE.toNanos());
          assertThat(node.stack()).isNotEmpty();
          assertThat(call.findings())
              .anySatisfy(finding -> {
                assertThat(finding.path()).isEqualTo(task.path());
                assertThat(finding.at().getMethodName()).isEqualTo("swallowInALoop");
                assertThat(finding.remedy()).contains("FinderTest.swallowInALoop");
              });
          assertThat(call.text()).contains("finding", "swallowInALoop");
        });
    assertThat(RollCall.now().findings()).as("after its end").isEmpty();
  }

  private void swallowInALoop() {
    while (!over) {
      try {
        released.await();
      } catch (InterruptedException e) {
        // Swallowed: the very thing that is looked for.
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptThatWasConsumedIsFoundWhenTheWorkMovesOn(boolean virtual) throws Exception {
    judged(
        virtual,
        () -> dig(0),
        State.IGNORED_CANCEL,
        (task, verdict) -> {
          assertThat(verdict.finding().cause()).isEqualTo(Cause.SWALLOWED);
          assertThat(verdict.finding().certain()).isFalse();
          assertThat(verdict.finding().at().getMethodName()).isEqualTo("dig");
        });
  }

  /** Each interrupt makes it go on one deeper. */
  private void dig(int depth) {
    try {
      released.await();
    } catch (InterruptedException e) {
      dig(depth + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cleanupUnderAShieldIsAccusedOfNothing(boolean virtual) throws Exception {
    judged(
        virtual,
        () -> Shield.run(Duration.ofSeconds(30), released::await),
        State.SHIELDED,
        (task, verdict) -> {
          assertThat(verdict.finding()).isNull();
          Thread.sleep(400); // For more looks; none may change its mind.
          assertThat(Finder.verdict((Strand) task)).isEqualTo(verdict);
        });
  }

  // ---- the waits of the JDK that no interrupt ends

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noUninterruptibleWaitIsTakenForASwallow(boolean virtual) throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    ForkJoinPool pool = new ForkJoinPool(1);
    ForkJoinTask<?> joined = pool.submit(this::awaitRelease);
    Semaphore semaphore = new Semaphore(0);
    ReentrantLock lock = new ReentrantLock();
    ReentrantReadWriteLock readWrite = new ReentrantReadWriteLock();
    ReentrantLock conditions = new ReentrantLock();
    Condition condition = conditions.newCondition();
    Phaser phaser = new Phaser(2);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    // Its close interrupts what runs, once it is interrupted itself, and goes on waiting.
    executor.submit(this::swallowInALoop);
    CountDownLatch locked = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() -> {
              lock.lock();
              readWrite.writeLock().lock();
              locked.countDown();
              awaitRelease();
              readWrite.writeLock().unlock();
              lock.unlock();
            });
    locked.await();
    List<Action> waits =
        List.of(
            future::join,
            joined::join,
            semaphore::acquireUninterruptibly,
            lock::lock,
            () -> readWrite.readLock().lock(),
            () -> {
              conditions.lock();
              try {
                while (!over) {
                  condition.awaitUninterruptibly();
                }
              } finally {
                conditions.unlock();
              }
            },
            phaser::arriveAndAwaitAdvance,
            executor::close);
    List<String> methods =
        List.of(
            "CompletableFuture.join",
            "ForkJoinTask.join",
            "Semaphore.acquireUninterruptibly",
            "ReentrantLock.lock",
            "ReadLock.lock",
            "awaitUninterruptibly",
            "Phaser.arriveAndAwaitAdvance",
            "ExecutorService.close");
    AtomicInteger begun = new AtomicInteger();
    Throwable thrown =
        catchThrowable(() ->
            TaskGroup.run(
                "outer",
                outer -> {
                  // Not the body's own group: the body is to wait, and is not cancelled.
                  TaskGroup group = outer.inner(group(virtual));
                  List<Task<?>> tasks = new ArrayList<>();
                  for (Action wait : waits) {
                    tasks.add(
                        group.fork(
                            "waits",
                            () -> {
                              begun.incrementAndGet();
                              wait.run();
                            }));
                  }
                  Await.until("all to begin", () -> begun.get() == waits.size());
                  group.cancel("enough");
                  try {
                    Await.until(
                        "all verdicts",
                        () -> tasks.stream().allMatch(FinderTest::waitsUninterruptibly));
                    for (int i = 0; i < tasks.size(); i++) {
                      Finding finding = Finder.finding((Strand) tasks.get(i));
                      assertThat(finding.cause()).isNull();
                      assertThat(finding.what()).contains(methods.get(i));
                      assertThat(finding.at().getClassName())
                          .startsWith(FinderTest.class.getName());
                    }
                  } finally {
                    future.complete("done");
                    semaphore.release();
                    release();
                    phaser.arrive();
                    while (!tasks.get(5).isDone()) {
                      conditions.lock();
                      condition.signalAll();
                      conditions.unlock();
                      Thread.onSpinWait();
                    }
                  }
                }));
    assertThat(thrown).isNull();
    Await.end(holder);
    pool.close();
  }

  private static boolean waitsUninterruptibly(Task<?> task) {
    Verdict verdict = Finder.verdict((Strand) task);
    return verdict != null && verdict.state() == State.WAITS_UNINTERRUPTIBLY;
  }

  // ---- nobody else is accused

  @Test
  void fiveThousandSleepersThatGetNoCarrierAreNotAccused() throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    CountDownLatch spinning = new CountDownLatch(carriers);
    List<Thread> spinners = new ArrayList<>();
    List<Finding> accused = new ArrayList<>();
    AtomicInteger asleep = new AtomicInteger();
    AtomicInteger starved = new AtomicInteger();
    Throwable thrown =
        catchThrowable(() ->
            TaskGroup.run(
                "outer",
                outer -> {
                  TaskGroup group = outer.inner("crowd");
                  List<Task<?>> sleepers = new ArrayList<>();
                  for (int i = 0; i < 5_000; i++) {
                    sleepers.add(
                        group.fork(
                            "sleeper",
                            () -> {
                              asleep.incrementAndGet();
                              Thread.sleep(Duration.ofHours(1));
                            }));
                  }
                  Await.until("all to sleep", () -> asleep.get() == 5_000);
                  for (int i = 0; i < carriers; i++) {
                    spinners.add(
                        Thread.ofVirtual()
                            .start(() -> {
                              spinning.countDown();
                              compute();
                            }));
                  }
                  spinning.await();
                  group.cancel("enough");
                  try {
                    Await.until(
                        "verdicts on sleepers that starve",
                        () -> {
                          for (Task<?> sleeper : sleepers) {
                            Verdict verdict = Finder.verdict((Strand) sleeper);
                            if (verdict != null && verdict.finding() != null) {
                              accused.add(verdict.finding());
                            }
                            if (verdict != null && verdict.state() == State.STARVED) {
                              starved.incrementAndGet();
                            }
                          }
                          return starved.get() > 50;
                        });
                  } finally {
                    release();
                  }
                }));
    for (Thread spinner : spinners) {
      Await.end(spinner);
    }
    assertThat(thrown).isNull();
    assertThat(accused).isEmpty();
  }

  @Test
  void whoIsNeverInterruptedHasSwallowedNothing() throws Exception {
    TaskGroup.run(
        "outer",
        outer -> {
          TaskGroup group = outer.inner(TaskGroup.named("h2").signalOnly());
          CountDownLatch begun = new CountDownLatch(1);
          Task<?> task =
              group.fork(
                  "deaf",
                  () -> {
                    begun.countDown();
                    swallowInALoop();
                  });
          begun.await();
          task.cancel("enough");
          try {
            Await.until("a finding", () -> Finder.finding((Strand) task) != null);
            Finding finding = Finder.finding((Strand) task);
            assertThat(finding.cause()).isNull();
            assertThat(finding.certain()).isFalse();
            assertThat(finding.at().getMethodName()).isEqualTo("swallowInALoop");
            assertThat(finding.what()).contains("never interrupted");
          } finally {
            release();
          }
        });
  }

  @Test
  void threadsThatCameAndWentDoNotBlindTheFinder() throws Exception {
    List<Thread> slow = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      slow.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  TaskGroup.run(
                      "slow",
                      group -> {
                        group.cancel("enough");
                        long end = System.nanoTime() + Duration.ofMillis(400).toNanos();
                        while (System.nanoTime() - end < 0) {
                          Thread.onSpinWait();
                          LockSupport.parkNanos(1_000_000);
                          boolean unused = Thread.interrupted();
                        }
                      });
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (Thread thread : slow) {
      Await.end(thread);
    }
    judged(
        true,
        this::swallowInALoop,
        State.IGNORED_CANCEL,
        (task, verdict) ->
            assertThat(verdict.finding().at().getMethodName()).isEqualTo("swallowInALoop"));
  }

  @Test
  void whoWaitsForATaskThatSwallowsIsNotAccusedOfIt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    TaskGroup.run(
        "outer",
        outer -> {
          Task<?> waits =
              outer.fork(
                  "waits",
                  () ->
                      TaskGroup.run(
                          "inner",
                          inner -> {
                            Task<?> unused =
                                inner.fork(
                                    "swallows",
                                    () -> {
                                      begun.countDown();
                                      swallowInALoop();
                                    });
                            inner.join();
                          }));
          begun.await();
          waits.cancel("enough");
          try {
            Await.until(
                "the finding about the one that swallows",
                () ->
                    RollCall.now().findings().stream()
                        .anyMatch(finding -> finding.path().endsWith("/swallows")));
            Thread.sleep(300); // For one more look at the other.
            assertThat(Finder.finding((Strand) waits)).isNull();
            assertThat(RollCall.now().findings()).hasSize(1);
          } finally {
            release();
          }
        });
  }

  @Test
  void whatWasFoundAboutABlockIsForgottenWhenTheBlockIsLeft() throws Exception {
    TaskGroup.run(
        "outer",
        outer -> {
          CountDownLatch left = new CountDownLatch(1);
          CountDownLatch goOn = new CountDownLatch(1);
          Task<?> task =
              outer.fork(
                  "task",
                  () -> {
                    TaskGroup.call(
                        "inner",
                        inner -> {
                          inner.cancel("enough");
                          swallowInALoop();
                          return "value";
                        });
                    left.countDown();
                    goOn.await();
                  });
          Await.until("a finding", () -> Finder.finding((Strand) task) != null);
          release();
          left.await();
          assertThat(Finder.finding((Strand) task)).isNull();
          assertThat(RollCall.now().findings()).isEmpty();
          goOn.countDown();
        });
  }

  @Test
  void aTaskThatReturnsAfterItsCancelKeepsItsResultAndIsNotAccused() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          CountDownLatch begun = new CountDownLatch(1);
          Task<String> task =
              group.fork(
                  "late",
                  () -> {
                    begun.countDown();
                    try {
                      released.await();
                    } catch (InterruptedException e) {
                      return "late";
                    }
                    return "early";
                  });
          begun.await();
          task.cancel("enough");
          assertThat(task.await()).isEqualTo(new Outcome.Completed<>("late"));
        });
    assertThat(RollCall.now().findings()).isEmpty();
  }
}
