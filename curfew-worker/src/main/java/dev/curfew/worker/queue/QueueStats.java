// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.time.Duration;

/**
 * How many jobs a queue has.
 *
 * @param due may be claimed now
 * @param later will be due
 * @param running claimed by a worker
 * @param dead dead letters
 * @param oldestDue for how long the job that has been due longest has been so; zero if none is
 * @param workers how many workers have a lease
 */
public record QueueStats(
    long due, long later, long running, long dead, Duration oldestDue, int workers) {}
