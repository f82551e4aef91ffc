// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.List;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  @Test
  void everyStepOfTheEndCanBePlayed() {
    Member member = new Member(Options.named("crawler"), service -> {});
    member.holds(new FakeRoot(member));

    assertThatCode(() -> Rehearsal.play(List.of(member), Thread.currentThread()))
        .doesNotThrowAnyException();
  }
}
