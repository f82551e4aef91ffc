// SPDX-License-Identifier: Apache-2.0

/**
 * The storm over workers and their queues: processes killed at random, and an account of each job.
 */
@NullMarked
package dev.curfew.examples.workers;

import org.jspecify.annotations.NullMarked;
