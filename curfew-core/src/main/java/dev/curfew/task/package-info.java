// SPDX-License-Identifier: Apache-2.0

/** Task groups, tasks, cancellation, shields, and the finder of swallowed cancellations. */
@NullMarked
package dev.curfew.task;

import org.jspecify.annotations.NullMarked;
