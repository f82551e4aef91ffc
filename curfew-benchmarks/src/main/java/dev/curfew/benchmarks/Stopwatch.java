// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import org.jspecify.annotations.Nullable;

/** Measures a crowd from the moment when all are blocked until all have ended. */
final class Stopwatch implements Crowd.Visitor {
  private @Nullable Meter meter;
  private Meter.@Nullable Sample sample;

  @Override
  public void blocked() {
    meter = Meter.start();
  }

  @Override
  public void home() {
    if (meter == null) {
      throw new IllegalStateException("the crowd came home without having been blocked");
    }
    sample = meter.stop();
  }

  Meter.Sample sample() {
    if (sample == null) {
      throw new IllegalStateException("the crowd has not come home; call its home() first");
    }
    return sample;
  }
}
