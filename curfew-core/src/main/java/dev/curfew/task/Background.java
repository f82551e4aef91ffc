// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

/** Work that goes on until it is asked to stop. */
@FunctionalInterface
public interface Background {
  /**
   * Works until the signal is set, then finishes what it has in hand and returns. Use {@link
   * StopSignal#await(java.time.Duration)} for every pause.
   *
   * @param stop set when the task should come to its end
   * @throws Exception if it failed, or was cancelled
   */
  void run(StopSignal stop) throws Exception;
}
