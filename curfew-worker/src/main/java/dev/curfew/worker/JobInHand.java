// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that a worker is doing.
 *
 * @param id the job's
 * @param attempt which attempt this is, from 1
 * @param runningFor since it began
 * @param progress what it said last of itself; null if nothing
 */
public record JobInHand(UUID id, int attempt, Duration runningFor, @Nullable String progress) {}
