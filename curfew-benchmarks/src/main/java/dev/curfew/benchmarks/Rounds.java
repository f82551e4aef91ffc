// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Samples of several variants, taken in turns inside one JVM: in every round each variant runs
 * once, in an order drawn anew, so that drift of the machine hits all of them alike. Variants are
 * compared by the median of their ratios within a round.
 */
final class Rounds {
  /** One way to do the same thing. Measures itself, so that it can leave its own set-up out. */
  interface Variant {
    String name();

    Meter.Sample once() throws Exception;
  }

  private final Map<String, List<Meter.Sample>> samples = new LinkedHashMap<>();

  private Rounds() {}

  /** Runs all variants; the first {@code warmUp} rounds are thrown away. */
  static Rounds run(
      String what, List<? extends Variant> variants, Settings settings, Progress progress)
      throws Exception {
    Rounds rounds = new Rounds();
    Random random = new Random(settings.seed());
    List<Variant> order = new ArrayList<>(variants);
    for (Variant variant : variants) {
      rounds.samples.put(variant.name(), new ArrayList<>());
    }
    for (int round = -settings.warmUp(); round < settings.rounds(); round++) {
      progress.say(
          round < 0
              ? what + ": warm-up, " + -round + " to go"
              : what + ": round " + (round + 1) + " of " + settings.rounds());
      Collections.shuffle(order, random);
      for (Variant variant : order) {
        Meter.Sample sample = variant.once();
        if (round >= 0) {
          rounds.of(variant.name()).add(sample);
        }
      }
    }
    return rounds;
  }

  /** One figure of a variant's samples, such as bytes a task. */
  Spread spread(String name, ToDoubleFunction<Meter.Sample> of) {
    return Spread.of(of(name), of);
  }

  /** CPU time of one variant as a multiple of another's in the same round. */
  Spread ratio(String name, String limit) {
    List<Meter.Sample> above = of(name);
    List<Meter.Sample> below = of(limit);
    double[] ratios = new double[above.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = (double) above.get(i).cpuNanos() / below.get(i).cpuNanos();
    }
    return Spread.of(ratios);
  }

  private List<Meter.Sample> of(String name) {
    List<Meter.Sample> found = samples.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "no variant " + name + " was measured; there are " + samples.keySet());
    }
    return found;
  }
}
