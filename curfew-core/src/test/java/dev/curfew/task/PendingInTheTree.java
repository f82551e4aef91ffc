// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.LeftoverCheck;
import java.util.stream.Stream;

/** What a test has left in the tree: services, groups, tasks, resources. */
public final class PendingInTheTree implements LeftoverCheck.Source {
  /** For the service loader. */
  public PendingInTheTree() {}

  @Override
  public Stream<String> pending() {
    RollCall call = RollCall.now();
    return call.nodes().isEmpty() ? Stream.empty() : Stream.of(call.text());
  }
}
