// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Await;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law 5, throw from every line: forks at every depth near the end of a stack. */
@SuppressWarnings("InfiniteRecursion") // that is what it is about
class StackEndTest {
  private static final int FORKS = 600;

  private final AtomicInteger ran = new AtomicInteger();
  // Plain, and written in the frame itself: at the end of the stack a call may be one too many.
  private int returned;
  private int refused;
  private int left = FORKS;

  @ParameterizedTest(name = "owner virtual: {0}, tasks on platform threads: {1}")
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void aForkAtTheEndOfTheStackEitherRunsOrFailsAndTheGroupStaysUsable(
      boolean virtualOwner, boolean platformTasks) throws InterruptedException {
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    Runnable owner =
        () -> {
          try {
            forkDown(platformTasks);
          } catch (Throwable t) {
            wrong.set(t);
          }
        };
    Thread thread =
        virtualOwner
            ? Thread.ofVirtual().unstarted(owner)
            : new Thread(null, owner, "owner", 1 << 20);
    thread.start();
    Await.end(thread);
    assertThat(wrong.get()).isNull();
    assertThat(refused).as("forks that met the end of the stack").isPositive();
  }

  private void forkDown(boolean platformTasks) throws Exception {
    AtomicReference<Group> leaked = new AtomicReference<>();
    GroupOptions<RuntimeException> options = TaskGroup.named("deep");
    (platformTasks ? options.platformThreads() : options)
        .run(group -> {
          leaked.set((Group) group);
          descend(group);
          int before = ran.get();
          Task<Integer> after = group.fork("after", () -> before);
          group.join();
          assertThat(after.get()).isNotNegative();
        });
    WorkCount work = leaked.get().workBelow();
    assertThat(work.addsUp()).as("%s adds up", work).isTrue();
    assertThat(work.failed()).isZero();
    assertThat(work.abandoned()).isZero();
    // The body may have run though its fork threw, and the other way round it must have.
    assertThat(work.completed()).isEqualTo(ran.get() + 1L);
    assertThat(ran.get()).isGreaterThanOrEqualTo(returned);
    assertThat(returned + refused).isEqualTo(FORKS);
  }

  /** To the end of the stack, and on the way back a fork from each frame. */
  private void descend(TaskGroup group) {
    try {
      descend(group);
    } catch (StackOverflowError e) {
      // The end: from here on it goes up.
      if (left == FORKS) {
        Thread.onSpinWait();
      }
    }
    if (left <= 0) {
      return;
    }
    left--;
    boolean done = false;
    try {
      group.fork("job", ran::incrementAndGet);
      done = true;
    } catch (StackOverflowError e) {
      done = false;
    }
    if (done) {
      returned++;
    } else {
      refused++;
    }
  }

  @Test
  void aBlockAShieldAndAHookAtTheEndOfTheStackLeaveNothingBehind() throws Exception {
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    Runnable owner =
        () -> {
          try {
            TaskGroup.run(
                "top",
                top -> {
                  Strand strand = Strand.current();
                  blocksDown(0);
                  assertThat(strand.scope).isSameAs(top);
                  assertThat(strand.shieldDepth()).as("shields that are up").isZero();
                  assertThat(strand.word & Strand.HOOKED).as("armed hooks").isZero();
                });
          } catch (Throwable t) {
            wrong.set(t);
          }
        };
    Thread thread = new Thread(null, owner, "owner", 1 << 20);
    thread.start();
    Await.end(thread);
    assertThat(wrong.get()).isNull();
    assertThat(refused).as("that met the end of the stack").isPositive();
  }

  /** To the end of the stack, and on the way back a block, a shield or a hook from each frame. */
  private void blocksDown(int depth) {
    try {
      blocksDown(depth + 1);
    } catch (StackOverflowError e) {
      // The end: from here on it goes up.
    }
    if (left-- <= 0) {
      return;
    }
    try {
      switch (left % 3) {
        case 0 -> TaskGroup.named("deep").deadline(Duration.ofMinutes(1)).run(group -> {});
        case 1 -> Shield.run(Duration.ofMinutes(1), () -> {});
        default -> Cancellation.onCancel(() -> {}).run(() -> {});
      }
    } catch (StackOverflowError e) {
      refused++;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
