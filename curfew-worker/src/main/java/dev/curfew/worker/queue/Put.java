// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import java.util.UUID;

/**
 * What became of a job that was put.
 *
 * @param id the job's in the queue: that of the one which was there already, if it was not added
 * @param added whether it was added; if not, one with its unique key or its id was there already
 */
public record Put(UUID id, boolean added) {}
