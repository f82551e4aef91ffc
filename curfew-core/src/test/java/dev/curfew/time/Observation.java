// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.List;

/**
 * What happened under one seed.
 *
 * @param seed the seed
 * @param trace what the body noted, as {@code thread: text}, in order
 * @param schedule a fingerprint of the order of execution
 * @param steps interleaving points and switches
 * @param elapsed the virtual time that it took
 */
public record Observation(
    long seed, List<String> trace, long schedule, long steps, Duration elapsed) {}
