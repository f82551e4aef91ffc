// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitTest {

  @Test
  void returnsAsSoonAsTheConditionHolds() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Await.until("the third look", () -> looks.incrementAndGet() == 3);
    assertThat(looks).hasValue(3);
  }

  @Test
  void saysWhatItWaitedForInVain() {
    assertThatThrownBy(() -> Await.until("the sun to rise", Duration.ofMillis(5), () -> false))
        .isInstanceOf(AssertionError.class)
        .hasMessage("waited PT0.005S in vain for the sun to rise");
  }

  @Test
  void waitsForAStateAndForTheEnd() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Thread thread =
        Thread.startVirtualThread(() -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
          }
        });
    Await.state(thread, Thread.State.WAITING);
    release.countDown();
    Await.end(thread);
    assertThat(thread.isAlive()).isFalse();
  }
}
