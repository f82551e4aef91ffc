// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A call for a job, as the upstream has noted it down.
 *
 * @param millis when, since 1970
 * @param run which start of the service made it
 * @param key the idempotency key
 * @param tokens what it used
 */
record Call(
    long millis, String run, String job, String key, int attempt, Outcome outcome, int tokens) {
  /** How a call ended. */
  enum Outcome {
    DONE(200),
    /** Refused for good. */
    REFUSED(422),
    /** An error that may pass. */
    FAILED(500),
    THROTTLED(429),
    /** The connection was cut instead of an answer. */
    CUT(0);

    private final int status;

    Outcome(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  String toLine() {
    return String.join(
        " ",
        Long.toString(millis),
        run,
        job,
        key,
        Integer.toString(attempt),
        outcome.name(),
        Integer.toString(tokens));
  }

  static Call of(String line) {
    String[] words = line.split(" ", -1);
    return new Call(
        Long.parseLong(words[0]),
        words[1],
        words[2],
        words[3],
        Integer.parseInt(words[4]),
        Outcome.valueOf(words[5]),
        Integer.parseInt(words[6]));
  }

  /** Every call in a log. A last line that is still being written is not there yet. */
  static List<Call> read(Path log) throws IOException {
    String text = Files.exists(log) ? Files.readString(log) : "";
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Call::of).toList();
  }

  boolean is(Outcome expected) {
    return outcome == expected;
  }
}
