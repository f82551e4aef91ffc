// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Duration;

/**
 * How long a stage of a stop took.
 *
 * @param stage its name: unready, drain, cancel, close, report
 * @param planned how far into the stop it might have reached
 * @param used how long it took
 */
public record StageTime(String stage, Duration planned, Duration used) {}
