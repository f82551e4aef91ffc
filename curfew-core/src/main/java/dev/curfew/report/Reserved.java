// SPDX-License-Identifier: Apache-2.0

package dev.curfew.report;

/** Keeps the package exportable while it is empty; goes with the first type that arrives. */
final class Reserved {
  private Reserved() {}
}
