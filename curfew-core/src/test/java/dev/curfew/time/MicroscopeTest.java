// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MicroscopeTest {

  @Test
  void findsALostUpdateWithinAHundredSeeds() {
    assertThatThrownBy(() -> Microscope.explore(100, MicroscopeTest::lostUpdate))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed ")
        .hasMessageContaining("-Dcurfew.seed=")
        .hasMessageContaining("MicroscopeTest#findsALostUpdateWithinAHundredSeeds")
        .hasMessageContaining("expected: 2");
  }

  private static void lostUpdate(Microscope microscope) throws Exception {
    int[] counter = {0};
    Runnable increment =
        () -> {
          int read = counter[0];
          Host.step();
          counter[0] = read + 1;
        };
    Thread one = microscope.spawn("one", increment::run);
    Thread two = microscope.spawn("two", increment::run);
    one.join();
    two.join();
    assertThat(counter[0]).isEqualTo(2);
  }

  @Test
  void passesTheSameUpdateMadeAtomically() {
    Exploration seen =
        Microscope.explore(
            500,
            microscope -> {
              AtomicInteger counter = new AtomicInteger();
              Thread one = microscope.spawn("one", counter::incrementAndGet);
              Thread two = microscope.spawn("two", counter::incrementAndGet);
              one.join();
              two.join();
              assertThat(counter).hasValue(2);
            });
    assertThat(seen.seeds()).isEqualTo(500);
    assertThat(seen.schedules()).isBetween(2, 500);
  }

  @Test
  void reportsALostWakeUpAsADeadlockWithEveryStack() {
    assertThatThrownBy(() -> Microscope.explore(100, MicroscopeTest::lostWakeUp))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("deadlock: nothing can run and no time-out is set")
        .hasMessageContaining("waiter WAITING")
        .hasMessageContaining("MicroscopeTest.lambda$lostWakeUp$");
  }

  /** The waiter registers after it looked: a waker in between sees nobody to wake. */
  private static void lostWakeUp(Microscope microscope) {
    AtomicBoolean ready = new AtomicBoolean();
    AtomicReference<Thread> waiter = new AtomicReference<>();
    microscope.spawn(
        "waiter",
        () -> {
          if (!ready.get()) {
            Host.step();
            waiter.set(Thread.currentThread());
            while (!ready.get() || waiter.get() != null) {
              Host.current().parkNanos(waiter, Long.MAX_VALUE);
            }
          }
        });
    microscope.spawn(
        "waker",
        () -> {
          ready.set(true);
          Host.step();
          LockSupport.unpark(waiter.getAndSet(null));
        });
  }

  @Test
  void findsAnInterruptThatHitsTheNextUserOfTheThread() {
    assertThatThrownBy(() -> Microscope.explore(200, MicroscopeTest::interruptRace))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the interrupt came late");
  }

  /** The canceller checks and then interrupts; in between, the block may have ended. */
  private static void interruptRace(Microscope microscope) {
    AtomicBoolean inBlock = new AtomicBoolean(true);
    Thread worker =
        microscope.spawn(
            "worker",
            () -> {
              Host.step();
              inBlock.set(false);
              boolean unused = Thread.interrupted();
              Host.step();
              if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("the interrupt came late");
              }
            });
    microscope.spawn(
        "canceller",
        () -> {
          if (inBlock.get()) {
            Host.step();
            worker.interrupt();
          }
        });
  }

  @Test
  void theSameSeedGivesTheSameOrder() {
    Set<List<String>> traces = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      Observation first = Microscope.lens().observe(seed, MicroscopeTest::threeTalkers);
      Observation second = Microscope.lens().observe(seed, MicroscopeTest::threeTalkers);
      assertThat(second).isEqualTo(first);
      traces.add(first.trace());
    }
    assertThat(traces).as("different traces of 50 seeds").hasSizeGreaterThan(20);
  }

  private static void threeTalkers(Microscope microscope) {
    for (String name : List.of("a", "b", "c")) {
      microscope.spawn(
          name,
          () -> {
            for (int i = 0; i < 3; i++) {
              microscope.note("says " + i);
              Microscope.sleep(Duration.ofMillis(microscope.random().nextInt(3)));
              Host.step();
            }
          });
    }
  }

  @Test
  void aSeedThatFailedFailsAgainByItself() {
    Throwable first = catchThrowable(() -> Microscope.explore(100, MicroscopeTest::lostUpdate));
    Matcher seed = Pattern.compile("-Dcurfew.seed=(\\d+)").matcher(first.getMessage());
    assertThat(seed.find()).isTrue();
    Lens lens = Microscope.lens();
    assertThatThrownBy(
            () -> lens.observe(Long.parseLong(seed.group(1)), MicroscopeTest::lostUpdate))
        .hasMessage(first.getMessage());
  }

  @Test
  void timeOutsTakeNoTime() {
    long started = System.nanoTime();
    Exploration seen =
        Microscope.explore(
            100,
            microscope -> {
              Deadline end = Deadline.in(Duration.ofHours(1));
              Microscope.sleep(Duration.ofMinutes(59));
              assertThat(end.remaining()).isEqualTo(Duration.ofMinutes(1));
              Microscope.sleep(Duration.ofMinutes(1));
              assertThat(end.hasPassed()).isTrue();
            });
    assertThat(seen.longest()).isEqualTo(Duration.ofHours(1));
    assertThat(System.nanoTime() - started).isLessThan(Duration.ofSeconds(10).toNanos());
  }

  @Test
  void aSleepEndsAtAnInterrupt() {
    Microscope.explore(
        100,
        microscope -> {
          AtomicReference<Duration> woken = new AtomicReference<>();
          Thread sleeper =
              microscope.spawn(
                  "sleeper",
                  () -> {
                    try {
                      Microscope.sleep(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                      woken.set(microscope.elapsed());
                    }
                  });
          Microscope.sleep(Duration.ofSeconds(1));
          sleeper.interrupt();
          sleeper.join();
          assertThat(woken).hasValue(Duration.ofSeconds(1));
        });
  }

  @Test
  void reportsAThreadThatIsLeftOver() {
    assertThatThrownBy(() ->
            Microscope.explore(
                1,
                microscope -> {
                  Runnable forgotten =
                      () -> Host.current().parkNanos("forgotten", Long.MAX_VALUE - 1);
                  Host.current().platformThread("forgotten-one", forgotten).start();
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("left over")
        .hasMessageContaining("forgotten-one WAITING");
  }

  @Test
  void aThreadThatOnlyHasToFinishIsNotLeftOver() {
    Microscope.explore(200, microscope -> Host.current().virtualThread(() -> Host.step()).start());
  }

  @Test
  void anErrorInAnyThreadFailsTheSeedWithItsCause() {
    assertThatThrownBy(() ->
            Microscope.explore(
                1,
                microscope -> {
                  Runnable bad =
                      () -> {
                        throw new IllegalStateException("broken");
                      };
                  Host.current().virtualThread(bad).start();
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("threw java.lang.IllegalStateException: broken")
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void anErrorInAThreadThatTheBodyStartedByItselfFailsTheSeed() {
    assertThatThrownBy(() ->
            Microscope.explore(
                1,
                microscope ->
                    Thread.ofVirtual()
                        .name("own")
                        .start(() -> {
                          throw new IllegalStateException("broken");
                        })))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("own threw java.lang.IllegalStateException: broken");
  }

  @Test
  void reportsASpinThatNothingEnds() {
    assertThatThrownBy(() ->
            Microscope.lens()
                .seeds(1)
                .maxSteps(10_000)
                .explore(microscope -> {
                  while (true) {
                    Host.step();
                  }
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("run away: more than 10000 steps")
        .hasMessageContaining("MicroscopeTest");
  }

  @Test
  void reportsALoopThatOnlyWaits() {
    assertThatThrownBy(() ->
            Microscope.lens()
                .seeds(1)
                .maxTime(Duration.ofHours(1))
                .explore(microscope -> {
                  while (true) {
                    Microscope.sleep(Duration.ofMinutes(1));
                  }
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("run away: nothing happens within PT1H of virtual time");
  }

  @Test
  void reportsASpinWithoutInterleavingPoints() {
    Lens hasty = Microscope.lens().seeds(1).patience(Duration.ofMillis(200));
    assertThatThrownBy(() ->
            hasty.explore(microscope -> {
              while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
              }
            }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("stuck: main has not given way for PT0.2S")
        .hasMessageContaining("MicroscopeTest.lambda$reportsASpinWithoutInterleavingPoints$");
  }

  @Test
  void reportsAMonitorDeadlock() {
    assertThatThrownBy(() ->
            Microscope.explore(
                200,
                microscope -> {
                  Object left = new Object();
                  Object right = new Object();
                  microscope.spawn("left first", () -> lockBoth(left, right));
                  microscope.spawn("right first", () -> lockBoth(right, left));
                }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("deadlock")
        .hasMessageContaining("left first BLOCKED")
        .hasMessageContaining("right first BLOCKED");
  }

  private static void lockBoth(Object first, Object second) {
    synchronized (first) {
      Host.step();
      synchronized (second) {
        Host.step();
      }
    }
  }

  @Test
  void aNotifiedThreadGoesOn() {
    Microscope.explore(
        300,
        microscope -> {
          Object monitor = new Object();
          boolean[] go = {false};
          microscope.spawn(
              "waiter",
              () -> {
                synchronized (monitor) {
                  while (!go[0]) {
                    monitor.wait();
                  }
                }
              });
          synchronized (monitor) {
            go[0] = true;
            monitor.notifyAll();
            Host.step();
          }
        });
  }

  @Test
  void refusesARealTimeSleep() {
    assertThatThrownBy(() -> Microscope.explore(1, microscope -> Thread.sleep(3_600_000)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("real time");
  }

  @Test
  void readsTheStackOfAParkedThread() {
    Microscope.explore(
        100,
        microscope -> {
          CountDownLatch release = new CountDownLatch(1);
          Thread parked = microscope.spawn("parked", release::await);
          microscope.await("parked", () -> parked.getState() == Thread.State.WAITING);
          assertThat(parked.getStackTrace())
              .extracting(StackTraceElement::getMethodName)
              .contains("await");
          release.countDown();
        });
  }

  @Test
  void readingTheStackOfARunnableThreadChangesNothing() {
    Microscope.explore(
        200,
        microscope -> {
          AtomicInteger runs = new AtomicInteger();
          Thread busy =
              microscope.spawn(
                  "busy",
                  () -> {
                    for (int i = 0; i < 5; i++) {
                      Host.step();
                      runs.incrementAndGet();
                    }
                  });
          for (int i = 0; i < 5; i++) {
            assertThat(busy.getStackTrace()).isNotNull();
            Host.step();
          }
          busy.join();
          assertThat(runs).hasValue(5);
        });
  }

  @Test
  void aMonitorHeldAcrossAnInterleavingPointIsHandedOver() {
    Microscope.explore(
        100,
        microscope -> {
          Object monitor = new Object();
          int[] counter = {0};
          for (String name : List.of("a", "b", "c")) {
            microscope.spawn(
                name,
                () -> {
                  synchronized (monitor) {
                    int read = counter[0];
                    Host.step();
                    counter[0] = read + 1;
                  }
                });
          }
          microscope.await("three increments", () -> counter[0] == 3);
        });
  }

  @Test
  void contendedMonitorsReplayToo() {
    Microscope.Body contend =
        microscope -> {
          Object monitor = new Object();
          for (String name : List.of("a", "b", "c", "d")) {
            microscope.spawn(
                name,
                () -> {
                  synchronized (monitor) {
                    Host.step();
                    microscope.note("is in");
                    Microscope.sleep(Duration.ofMillis(1));
                  }
                });
          }
        };
    for (long seed = 0; seed < 50; seed++) {
      Observation first = Microscope.lens().observe(seed, contend);
      assertThat(Microscope.lens().observe(seed, contend)).isEqualTo(first);
      assertThat(first.elapsed()).isEqualTo(Duration.ofMillis(4));
    }
  }

  @Test
  void aStallingClockLetsATimeOutOvertakeWork() {
    AtomicInteger overtaken = new AtomicInteger();
    Microscope.Body race =
        microscope -> {
          AtomicBoolean done = new AtomicBoolean();
          microscope.spawn(
              "worker",
              () -> {
                for (int i = 0; i < 20; i++) {
                  Host.step();
                }
                done.set(true);
              });
          Microscope.sleep(Duration.ofMillis(1));
          if (!done.get()) {
            overtaken.incrementAndGet();
          }
        };
    Microscope.lens().explore(race);
    assertThat(overtaken).as("without stalls work comes first").hasValue(0);
    Microscope.lens().stalling().explore(race);
    assertThat(overtaken.get()).isBetween(1, 199);
  }

  @Test
  void aRefusedStartThrowsAndLeavesNothing() {
    Microscope.explore(
        20,
        microscope -> {
          microscope.refuseStarts(thread -> thread.getName().equals("third"));
          Thread refused = Host.current().platformThread("third", () -> {});
          assertThatThrownBy(refused::start).isInstanceOf(OutOfMemoryError.class);
          assertThat(refused.getState()).isEqualTo(Thread.State.TERMINATED);
        });
  }

  @Test
  void threadsInheritThreadLocalsAndKeepTheirOwnHandler() {
    InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
    Microscope.explore(
        20,
        microscope -> {
          inherited.set("from main");
          AtomicReference<String> seen = new AtomicReference<>();
          Thread child = Host.current().virtualThread(() -> seen.set(inherited.get()));
          Thread.UncaughtExceptionHandler handler = (thread, error) -> {};
          child.setUncaughtExceptionHandler(handler);
          assertThat(child.getUncaughtExceptionHandler()).isSameAs(handler);
          child.start();
          child.join();
          assertThat(seen).hasValue("from main");
        });
  }

  @Test
  void otherThreadsOfTheJvmKeepTheRealHost() throws Exception {
    Thread[] stranger = new Thread[1];
    AtomicReference<Duration> difference = new AtomicReference<>();
    Host before = Host.current();
    Microscope.explore(
        1,
        microscope -> {
          stranger[0] =
              Thread.ofPlatform()
                  .start(() ->
                      difference.set(
                          Duration.ofNanos(Host.current().nanoTime() - System.nanoTime())));
        });
    stranger[0].join();
    assertThat(difference.get().abs()).isLessThan(Duration.ofMinutes(1));
    assertThat(Host.current()).isSameAs(before);
  }

  @Test
  void aThousandSeedsOfASmallScenarioAreQuick() {
    long started = System.nanoTime();
    Exploration seen = Microscope.explore(1000, MicroscopeTest::threeTalkers);
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    assertThat(seen.schedules()).as("schedules in %s, %s", took, seen).isGreaterThan(500);
    assertThat(took).isLessThan(Duration.ofSeconds(10));
  }
}
