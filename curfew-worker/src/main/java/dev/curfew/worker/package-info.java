// SPDX-License-Identifier: Apache-2.0

/** Workers: jobs from a queue, retried, within a budget, given back by a stop. */
@NullMarked
package dev.curfew.worker;

import org.jspecify.annotations.NullMarked;
