// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import java.io.Serial;

/** A command line that can't be understood: says what was given and what was expected. */
final class UsageException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  UsageException(String message) {
    super("curfew jobs: " + message);
  }
}
