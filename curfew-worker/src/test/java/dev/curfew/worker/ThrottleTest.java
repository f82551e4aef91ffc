// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ThrottleTest {
  private static JobException throttled() {
    try {
      throw Jobs.any().throttled(Duration.ofSeconds(1), "429");
    } catch (JobException e) {
      return e;
    }
  }

  @Test
  void itHalvesOnceForAllThatRanTogether() {
    Throttle throttle = Throttle.of(16, true);
    for (int i = 0; i < 16; i++) {
      throttle.note(throttled());
    }
    assertThat(throttle.limit()).isEqualTo(8);
  }

  @Test
  void itRisesByOneWhenAsManyAsRunHaveGoneWell() {
    Throttle throttle = Throttle.of(4, true);
    throttle.note(throttled());
    assertThat(throttle.limit()).isEqualTo(2);
    throttle.note(null);
    assertThat(throttle.limit()).isEqualTo(2);
    throttle.note(null);
    assertThat(throttle.limit()).isEqualTo(3);
    for (int i = 0; i < 100; i++) {
      throttle.note(null);
    }
    assertThat(throttle.limit()).isEqualTo(4);
  }

  @Test
  void anOrdinaryFailureSaysNothingAboutTheUpstream() {
    Throttle throttle = Throttle.of(4, true);
    throttle.note(new IllegalStateException());
    assertThat(throttle.limit()).isEqualTo(4);
  }

  @Test
  void withoutLeaveItDoesNotAdapt() {
    Throttle throttle = Throttle.of(4, false);
    throttle.note(throttled());
    assertThat(throttle.limit()).isEqualTo(4);
  }
}
