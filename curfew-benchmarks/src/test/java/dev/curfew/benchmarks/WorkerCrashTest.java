// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told from effects: a comparison that overlooks a lost job is worse than none. */
final class WorkerCrashTest {
  @Test
  void effectsOfTwoProcessesTellWhatIsLostDoneTwiceAndLate() {
    List<Effects.Effect> effects =
        List.of(
            new Effects.Effect(Effects.BEGIN, 0, 100),
            new Effects.Effect(Effects.END, 0, 200),
            new Effects.Effect(Effects.BEGIN, 1, 210), // cut off
            new Effects.Effect(Effects.BEGIN, 0, 1500),
            new Effects.Effect(Effects.END, 0, 1600), // twice
            new Effects.Effect(Effects.BEGIN, 1, 9250), // late
            new Effects.Effect(Effects.END, 1, 9300));

    WorkerCrashFigures.Run run = WorkerCrashFigures.judge(3, effects, 3, 0, 250, 1000, 9300);

    assertThat(run).isEqualTo(new WorkerCrashFigures.Run(1, 1, 1, 0, 9.0, 9.05));
  }

  @Test
  void whatEndedBeforeTheSignalWasNotCutOff() {
    List<Effects.Effect> effects =
        List.of(
            new Effects.Effect(Effects.BEGIN, 0, 100),
            new Effects.Effect(Effects.END, 0, 200),
            new Effects.Effect(Effects.BEGIN, 1, 1100),
            new Effects.Effect(Effects.END, 1, 1200));

    WorkerCrashFigures.Run run = WorkerCrashFigures.judge(2, effects, 2, 0, 200, 1000, 1200);

    assertThat(run).isEqualTo(new WorkerCrashFigures.Run(0, 0, 0, 0, 0, 1.0));
  }

  @Test
  void aJobRecordsItsEffectsInLines(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("effects.txt");
    try (Effects effects = new Effects(file)) {
      JobBody body = Chore.recordingTo(effects);
      for (String job : Chore.NAP.jobs(2, 0)) {
        body.run(job);
      }
    }

    assertThat(Effects.read(file))
        .extracting(effect -> effect.what() + " " + effect.job())
        .containsExactly("begin 0", "end 0", "begin 1", "end 1");
  }
}
