// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

/**
 * A job and how it has ended.
 *
 * @param claim the job, and by which token it was held
 * @param outcome how it has ended
 */
public record Settlement(Claim claim, JobOutcome outcome) {}
