// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;

/**
 * What an exploration covered.
 *
 * @param seeds how many seeds ran
 * @param schedules how many different orders of execution they made
 * @param steps interleaving points and switches, all seeds together
 * @param longest the longest virtual time of a seed
 */
public record Exploration(int seeds, int schedules, long steps, Duration longest) {}
