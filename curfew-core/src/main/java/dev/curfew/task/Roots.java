// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import java.util.List;

@SuppressWarnings("DoNotCallSuggester")
final class Roots {
  private Roots() {}

  static RootGroup open(String name, RootGroup.Listener listener) {
    throw new UnsupportedOperationException("arrives with the implementation");
  }

  static Account stop(
      List<RootGroup> roots, boolean foreign, CancelReason why, RootGroup.Marks marks) {
    throw new UnsupportedOperationException("arrives with the implementation");
  }
}
