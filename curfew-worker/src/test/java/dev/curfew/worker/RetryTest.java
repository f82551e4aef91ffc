// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.JobOutcome;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RetryTest {
  private final WorkerStop stop = new WorkerStop();

  @Test
  void pausesDoubleUpToTheLongest() {
    Retry retry = Retry.atMost(99).withBackoff(ofSeconds(1), ofSeconds(60));
    assertThat(retry.mostAfter(1)).isEqualTo(ofSeconds(1));
    assertThat(retry.mostAfter(2)).isEqualTo(ofSeconds(2));
    assertThat(retry.mostAfter(6)).isEqualTo(ofSeconds(32));
    assertThat(retry.mostAfter(7)).isEqualTo(ofSeconds(60));
    assertThat(retry.mostAfter(Integer.MAX_VALUE)).isEqualTo(ofSeconds(60));
  }

  @Test
  void jitterStaysInItsBounds() {
    Duration most = ofSeconds(8);
    for (int i = 0; i < 10_000; i++) {
      assertThat(Retry.Jitter.full(most)).isBetween(Duration.ZERO, most);
      assertThat(Retry.Jitter.equal(most)).isBetween(ofSeconds(4), most);
      assertThat(Retry.Jitter.above(most)).isGreaterThan(most).isLessThan(ofSeconds(9));
    }
  }

  @Test
  void theLastAttemptIsDead() {
    Retry retry = Retry.atMost(2);
    IOException failure = new IOException("connection reset");
    assertThat(retry.after(failure, 1))
        .isInstanceOfSatisfying(
            JobOutcome.RetryAfter.class,
            later -> {
              assertThat(later.spent()).isTrue();
              assertThat(later.why()).contains("connection reset");
            });
    assertThat(retry.after(failure, 2)).isInstanceOf(JobOutcome.Dead.class);
    assertThat(retry.after(failure, 7)).isInstanceOf(JobOutcome.Dead.class);
  }

  @Test
  void whatIsFinalIsDeadAtOnceAlsoWhenWrapped() {
    Retry never = Retry.atMost(5).neverOn(IllegalArgumentException.class);
    assertThat(never.after(new IllegalArgumentException(), 1)).isInstanceOf(JobOutcome.Dead.class);
    assertThat(never.after(new ExecutionException(new IllegalArgumentException()), 1))
        .isInstanceOf(JobOutcome.Dead.class);
    assertThat(never.after(new IOException(new IllegalArgumentException()), 1))
        .isInstanceOf(JobOutcome.RetryAfter.class);

    Retry only = Retry.atMost(5).onlyOn(IOException.class).neverOn(FileNotFoundException.class);
    assertThat(only.after(new IOException(), 1)).isInstanceOf(JobOutcome.RetryAfter.class);
    assertThat(only.after(new FileNotFoundException(), 1)).isInstanceOf(JobOutcome.Dead.class);
    assertThat(only.after(new IllegalStateException(), 1)).isInstanceOf(JobOutcome.Dead.class);
  }

  @Test
  void aFailureThatCanNotBeReadIsAFailureAllTheSame() {
    RuntimeException unreadable =
        new RuntimeException() {
          private static final long serialVersionUID = 1;

          @Override
          public String getMessage() {
            throw new IllegalStateException("no");
          }
        };
    assertThat(Retry.atMost(2).after(unreadable, 1))
        .isInstanceOfSatisfying(
            JobOutcome.RetryAfter.class, later -> assertThat(later.why()).contains("unreadable"));
  }

  @Test
  void aCallIsTriedUntilItReturns() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    String result =
        Retry.atMost(5)
            .withBackoff(ofMillis(1), ofMillis(2))
            .call(
                stop,
                () -> {
                  if (calls.incrementAndGet() < 4) {
                    throw new IOException("not yet");
                  }
                  return "there";
                });
    assertThat(result).isEqualTo("there");
    assertThat(calls).hasValue(4);
  }

  @Test
  void aPauseEndsWhenTheStopIsAskedForAndTheFailureIsThrown() {
    Retry retry = Retry.atMost(5).withBackoff(ofHours(1), ofHours(1)).withEqualJitter();
    Thread asker = Thread.ofVirtual().unstarted(stop::set);
    assertThatThrownBy(() ->
            retry.call(
                stop,
                () -> {
                  asker.start();
                  throw new IOException("down");
                }))
        .isInstanceOf(IOException.class)
        .hasMessage("down");
  }

  @Test
  void anInterruptIsNeverRetried() {
    AtomicInteger calls = new AtomicInteger();
    assertThatThrownBy(() ->
            Retry.atMost(5)
                .call(
                    stop,
                    () -> {
                      calls.incrementAndGet();
                      throw new InterruptedException("asked to");
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> Retry.atMost(0)).hasMessageContaining("give at least 1");
    assertThatThrownBy(() -> Retry.atMost(1).withBackoff(ofSeconds(2), ofSeconds(1)))
        .hasMessageContaining("the shorter one first");
  }

  @Test
  void aJobsAnswerIsNoFailure() {
    AtomicInteger calls = new AtomicInteger();
    Job job = Jobs.any();
    assertThatThrownBy(() ->
            Retry.atMost(3)
                .withBackoff(ofMillis(1), ofMillis(1))
                .call(
                    stop,
                    () -> {
                      calls.incrementAndGet();
                      throw job.dead("never");
                    }))
        .isInstanceOf(JobException.class);
    assertThat(calls).hasValue(1);
  }
}
