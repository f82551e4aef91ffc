// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.io.IOException;
import java.time.Instant;

/**
 * A snapshot of the whole tree: what is not home yet.
 *
 * @param at when it was taken, by the wall clock
 */
@SuppressWarnings("DoNotCallSuggester")
public record RollCall(Instant at) {
  /** Takes the roll call of the process, without stacks. From any thread. */
  public static RollCall now() {
    throw new UnsupportedOperationException("arrives with the implementation");
  }

  /** The tree as text, a line a node; ends with a line break. */
  public String text() {
    throw new UnsupportedOperationException("arrives with the implementation");
  }

  /** Writes the tree as JSON, streaming; the schema is described in {@code docs/report.md}. */
  public void writeJson(Appendable out) throws IOException {
    throw new UnsupportedOperationException("arrives with the implementation");
  }
}
