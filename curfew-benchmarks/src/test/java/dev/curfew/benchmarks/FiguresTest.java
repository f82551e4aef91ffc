// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs every measurement at a tiny size: each checks by itself that no variant lost a task. The
 * values mean nothing then, so that nothing is asserted of them.
 */
final class FiguresTest {
  @ParameterizedTest
  @ValueSource(strings = {"spawn", "cancel", "site", "rollcall", "memory", "shutdown", "workers"})
  void everyVariantRuns(String which) throws Exception {
    Sheet sheet = new Sheet();
    List<String> steps = new ArrayList<>();

    Figures.Measurement measurement = Figures.measurements().get(which);
    measurement.measure(Settings.SMOKE, sheet, steps::add);

    assertThat(steps).isNotEmpty();
    assertThat(sheet.figures()).isNotEmpty();
    assertThat(sheet.figures()).filteredOn(figure -> figure.value() == null).isEmpty();
    assertThat(sheet.figures()).anyMatch(figure -> figure.variant().startsWith("curfew"));
    assertThat(sheet.figures()).anyMatch(figure -> !figure.variant().startsWith("curfew"));
  }

  @Test
  void aVariantThatLosesATaskIsNotMeasured() {
    Spawner losing =
        new Spawner(
            "losing",
            tasks -> {
              for (int i = 1; i < tasks; i++) {
                Work.once();
              }
            });

    assertThatThrownBy(() -> SpawnFigures.runsEveryTask(losing, 10, new Sheet()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("losing ran 9 tasks; expected 10");
  }

  @Test
  void aCrowdThatComesHomeIncompleteIsAnError() {
    Crowd crowd = new Crowd(3, Crowd.Kind.PARKED, new Stopwatch());

    assertThatThrownBy(crowd::home).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void ratiosAreTakenWithinTheirRound() throws Exception {
    Random machine = new Random(1);
    double[] slow = {1};
    List<Rounds.Variant> variants =
        List.of(costing("limit", () -> slow[0]), costing("double", () -> 2 * slow[0]));

    // The machine gets slower and faster between rounds; the ratio must not see it.
    Rounds rounds =
        Rounds.run("test", variants, Settings.SMOKE, step -> slow[0] = 1 + machine.nextInt(9));

    Spread ratio = rounds.ratio("double", "limit");
    assertThat(ratio).isEqualTo(new Spread(2, 2, 2, Settings.SMOKE.rounds()));
  }

  @Test
  void quartilesLieBetweenTheValues() {
    assertThat(Spread.of(4, 1, 3, 2)).isEqualTo(new Spread(2.5, 1.75, 3.25, 4));
    assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aGoalIsMetMissedOrNotMeasured() {
    Figure figure = Figure.plain("what", "curfew", "ms", 15);

    assertThat(figure.verdict()).isEmpty();
    assertThat(figure.atMost(15).verdict()).isEqualTo("met");
    assertThat(figure.atMost(14.9).verdict()).isEqualTo("missed");
    assertThat(Figure.missing("what", "curfew", "why").verdict()).isEqualTo("not measured");
  }

  @Test
  void theSheetIsATableAndJson() {
    Sheet sheet = new Sheet();
    sheet.add(Figure.plain("what", "a \"name\"", "ms", Spread.of(1, 2, 3)).atMost(1));
    sheet.add(Figure.missing("what", "other", "no reason"));

    assertThat(sheet.table())
        .contains("a \"name\"", "2.000 ms", "[1.500 .. 2.500]", "<= 1.000", "missed", "no reason");
    assertThat(sheet.json())
        .contains(
            "{\"what\":\"what\",\"variant\":\"a \\\"name\\\"\",\"unit\":\"ms\",\"median\":2.0,"
                + "\"low\":1.5,\"high\":2.5,\"count\":3,\"goal\":1.0,\"verdict\":\"missed\","
                + "\"note\":\"\"}")
        .contains("\"verdict\":\"not measured\",\"note\":\"no reason\"}");
  }

  @Test
  void wrongOptionsSayWhatWasExpected() {
    assertThatThrownBy(() -> Settings.FULL.with("--rounds", "0"))
        .hasMessage("--rounds was given 0; expected a whole number from 1 up");
    assertThatThrownBy(() -> Settings.FULL.with("--turns", "3"))
        .hasMessageStartingWith("unknown option --turns; there are --rounds");
    assertThat(Settings.FULL.with("--rounds", "7").rounds()).isEqualTo(7);
  }

  private interface Cost {
    double now();
  }

  private static Rounds.Variant costing(String name, Cost cost) {
    return new Rounds.Variant() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Meter.Sample once() {
        return new Meter.Sample((long) (1000 * cost.now()), 1, 1);
      }
    };
  }
}
