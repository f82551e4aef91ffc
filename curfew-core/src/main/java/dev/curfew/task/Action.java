// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

/** Work without a result. */
@FunctionalInterface
public interface Action {
  /**
   * Does the work; an {@link InterruptedException} that leaves it is the answer to a cancel.
   *
   * @throws Exception if it failed, or was cancelled
   */
  void run() throws Exception;
}
