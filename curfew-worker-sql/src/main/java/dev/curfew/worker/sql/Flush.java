// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

/** When what a call has written must be on the disk. */
enum Flush {
  /** Before the caller has its answer, if the options say so. */
  AT_COMMIT,
  /**
   * With the next commit that waits for the disk. For what may be forgotten if the machine loses
   * power: a claim, because who has it is gone as well, and a renewal of a lease.
   */
  LATER
}
