// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code curfew storm --queue} is asked to do.
 *
 * @param url of a server that is there already; null to start one
 */
record StormArguments(boolean postgres, int rounds, long seed, boolean keep, @Nullable String url) {
  static StormArguments of(String... args) {
    Deque<String> left = new ArrayDeque<>(List.of(args));
    String queue = "";
    int rounds = 200;
    long seed = 1;
    boolean keep = false;
    String url = null;
    while (!left.isEmpty()) {
      String word = left.removeFirst();
      switch (word) {
        case "--queue" -> queue = after(word, "sqlite or postgres", left);
        case "--rounds" -> rounds = (int) number(word, after(word, "a number", left), 1, 100_000);
        case "--seed" -> seed = number(word, after(word, "a number", left), 0, Long.MAX_VALUE);
        case "--keep" -> keep = true;
        case "--url" -> url = after(word, "jdbc:postgresql://host/database", left);
        default ->
            throw new IllegalArgumentException(
                "curfew storm: unknown option "
                    + word
                    + "; with --queue expected --rounds, --seed, --keep or --url");
      }
    }
    if (!queue.equals("sqlite") && !queue.equals("postgres")) {
      throw new IllegalArgumentException(
          "curfew storm: --queue is '" + queue + "'; expected sqlite or postgres");
    }
    boolean postgres = queue.equals("postgres");
    if (url != null && !postgres) {
      throw new IllegalArgumentException("curfew storm: --url is for --queue postgres");
    }
    return new StormArguments(postgres, rounds, seed, keep, url);
  }

  private static String after(String option, String expected, Deque<String> left) {
    if (left.isEmpty()) {
      throw new IllegalArgumentException("curfew storm: " + option + " needs " + expected);
    }
    return left.removeFirst();
  }

  private static long number(String option, String word, long least, long most) {
    try {
      long number = Long.parseLong(word);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a number out of range.
    }
    throw new IllegalArgumentException(
        "curfew storm: "
            + option
            + " is "
            + word
            + "; expected a whole number from "
            + least
            + " to "
            + most);
  }
}
