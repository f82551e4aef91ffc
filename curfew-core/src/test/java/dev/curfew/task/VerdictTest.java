// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Cause;
import dev.curfew.report.Pending.State;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows of the table of the swallow finder, with stacks made by hand. */
class VerdictTest {
  private static final StackTraceElement SLEEP = jdk("java.lang.Thread", "sleep", 500);
  private static final StackTraceElement COPY = app("com.acme.Mirror", "copy", 77);
  private static final StackTraceElement MAIN = app("com.acme.Crawler", "crawl", 31);
  private static final StackTraceElement RUN = jdk("java.lang.VirtualThread", "run", 400);

  private static StackTraceElement jdk(String type, String method, int line) {
    return new StackTraceElement(null, "java.base", "25", type, method, "Jdk.java", line);
  }

  private static StackTraceElement nativeMethod(String type, String method) {
    return new StackTraceElement(null, "java.base", "25", type, method, "Jdk.java", -2);
  }

  private static StackTraceElement app(String type, String method, int line) {
    return new StackTraceElement("app", null, null, type, method, "App.java", line);
  }

  private static StackTraceElement own(String type, String method) {
    return new StackTraceElement("app", null, null, "dev.curfew.task." + type, method, "X.java", 1);
  }

  private static StackTraceElement[] stack(StackTraceElement... frames) {
    return frames;
  }

  private static Verdict flagSet(Thread.State state, StackTraceElement... now) {
    return Verdict.of("/crawler/fetch", true, state, now, now, true);
  }

  private static Verdict flagClear(Thread.State state, StackTraceElement... now) {
    return Verdict.of("/crawler/fetch", false, state, now, now, true);
  }

  @Test
  void aThreadThatWaitsForAMonitorIsBlocked() {
    Verdict verdict = flagSet(Thread.State.BLOCKED, COPY, MAIN, RUN);
    assertThat(verdict.state()).isEqualTo(State.BLOCKED);
    assertThat(verdict.finding().cause()).isNull();
    assertThat(verdict.finding().at()).isEqualTo(COPY);
    assertThat(verdict.finding().remedy()).contains("lockInterruptibly");
  }

  @Test
  void aNativeFrameOnTopIsInputOrOutput() {
    StackTraceElement read = nativeMethod("java.io.FileInputStream", "readBytes");
    Verdict verdict = flagSet(Thread.State.RUNNABLE, read, COPY, RUN);
    assertThat(verdict.state()).isEqualTo(State.NATIVE);
    assertThat(verdict.finding().what()).contains("FileInputStream.readBytes");
    assertThat(verdict.finding().at()).isEqualTo(COPY);
    assertThat(verdict.finding().remedy()).contains("onCancel");
  }

  @Test
  void aRunnableThreadThatIsParkedIsStarvedWhateverItsFlag() {
    StackTraceElement park = jdk("java.lang.VirtualThread", "parkNanos", 800);
    assertThat(flagSet(Thread.State.RUNNABLE, park, SLEEP, COPY, RUN))
        .isEqualTo(new Verdict(State.STARVED, null));
    assertThat(flagClear(Thread.State.RUNNABLE, park, SLEEP, COPY, RUN))
        .isEqualTo(new Verdict(State.STARVED, null));
  }

  @Test
  void aRunnableThreadWithItsFlagSetComputes() {
    Verdict verdict = flagSet(Thread.State.RUNNABLE, COPY, MAIN, RUN);
    assertThat(verdict.state()).isEqualTo(State.COMPUTING);
    assertThat(verdict.finding().cause()).isNull();
    assertThat(verdict.finding().remedy()).contains("Cancellation.check()");
  }

  @Test
  void aThreadThatHasNotReactedYetIsAccusedOfNothing() {
    assertThat(flagSet(Thread.State.TIMED_WAITING, SLEEP, COPY, RUN))
        .isEqualTo(new Verdict(State.CANCELLED, null));
    assertThat(flagSet(Thread.State.RUNNABLE)).isEqualTo(new Verdict(State.CANCELLED, null));
  }

  @ParameterizedTest
  @CsvSource({
    "java.util.concurrent.CompletableFuture, join",
    "java.util.concurrent.ForkJoinTask, join",
    "java.util.concurrent.Semaphore, acquireUninterruptibly",
    "java.util.concurrent.locks.ReentrantLock, lock",
    "java.util.concurrent.locks.ReentrantReadWriteLock$ReadLock, lock",
    "java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject, awaitUninterruptibly",
    "java.util.concurrent.Phaser, arriveAndAwaitAdvance",
    "java.util.concurrent.ExecutorService, close"
  })
  void anUninterruptibleWaitIsNamedAndNoSwallow(String type, String method) {
    StackTraceElement wait = jdk(type, method, 10);
    StackTraceElement park = jdk("java.util.concurrent.locks.LockSupport", "park", 5);
    for (boolean flag : new boolean[] {true, false}) {
      StackTraceElement[] now = stack(park, wait, COPY, MAIN, RUN);
      Verdict verdict = Verdict.of("/a", flag, Thread.State.WAITING, now, now, true);
      assertThat(verdict.state()).isEqualTo(State.WAITS_UNINTERRUPTIBLY);
      assertThat(verdict.finding().cause()).isNull();
      assertThat(verdict.finding().at()).isEqualTo(COPY);
      assertThat(verdict.finding().what()).contains("." + method);
    }
  }

  @Test
  void theSameMethodCalledByTheApplicationsOwnCallerIsNotTheWait() {
    // The application is called back from inside a join: what waits is its own sleep.
    StackTraceElement join = jdk("java.util.concurrent.ForkJoinTask", "join", 10);
    Verdict verdict = flagClear(Thread.State.TIMED_WAITING, SLEEP, COPY, join, MAIN, RUN);
    assertThat(verdict.state()).isEqualTo(State.IGNORED_CANCEL);
  }

  @Test
  void theSameStackWithAClearFlagIsASwallowInALoop() {
    Verdict verdict = flagClear(Thread.State.TIMED_WAITING, SLEEP, COPY, MAIN, RUN);
    assertThat(verdict.state()).isEqualTo(State.IGNORED_CANCEL);
    assertThat(verdict.finding().cause()).isEqualTo(Cause.SWALLOWED);
    assertThat(verdict.finding().certain()).isTrue();
    assertThat(verdict.finding().at()).isEqualTo(COPY);
    assertThat(verdict.finding().what())
        .isEqualTo("the interrupt was consumed in Mirror.copy and the loop went on");
    assertThat(verdict.finding().remedy())
        .isEqualTo("let InterruptedException leave Mirror.copy, or return after cleanup");
  }

  @Test
  void anotherStackWithAClearFlagIsCleanupUntilTheGraceIsOver() {
    StackTraceElement[] before = stack(SLEEP, COPY, MAIN, RUN);
    StackTraceElement flush = app("com.acme.Mirror", "flush", 90);
    StackTraceElement later = app("com.acme.Crawler", "crawl", 33);
    StackTraceElement[] now = stack(SLEEP, flush, later, RUN);
    assertThat(Verdict.of("/a", false, Thread.State.WAITING, before, now, false))
        .isEqualTo(new Verdict(State.CLEANING_UP, null));
    Verdict verdict = Verdict.of("/a", false, Thread.State.WAITING, before, now, true);
    assertThat(verdict.state()).isEqualTo(State.IGNORED_CANCEL);
    assertThat(verdict.finding().certain()).isFalse();
    // Where the common prefix ends: crawl() called copy() at line 31 and is at line 33 now.
    assertThat(verdict.finding().at()).isEqualTo(later);
  }

  @Test
  void whoWaitsForItsOwnGroupIsNotAccused() {
    for (boolean flag : List.of(true, false)) {
      StackTraceElement[] now =
          stack(
              jdk("java.util.concurrent.locks.LockSupport", "park", 5),
              own("Walk", "end"),
              own("Block", "call"),
              COPY,
              RUN);
      assertThat(Verdict.of("/a", flag, Thread.State.WAITING, now, now, true))
          .isEqualTo(new Verdict(State.CANCELLED, null));
    }
  }

  @Test
  void aLoopThatSwallowsTheInterruptOfOurOwnWaitIsAccused() {
    StackTraceElement await = own("Signal$View", "await");
    Verdict verdict = flagClear(Thread.State.TIMED_WAITING, await, COPY, RUN);
    assertThat(verdict.state()).isEqualTo(State.IGNORED_CANCEL);
    assertThat(verdict.finding().at()).isEqualTo(COPY);
  }

  @Test
  void whoWaitsForAFutureThatDoesNotStopIsNamedAndNotAccusedOfASwallow() {
    StackTraceElement park = jdk("java.util.concurrent.locks.LockSupport", "park", 1);
    StackTraceElement[] now =
        stack(park, own("Adopted", "stop"), own("Adopted", "call"), own("GroupTask", "run"));
    for (boolean flag : new boolean[] {true, false}) {
      Verdict verdict = Verdict.of("/a", flag, Thread.State.WAITING, now, now, true);
      assertThat(verdict.state()).isEqualTo(State.WAITS_UNINTERRUPTIBLY);
      assertThat(verdict.finding().cause()).isNull();
      assertThat(verdict.finding().what()).contains("the future that it adopted");
      assertThat(verdict.finding().remedy()).contains("adopt()");
    }
    assertThat(Verdict.ofUninterrupted("/a", now).finding()).isNull();
  }

  @Test
  void whatDependsOnAnAdoptedFutureIsAccusedByItself() {
    StackTraceElement sleep = jdk("java.lang.Thread", "sleep", 1);
    Verdict verdict = flagClear(Thread.State.TIMED_WAITING, sleep, COPY, own("Adopted", "stop"));
    assertThat(verdict.finding().cause()).isEqualTo(Cause.SWALLOWED);
    assertThat(verdict.finding().at()).isEqualTo(COPY);
  }
}
