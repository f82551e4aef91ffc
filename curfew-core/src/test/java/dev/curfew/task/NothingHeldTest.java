// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What waits in a wait of ours, or holds a lock while it calls us, leaves nothing behind. */
class NothingHeldTest {
  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
    Findings.take("");
  }

  /** Every wait of ours at once, and a cancel at any moment. */
  @Test
  void aCancelLeavesNoLockHeldAndNobodyRegistered() {
    Looks.everySeedOnTime(microscope -> {
      ReentrantLock lock = new ReentrantLock();
      Semaphore permits = new Semaphore(2);
      AtomicReference<Group> seen = new AtomicReference<>();
      CompletableFuture<String> foreign = new CompletableFuture<>();
      Throwable unused =
          catchThrowable(() ->
              TaskGroup.run(
                  "group",
                  group -> {
                    seen.set((Group) group);
                    group.adopt("adopted", foreign);
                    microscope.spawn(
                        "canceller",
                        () -> {
                          Scenes.steps(microscope.random().nextInt(60));
                          group.cancel("enough");
                        });
                    Task<?> slow = group.fork("sleeps", Looks::sleepUntilInterrupted);
                    group.fork(
                        "awaits a task under a lock",
                        () -> {
                          lock.lockInterruptibly();
                          try {
                            slow.await();
                          } finally {
                            lock.unlock();
                          }
                        });
                    group.fork(
                        "joins under a permit",
                        () -> {
                          permits.acquire();
                          try {
                            slow.join();
                          } finally {
                            permits.release();
                          }
                        });
                    group.fork(
                        "a group under a permit",
                        () -> {
                          permits.acquire();
                          try {
                            TaskGroup.run(
                                "inside", inside -> inside.fork("x", Looks::sleepUntilInterrupted));
                          } finally {
                            permits.release();
                          }
                        });
                    group.fork("awaits the stop", () -> StopSignal.current().await());
                    group.background("asked", StopSignal::await);
                    group.fork(
                        "has a hook",
                        () ->
                            Cancellation.onCancel(Host::step)
                                .run(() -> {
                                  lock.lockInterruptibly();
                                  try {
                                    Looks.sleepUntilInterrupted();
                                  } finally {
                                    lock.unlock();
                                  }
                                }));
                    group.fork(
                        "is shielded",
                        () ->
                            Shield.run(
                                Duration.ofSeconds(1),
                                () -> Microscope.sleep(Duration.ofMillis(5))));
                    group.own("resource", (AutoCloseable) Host::step);
                    group.join();
                  }));

      assertThat(lock.isLocked()).as("the lock is held").isFalse();
      assertThat(permits.availablePermits()).isEqualTo(2);
      assertThat(foreign.isDone()).isTrue();
      Group group = seen.get();
      assertThat(registered(group, "awaiting")).as("threads that await a task").isEmpty();
      assertThat(waiting(group.forkSignal())).as("threads that await the stop").isEmpty();
      assertThat(waiting(group.backgroundSignal())).isEmpty();
      assertThat(((Map<?, ?>) value(null, Hook.class, "ARMED_HOOKS"))).as("hooks").isEmpty();
      // Whoever needs one of our locks gets it: if one were held, nothing could run any more.
      Thread other =
          microscope.spawn(
              "needs every lock",
              () -> {
                group.cancel("again");
                assertThat(group.workBelow().addsUp()).isTrue();
                group.settleUnsettled();
                assertThat(group.holdings.resources()).isEmpty();
                rejected(() -> group.fork("late", () -> {}));
                rejected(() -> group.inner("late"));
                rejected(() -> group.own("late", (AutoCloseable) Host::step));
                var unusedNow = RollCall.now();
                Timers.add(
                    new Timers.Timer(Deadline.in(Duration.ofMillis(1))) {
                      @Override
                      void fire() {
                        Host.step();
                      }
                    });
                TaskGroup.run("next", next -> next.fork("task", () -> {}));
              });
      other.join();
    });
  }

  /** What is awaited lives on, and would keep the thread that no longer waits. */
  @Test
  void whoIsCancelledAloneIsRegisteredNowhereWhileWhatItAwaitedGoesOn() {
    Looks.everySeedOnTime(microscope -> {
      CompletableFuture<String> end = new CompletableFuture<>();
      TaskGroup.run(
          "group",
          group -> {
            Task<String> awaited = group.adopt("awaited", end);
            Task<?> waiter = group.fork("waiter", () -> awaited.await());
            microscope.spawn("canceller", () -> waiter.cancel("enough"));
            Scenes.steps(microscope.random().nextInt(10));
            waiter.await();
            assertThat(registered((Group) group, "awaiting").containsKey(awaited)).isFalse();
            end.complete("value");
          });
    });
  }

  private static void rejected(Action call) {
    assertThat(catchThrowable(call::run)).isInstanceOf(RejectedExecutionException.class);
  }

  private static Map<?, ?> registered(Group group, String field) {
    return (Map<?, ?>) value(group, Group.class, field);
  }

  private static Collection<?> waiting(Signal signal) {
    Object waiting = value(signal, Signal.class, "waiting");
    return waiting == null ? java.util.List.of() : (Collection<?>) waiting;
  }

  private static Object value(Object of, Class<?> type, String name) {
    try {
      Field field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field.get(of);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
