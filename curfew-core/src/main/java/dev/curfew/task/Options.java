// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

@SuppressWarnings("DoNotCallSuggester")
final class Options {
  private Options() {}

  static GroupOptions<RuntimeException> named(String name) {
    throw new UnsupportedOperationException("arrives with the implementation");
  }
}
