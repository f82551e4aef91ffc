// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The storm, short. {@code ./curfew storm --queue} runs the long one. */
@Timeout(300)
final class JobStormTest {
  @ParameterizedTest
  @CsvSource({"sqlite, 6", "postgres, 5"})
  void noJobIsLost(String queue, String rounds) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    StormArguments arguments =
        StormArguments.of("--queue", queue, "--rounds", rounds, "--seed", "3");
    boolean good = JobStorm.run(arguments, new PrintStream(printed, true, StandardCharsets.UTF_8));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(good).as(text).isTrue();
    assertThat(text).contains("STORM queue=" + queue + " rounds=" + rounds).contains(" lost=0 ");
  }
}
