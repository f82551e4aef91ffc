// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The short version of {@code ./curfew storm --rounds 500}. */
class StormTest {
  @Test
  @Timeout(180)
  void everyRoundEndsAsItMust() throws Exception {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    int exitCode =
        Storm.run(
            new PrintStream(text, true, StandardCharsets.UTF_8), "--rounds", "12", "--seed", "7");
    String said = text.toString(StandardCharsets.UTF_8);
    assertThat(exitCode).as(said).isZero();
    assertThat(said.lines().toList().getLast())
        .startsWith("STORM rounds=12 wrong=0 requests_lost=0 ")
        .contains(" jobs_lost=0 ");
  }
}
