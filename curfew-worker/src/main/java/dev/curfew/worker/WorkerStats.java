// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/**
 * What a worker has done since it began. {@code claimed} equals {@code done + retried + postponed +
 * dead + givenBack + left + running + ready}.
 *
 * @param claimed jobs taken from the queue, each claim of a job counted
 * @param done ended by the handler's return
 * @param retried failed, and due again later
 * @param postponed due again later without an attempt spent: a limit has refused them
 * @param dead given up
 * @param givenBack handed back, or lost to others with the lease
 * @param left still running when the worker was closed: the queue has them back
 * @param stale of what had ended, how many belonged to another worker by then: their effect may be
 *     there twice
 * @param running in the hands of the handler
 * @param ready claimed and not begun
 * @param unsettled ended, and the queue does not know yet
 */
public record WorkerStats(
    long claimed,
    long done,
    long retried,
    long postponed,
    long dead,
    long givenBack,
    long left,
    long stale,
    int running,
    int ready,
    int unsettled) {}
