// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

/** What a job does, whichever queue it comes from. */
@FunctionalInterface
interface JobBody {
  /**
   * Does it, on a thread of the queue's worker.
   *
   * @param text as it was put
   */
  void run(String text) throws Exception;
}
