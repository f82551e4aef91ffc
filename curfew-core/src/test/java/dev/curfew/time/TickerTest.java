// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TickerTest {
  @Test
  void aFloodOfReadingsIsServedByOneThreadThatEndsByItself() throws InterruptedException {
    Await.until("the thread that ticks", () -> readingsAreNotAhead(5000) && someoneTicks());

    Await.until("its end", () -> !someoneTicks());
    long before = System.nanoTime();
    assertThat(Ticker.nanoTime() - before).as("a single reading is exact").isNotNegative();
  }

  @Test
  void aReadingIsNeverAheadOfTheClock() {
    assertThat(readingsAreNotAhead(200_000)).isTrue();
  }

  private static boolean readingsAreNotAhead(int times) {
    boolean ahead = false;
    for (int i = 0; i < times; i++) {
      long read = Ticker.nanoTime();
      ahead |= System.nanoTime() - read < 0;
    }
    return !ahead;
  }

  private static boolean someoneTicks() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("curfew-ticker"));
  }
}
