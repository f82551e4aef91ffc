// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What holds when many use the queue at once, from several processes. */
abstract class QueueStormContract extends QueueContract {
  private final Queue failures = new Queue();

  /** What was thrown by threads that should throw nothing. */
  private static final class Queue {
    final ConcurrentLinkedQueue<Throwable> all = new ConcurrentLinkedQueue<>();

    void check() {
      assertThat(all).isEmpty();
    }
  }

  /** Starts a thread whose failure fails the test. */
  private Thread watched(Work work) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            work.run();
          } catch (Exception | AssertionError e) {
            failures.all.add(e);
          }
        });
  }

  @Test
  void aUniqueKeyThatManyPutIsAddedOnce() throws Exception {
    List<SqlJobQueue> queues = List.of(open(), open());
    for (int round = 0; round < 20; round++) {
      String key = "key " + round;
      CountDownLatch go = new CountDownLatch(1);
      ConcurrentLinkedQueue<Put> puts = new ConcurrentLinkedQueue<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        SqlJobQueue queue = queues.get(i % 2);
        // Two keys in either order, so that two of them could wait for each other.
        List<NewJob> jobs =
            List.of(
                NewJob.of("x").withUniqueKey((i < 3 ? "a " : "b ") + key),
                NewJob.of("x").withUniqueKey((i < 3 ? "b " : "a ") + key));
        threads.add(
            watched(() -> {
              go.await();
              puts.addAll(queue.putAll(jobs));
            }));
      }
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      failures.check();
      assertThat(puts).hasSize(12).filteredOn(Put::added).hasSize(2);
      assertThat(puts.stream().map(Put::id).distinct()).hasSize(2);
    }
    assertThat(queues.getFirst().stats().due()).isEqualTo(40);
  }

  @Test
  void manyThatUseTheQueueGetInNobodysWay() throws Exception {
    int jobs = 1500;
    List<SqlJobQueue> queues = List.of(open(), open(), open());
    Map<UUID, AtomicInteger> done = new ConcurrentHashMap<>();
    AtomicInteger settled = new AtomicInteger();
    CountDownLatch putting = new CountDownLatch(2);
    List<Thread> threads = new ArrayList<>();
    for (int p = 0; p < 2; p++) {
      SqlJobQueue queue = queues.get(p);
      int seed = p;
      threads.add(
          watched(() -> {
            Random random = new Random(seed);
            for (int put = 0; put < jobs / 2; ) {
              int size = Math.min(1 + random.nextInt(40), jobs / 2 - put);
              List<NewJob> batch = new ArrayList<>();
              for (int i = 0; i < size; i++) {
                batch.add(
                    NewJob.of("job")
                        .withPriority(random.nextInt(3))
                        .in(Duration.ofMillis(random.nextInt(3) * 20L)));
              }
              queue.putAll(batch);
              put += size;
            }
            putting.countDown();
          }));
    }
    for (int w = 0; w < 6; w++) {
      SqlJobQueue queue = queues.get(w % 3);
      int seed = w;
      threads.add(
          watched(() -> {
            Random random = new Random(seed);
            try (JobConsumer consumer = queue.consume("storm " + seed, LEASE)) {
              Thread beats =
                  watched(() -> {
                    while (settled.get() < jobs) {
                      assertThat(consumer.beat()).isTrue();
                    }
                  });
              while (settled.get() < jobs) {
                List<Claim> claims = consumer.claim(1 + random.nextInt(30), Duration.ofMillis(50));
                List<Settlement> settlements = new ArrayList<>();
                for (Claim claim : claims) {
                  settlements.add(
                      new Settlement(
                          claim,
                          switch (random.nextInt(8)) {
                            case 0 -> giveBack(true);
                            case 1 -> retry(Duration.ofMillis(random.nextInt(9)), true, "r");
                            default -> DONE;
                          }));
                }
                java.util.Collections.shuffle(settlements, random);
                List<Settled> answers = consumer.settle(settlements);
                assertThat(answers).allMatch(answer -> answer == Settled.APPLIED);
                for (Settlement settlement : settlements) {
                  if (settlement.outcome().equals(DONE)) {
                    done.computeIfAbsent(settlement.claim().id(), id -> new AtomicInteger())
                        .incrementAndGet();
                    settled.incrementAndGet();
                  }
                }
              }
              beats.join();
            }
          }));
    }
    threads.add(
        watched(() -> {
          while (settled.get() < jobs) {
            List<UUID> ids =
                queues.get(2).list(JobState.WAITING, 50).stream().map(JobView::id).toList();
            queues.get(2).requeue(ids);
          }
        }));
    for (Thread thread : threads) {
      thread.join();
    }
    failures.check();
    assertThat(putting.getCount()).isZero();
    assertThat(done).hasSize(jobs);
    assertThat(done.values()).allMatch(count -> count.get() == 1);
    assertThat(queues.getFirst().stats())
        .matches(s -> s.due() + s.later() + s.running() + s.dead() == 0);
  }

  /**
   * Consumers that beat too rarely lose their jobs again and again, while they claim and settle.
   * Whoever is told that a settlement was applied had the job, and nobody else did.
   */
  @Test
  void takingBackNeverMeetsAClaim() throws Exception {
    int jobs = 60;
    SqlQueueOptions options = SqlQueueOptions.defaults().withCrashLimit(1_000_000);
    List<SqlJobQueue> queues = List.of(open(options), open(options));
    Set<UUID> all = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < jobs; i++) {
      all.add(queues.getFirst().put(NewJob.of("x")).id());
    }
    Map<UUID, AtomicInteger> done = new ConcurrentHashMap<>();
    AtomicInteger losses = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    CountDownLatch end = new CountDownLatch(1);
    for (int w = 0; w < 4; w++) {
      SqlJobQueue queue = queues.get(w % 2);
      int seed = w;
      threads.add(
          watched(() -> {
            Random random = new Random(seed);
            try (JobConsumer consumer = queue.consume("late " + seed, SHORT)) {
              while (end.getCount() > 0) {
                List<Claim> claims = consumer.claim(3, Duration.ofMillis(20));
                // Now and then beyond the lease, which is what this is about.
                Thread.sleep(random.nextInt(10) == 0 ? 1100 : random.nextInt(20));
                for (Claim claim : claims) {
                  boolean finish = random.nextInt(4) == 0;
                  Settled answer = settle(consumer, claim, finish ? DONE : giveBack(true));
                  if (finish && answer == Settled.APPLIED) {
                    done.computeIfAbsent(claim.id(), id -> new AtomicInteger()).incrementAndGet();
                  }
                }
                if (random.nextInt(3) == 0 && !consumer.beat()) {
                  losses.incrementAndGet();
                }
                if (done.size() == jobs) {
                  end.countDown();
                }
              }
            }
          }));
    }
    JobConsumer watcher = closing(queues.get(1).consume("watcher", LEASE));
    threads.add(
        watched(() -> {
          while (end.getCount() > 0) {
            assertThat(watcher.beat()).isTrue();
          }
        }));
    for (Thread thread : threads) {
      thread.join();
    }
    failures.check();
    assertThat(done.keySet()).isEqualTo(all);
    assertThat(done.values()).allMatch(count -> count.get() == 1);
    assertThat(losses.get()).isPositive();
    assertThat(queues.getFirst().stats())
        .matches(s -> s.due() + s.later() + s.running() + s.dead() == 0);
  }

  /** An interrupt either comes before anything was done, or the put says that it was done. */
  @Test
  void interruptsLeaveNothingHalfDone() throws Exception {
    SqlJobQueue queue = open();
    Set<UUID> returned = ConcurrentHashMap.newKeySet();
    Set<UUID> interrupted = ConcurrentHashMap.newKeySet();
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      NewJob job = NewJob.of("x");
      Runnable put =
          () -> {
            try {
              queue.put(job);
              returned.add(job.id());
            } catch (InterruptedException e) {
              assertThat(e.getMessage() == null || !e.getMessage().contains("not known")).isTrue();
              interrupted.add(job.id());
            } catch (RuntimeException | AssertionError e) {
              failures.all.add(e);
            }
          };
      Thread thread = i % 2 == 0 ? Thread.ofVirtual().start(put) : Thread.ofPlatform().start(put);
      int spins = random.nextInt(20_000);
      for (int s = 0; s < spins; s++) {
        Thread.onSpinWait();
      }
      thread.interrupt();
      thread.join();
    }
    failures.check();
    assertThat(returned.size() + interrupted.size()).isEqualTo(300);
    for (UUID id : returned) {
      assertThat(queue.find(id)).isPresent();
    }
    for (UUID id : interrupted) {
      assertThat(queue.find(id)).isEmpty();
    }
    JobConsumer consumer = closing(consumer(queue));
    Set<UUID> claimed = ConcurrentHashMap.newKeySet();
    while (claimed.size() < returned.size()) {
      Thread thread =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  consumer.claim(3, SOON).forEach(claim -> claimed.add(claim.id()));
                } catch (InterruptedException e) {
                  // Then none was taken, and the next round gets them.
                } catch (RuntimeException e) {
                  failures.all.add(e);
                }
              });
      int spins = random.nextInt(20_000);
      for (int s = 0; s < spins; s++) {
        Thread.onSpinWait();
      }
      thread.interrupt();
      thread.join();
      failures.check();
    }
    assertThat(claimed).isEqualTo(returned);
  }
}
