// SPDX-License-Identifier: Apache-2.0

/** Deadlines on a monotonic clock, and the clock port that makes them testable. */
@NullMarked
package dev.curfew.time;

import org.jspecify.annotations.NullMarked;
