// SPDX-License-Identifier: Apache-2.0

/** What a job queue is, for who puts, for workers, for operators, and for who writes one. */
@NullMarked
package dev.curfew.worker.queue;

import org.jspecify.annotations.NullMarked;
