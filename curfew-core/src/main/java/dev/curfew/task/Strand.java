// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.time.Deadline;
import org.jspecify.annotations.Nullable;

@SuppressWarnings("DoNotCallSuggester")
abstract class Strand {
  static Strand current() {
    throw new UnsupportedOperationException("arrives with the implementation");
  }

  abstract StopSignal stopSignal();

  abstract void check() throws InterruptedException;

  abstract @Nullable CancelReason cancelReason();

  abstract Deadline deadline();
}
