// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Pending;
import org.jspecify.annotations.Nullable;

/** A body of ours around one of the program's, which reports and roll calls are to show. */
interface Wrapping {
  /** What the program gave: its class is the place where the task is forked. */
  Object inside();

  /** What the task is doing, if that is more than running. Any thread. */
  default Pending.@Nullable State state() {
    return null;
  }
}
