// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

/** Where a long measurement says how far it is. */
@FunctionalInterface
interface Progress {
  /** Nobody listens. */
  Progress SILENT = step -> {};

  void say(String step);
}
