// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeadlineTest {

  private final StoppedClock clock = new StoppedClock();
  private Host previous;

  @BeforeEach
  void stopTheClock() {
    previous = Host.install(clock);
  }

  @AfterEach
  void putTheClockBack() {
    Host.install(previous);
  }

  @Test
  void countsDownToTheVeryNanosecond() {
    Deadline deadline = Deadline.in(Duration.ofNanos(10));
    clock.now += 9;
    assertThat(deadline.remaining()).isEqualTo(Duration.ofNanos(1));
    assertThat(deadline.hasPassed()).isFalse();
    clock.now += 1;
    assertThat(deadline.remaining()).isZero();
    assertThat(deadline.hasPassed()).isTrue();
    clock.now += 1;
    assertThat(deadline.remainingNanos()).as("never negative").isZero();
  }

  @Test
  void zeroOrLessHasAlreadyPassed() {
    assertThat(Deadline.in(Duration.ZERO).hasPassed()).isTrue();
    assertThat(Deadline.in(Duration.ofSeconds(-1)).hasPassed()).isTrue();
    assertThat(Deadline.in(Duration.ofSeconds(Long.MIN_VALUE)).hasPassed()).isTrue();
  }

  @Test
  void hugeTimesNeverPass() {
    assertThat(Deadline.in(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Deadline.never());
    assertThat(Deadline.in(Duration.ofNanos(Long.MAX_VALUE))).isEqualTo(Deadline.never());
    Deadline century = Deadline.in(Duration.ofDays(36_500));
    assertThat(century).isNotEqualTo(Deadline.never());
    assertThat(century.remaining()).isEqualTo(Duration.ofDays(36_500));
  }

  @Test
  void neverDoesNotPass() {
    assertThat(Deadline.never().hasPassed()).isFalse();
    assertThat(Deadline.never().remainingNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(Deadline.never()).hasToString("never");
  }

  @Test
  void holdsWhereTheClockWrapsAround() {
    clock.now = Long.MAX_VALUE - 5;
    Deadline before = Deadline.in(Duration.ofNanos(3));
    Deadline after = Deadline.in(Duration.ofNanos(10));
    assertThat(after.remainingNanos()).isEqualTo(10);
    assertThat(before.earlier(after)).isSameAs(before);
    assertThat(after.earlier(before)).isSameAs(before);
    clock.now += 7;
    assertThat(before.hasPassed()).isTrue();
    assertThat(after.remainingNanos()).isEqualTo(3);
  }

  @Test
  void theEarlierOfTwoWinsAndThisOneOnATie() {
    Deadline soon = Deadline.in(Duration.ofSeconds(1));
    Deadline late = Deadline.in(Duration.ofSeconds(2));
    Deadline alsoSoon = Deadline.in(Duration.ofSeconds(1));
    assertThat(late.earlier(soon)).isSameAs(soon);
    assertThat(soon.earlier(alsoSoon)).isSameAs(soon);
    assertThat(soon.earlier(Deadline.never())).isSameAs(soon);
    assertThat(Deadline.never().earlier(soon)).isSameAs(soon);
    assertThat(Deadline.never().earlier(Deadline.never())).isSameAs(Deadline.never());
  }

  @Test
  void equalsByMoment() {
    assertThat(Deadline.at(7)).isEqualTo(Deadline.at(7)).hasSameHashCodeAs(Deadline.at(7));
    assertThat(Deadline.at(7)).isNotEqualTo(Deadline.at(8));
    assertThat(Deadline.at(0)).isNotEqualTo(Deadline.never());
  }

  @Test
  void saysHowMuchIsLeftOrHowLongAgoItPassed() {
    Deadline deadline = Deadline.in(Duration.ofSeconds(3));
    assertThat(deadline).hasToString("in PT3S");
    clock.now += Duration.ofSeconds(5).toNanos();
    assertThat(deadline).hasToString("passed PT2S ago");
  }

  @Test
  void nullIsRefusedWithWhatToUseInstead() {
    assertThatNullPointerException()
        .isThrownBy(() -> Deadline.in(null))
        .withMessageContaining("Deadline.never()");
    assertThatNullPointerException()
        .isThrownBy(() -> Deadline.never().earlier(null))
        .withMessageContaining("Deadline.never()");
  }

  private static final class StoppedClock extends Host {
    private long now = 42;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public Instant wallTime() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Thread virtualThread(Runnable body) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Thread platformThread(String name, Runnable body) {
      throw new UnsupportedOperationException();
    }
  }
}
