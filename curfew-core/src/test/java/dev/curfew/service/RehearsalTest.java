// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.task.RollCall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RehearsalTest {
  @Test
  void aRehearsalEndsWhatItStartsAndLeavesNothingInTheTree() throws Exception {
    Rehearsal.play();

    assertThat(RollCall.now().nodes()).noneMatch(node -> node.name().equals("rehearsal"));
    assertThat(RollCall.now().findings())
        .noneMatch(finding -> finding.path().startsWith("/rehearsal"));
  }
}
