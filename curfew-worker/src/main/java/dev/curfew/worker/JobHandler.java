// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/** What a worker does with a job. */
@FunctionalInterface
public interface JobHandler {
  /**
   * Does the job. Called on a thread of its own, by many threads at once; interrupted when the job
   * is cancelled: at its time-out, when its lease is lost, and when a stop has no more time for it.
   *
   * @param job what is to be done
   * @throws Exception if the attempt failed; {@link JobException} says how else it ends
   */
  void handle(Job job) throws Exception;
}
