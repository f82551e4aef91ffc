// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WatchdogTest {
  private final Stage stage = new Stage();
  private final Watchdog watchdog = new Watchdog(stage.ending);

  @Test
  void itHaltsAtTheDeadlineWith75() throws InterruptedException {
    watchdog.start();
    long start = Host.current().nanoTime();

    watchdog.lower(start + ofMillis(200).toNanos());

    assertThat(stage.ended.await(Deadline.in(ofSeconds(10)))).isTrue();
    assertThat(stage.halts).containsExactly(75);
    assertThat(Duration.ofNanos(Host.current().nanoTime() - start))
        .isGreaterThanOrEqualTo(ofMillis(200));
  }

  @Test
  void theDeadlineIsOnlyEverLowered() throws InterruptedException {
    watchdog.start();
    long start = Host.current().nanoTime();

    watchdog.lower(start + ofMillis(200).toNanos());
    watchdog.lower(start + ofSeconds(99).toNanos());

    assertThat(stage.ended.await(Deadline.in(ofSeconds(10)))).isTrue();
  }

  @Test
  void itHaltsWithTheCodeThatWasDecided() throws InterruptedException {
    watchdog.start();
    watchdog.exitCode(0);

    watchdog.lower(Host.current().nanoTime());

    assertThat(stage.ended.await(Deadline.in(ofSeconds(10)))).isTrue();
    assertThat(stage.halts).containsExactly(0);
  }

  @Test
  void startingItHaltsNothing() {
    watchdog.start();

    assertThat(stage.halts).isEmpty();
    watchdog.lower(Host.current().nanoTime());
  }
}
