// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

@SuppressWarnings("DoNotCallSuggester")
final class Options {
  private Options() {}

  static ServiceOptions named(String name) {
    throw new UnsupportedOperationException("arrives with the implementation of " + name);
  }
}
