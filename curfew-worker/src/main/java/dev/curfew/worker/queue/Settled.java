// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

/** What a queue has made of a {@link Settlement}. */
public enum Settled {
  /** As it was meant. */
  APPLIED,
  /** Nothing: the claim is not the job's last one any more, or the job is gone. */
  STALE
}
