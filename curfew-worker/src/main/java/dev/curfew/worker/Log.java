// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

/** Where a worker says what nobody else would: it has no caller to throw to. */
final class Log {
  static final System.Logger LOGGER = System.getLogger("dev.curfew.worker");

  private Log() {}
}
