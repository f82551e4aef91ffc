// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.time.Await;
import java.io.InputStream;
import java.nio.channels.Pipe;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Law 8 with real threads: whose flag is set after a block. */
class FlagStressTest {
  private static final Duration AS_LONG = Duration.ofMillis(1500);

  @AfterEach
  void restIsHome() throws InterruptedException {
    Looks.awaitRest();
  }

  @Test
  void noFlagOfOursReachesTheNextJobOfAPool() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    AtomicReference<TaskGroup> open = new AtomicReference<>();
    AtomicInteger blocks = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    AtomicInteger leaks = new AtomicInteger();
    long end = System.nanoTime() + AS_LONG.toNanos();
    Thread canceller =
        Thread.ofPlatform()
            .start(() -> {
              while (System.nanoTime() - end < 0) {
                TaskGroup group = open.getAndSet(null);
                if (group != null) {
                  group.cancel("enough");
                }
              }
            });
    List<Future<?>> workers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      workers.add(
          pool.submit(() -> {
            while (System.nanoTime() - end < 0) {
              try {
                TaskGroup.run(
                    "job",
                    group -> {
                      open.set(group);
                      int spins = ThreadLocalRandom.current().nextInt(2_000);
                      for (int spin = 0; spin < spins; spin++) {
                        Thread.onSpinWait();
                      }
                      if (spins % 4 == 0) {
                        Shield.run(Duration.ofSeconds(1), Thread::onSpinWait);
                      } else if (spins % 4 == 1) {
                        Task<?> unused = group.fork("fork", () -> {});
                        group.join();
                      }
                    });
              } catch (CancellationException | InterruptedException e) {
                cancelled.incrementAndGet();
              }
              blocks.incrementAndGet();
              if (Thread.interrupted()) {
                leaks.incrementAndGet();
              }
              for (int spin = 0; spin < 500; spin++) {
                Thread.onSpinWait();
              }
              if (Thread.interrupted()) {
                leaks.incrementAndGet();
              }
            }
            return null;
          }));
    }
    for (Future<?> worker : workers) {
      Object unused = worker.get();
    }
    Await.end(canceller);
    pool.close();
    assertThat(leaks).hasValue(0);
    assertThat(blocks.get()).isGreaterThan(100);
    assertThat(cancelled.get()).isPositive();
  }

  @Test
  void aForeignFlagSurvivesBlocksThatAreCancelled() throws Exception {
    AtomicReference<TaskGroup> open = new AtomicReference<>();
    AtomicInteger lost = new AtomicInteger();
    long end = System.nanoTime() + AS_LONG.toNanos();
    Thread canceller =
        Thread.ofPlatform()
            .start(() -> {
              while (System.nanoTime() - end < 0) {
                TaskGroup group = open.getAndSet(null);
                if (group != null) {
                  group.cancel("enough");
                }
              }
            });
    Thread worker =
        Thread.ofPlatform()
            .start(() -> {
              while (System.nanoTime() - end < 0) {
                try {
                  TaskGroup.run(
                      "job",
                      group -> {
                        Thread.currentThread().interrupt();
                        open.set(group);
                        int spins = ThreadLocalRandom.current().nextInt(500);
                        for (int spin = 0; spin < spins; spin++) {
                          Thread.onSpinWait();
                        }
                      });
                } catch (Exception e) {
                  // A block that was cancelled; what counts is the flag.
                }
                if (!Thread.interrupted()) {
                  lost.incrementAndGet();
                }
              }
            });
    Await.end(worker);
    Await.end(canceller);
    assertThat(lost).hasValue(0);
  }

  // ---- interrupts that run foreign code

  /** A channel whose close does as the test says. */
  private static final class Foreign extends AbstractInterruptibleChannel {
    final CountDownLatch blocked = new CountDownLatch(1);
    private final Action close;

    Foreign(Action close) {
      this.close = close;
    }

    void block() throws Exception {
      begin();
      try {
        blocked.countDown();
        new CountDownLatch(1).await();
      } finally {
        end(false);
      }
    }

    @Override
    protected void implCloseChannel() {
      try {
        close.run();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void aChannelWhoseCloseThrowsKeepsNobodyFromHearingOfTheCancel() throws Exception {
    Foreign channel =
        new Foreign(() -> {
          throw new IllegalStateException("the close is broken");
        });
    AtomicInteger interrupted = new AtomicInteger();
    TaskGroup.run(
        "outer",
        outer -> {
          TaskGroup group = outer.inner("group");
          List<Task<?>> tasks = new ArrayList<>();
          tasks.add(group.fork("channel", channel::block));
          channel.blocked.await();
          CountDownLatch begun = new CountDownLatch(1);
          tasks.add(
              group.fork(
                  "next",
                  () -> {
                    begun.countDown();
                    try {
                      new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                      interrupted.incrementAndGet();
                      throw e;
                    }
                  }));
          begun.await();
          group.cancel("enough");
          for (Task<?> task : tasks) {
            Outcome<?> unused = task.await();
          }
        });
    assertThat(interrupted).hasValue(1);
    assertThat(Findings.take(""))
        .anySatisfy(finding -> assertThat(finding.what()).contains("the close is broken"));
  }

  @Test
  void aChannelWhoseCloseHangsHoldsUpItsCancellerAndNobodyElse() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Foreign channel = new Foreign(release::await);
    TaskGroup.run(
        "outer",
        outer -> {
          TaskGroup group = outer.inner("group");
          Task<?> blocked = group.fork("channel", channel::block);
          channel.blocked.await();
          Task<?> next = group.fork("next", () -> new CountDownLatch(1).await());
          Thread canceller = Thread.ofPlatform().start(() -> group.cancel("enough"));
          try {
            assertThat(next.await()).isInstanceOf(Outcome.Cancelled.class);
            assertThat(canceller.isAlive()).isTrue();
          } finally {
            release.countDown();
          }
          Await.end(canceller);
          Outcome<?> unused = blocked.await();
        });
  }

  @Test
  void aChannelOfTheJdkIsClosedAndItsTaskCountsAsCancelled() throws Exception {
    Pipe pipe = Pipe.open();
    AtomicReference<Task<?>> task = new AtomicReference<>();
    try (InputStream in = java.nio.channels.Channels.newInputStream(pipe.source())) {
      // On a platform thread: for virtual ones the JDK starts pollers, which it keeps.
      TaskGroup.named("group")
          .platformThreads()
          .run(group -> {
            CountDownLatch begun = new CountDownLatch(1);
            task.set(
                group.fork(
                    "reads",
                    () -> {
                      begun.countDown();
                      int unused = in.read();
                    }));
            begun.await();
            task.get().cancel("enough");
            Outcome<?> unused = task.get().await();
          });
    }
    pipe.sink().close();
    assertThat(task.get().outcome())
        .isInstanceOfSatisfying(
            Outcome.Cancelled.class,
            cancelled ->
                assertThat(cancelled.late())
                    .isInstanceOf(java.nio.channels.ClosedByInterruptException.class));
  }
}
