// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

/** What an interrupt does to a thread that waits for a {@link Call}. */
enum Interrupts {
  /** What has not begun is withdrawn; what has begun is awaited for a moment only. */
  END,
  /** For methods that don't declare it: all is awaited for a moment only. */
  SHORTEN,
  /** For a close: nothing, because giving jobs back matters more. */
  IGNORE
}
