// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.sql.SqlQueueOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What {@code curfew jobs} is asked to do.
 *
 * @param file a SQLite file that exists, or null
 * @param url of a PostgreSQL database, or null; one of the two is given
 * @param options which queue
 * @param state of what is listed, or of what {@code --all} means
 * @param most how many jobs are listed at most
 * @param all whether every job in that state is meant
 * @param json whether the answer is JSON
 * @param ids the jobs that are meant
 */
record JobsArguments(
    Action action,
    @Nullable Path file,
    @Nullable String url,
    SqlQueueOptions options,
    JobState state,
    int most,
    boolean all,
    boolean json,
    List<UUID> ids) {
  /** The subcommands. */
  enum Action {
    STATS,
    LIST,
    SHOW,
    REQUEUE,
    DROP;

    boolean changes() {
      return this == REQUEUE || this == DROP;
    }
  }

  private static final String ACTIONS = "stats, list, show, requeue or drop";
  private static final int DEFAULT_MOST = 20;

  static JobsArguments of(String... args) throws UsageException {
    Deque<String> left = new ArrayDeque<>(List.of(args));
    if (left.isEmpty()) {
      throw new UsageException("expected one of " + ACTIONS + "; see ./curfew help");
    }
    Action action = action(left.removeFirst());
    Path file = null;
    String url = null;
    SqlQueueOptions options = SqlQueueOptions.defaults().withoutCreatingTables();
    JobState state = action == Action.LIST ? JobState.WAITING : JobState.DEAD;
    int most = DEFAULT_MOST;
    boolean all = false;
    boolean json = false;
    List<UUID> ids = new ArrayList<>();
    while (!left.isEmpty()) {
      String word = left.removeFirst();
      switch (word) {
        case "--file" -> file = Path.of(after(word, "a SQLite file", left));
        case "--url" -> url = after(word, "jdbc:postgresql://host/database", left);
        case "--queue" -> options = options.withQueue(after(word, "a queue's name", left));
        case "--schema" -> options = options.withSchema(after(word, "a schema's name", left));
        case "--state" -> state = state(after(word, "waiting, running or dead", left));
        case "--most" -> most = number(word, after(word, "a number", left));
        case "--all" -> all = true;
        case "--json" -> json = true;
        default -> ids.add(id(word));
      }
    }
    checkPlace(file, url);
    checkIds(action, all, ids);
    List<UUID> each = List.copyOf(new LinkedHashSet<>(ids));
    return new JobsArguments(action, file, url, options, state, most, all, json, each);
  }

  private static void checkPlace(@Nullable Path file, @Nullable String url) throws UsageException {
    if ((file == null) == (url == null)) {
      throw new UsageException(
          "expected either --file <SQLite file> or --url <jdbc:postgresql://host/database>, got "
              + (file == null ? "neither" : "both"));
    }
    if (file != null && !Files.exists(file)) {
      throw new UsageException("there is no file " + file + "; give that of an existing queue");
    }
  }

  private static void checkIds(Action action, boolean all, List<UUID> ids) throws UsageException {
    switch (action) {
      case STATS, LIST -> {
        if (all || !ids.isEmpty()) {
          throw new UsageException(word(action) + " takes no jobs; show, requeue and drop do");
        }
      }
      case SHOW -> {
        if (all || ids.isEmpty()) {
          throw new UsageException("show takes the ids of one or more jobs; list shows them");
        }
      }
      case REQUEUE, DROP -> {
        if (all != ids.isEmpty()) {
          throw new UsageException(
              word(action)
                  + " takes the ids of jobs, or --all for all dead ones (--state waiting: all that"
                  + " wait)");
        }
      }
    }
  }

  private static String word(Action action) {
    return action.name().toLowerCase(Locale.ROOT);
  }

  private static Action action(String word) throws UsageException {
    for (Action action : Action.values()) {
      if (word(action).equals(word)) {
        return action;
      }
    }
    throw new UsageException("unknown command " + word + "; expected " + ACTIONS);
  }

  private static JobState state(String word) throws UsageException {
    for (JobState state : JobState.values()) {
      if (state.name().toLowerCase(Locale.ROOT).equals(word)) {
        return state;
      }
    }
    throw new UsageException("--state is " + word + "; expected waiting, running or dead");
  }

  private static String after(String option, String expected, Deque<String> left)
      throws UsageException {
    if (left.isEmpty()) {
      throw new UsageException(option + " needs " + expected);
    }
    return left.removeFirst();
  }

  private static int number(String option, String word) throws UsageException {
    try {
      int number = Integer.parseInt(word);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a number out of range.
    }
    throw new UsageException(option + " is " + word + "; expected a whole number from 1");
  }

  private static UUID id(String word) throws UsageException {
    if (word.startsWith("-")) {
      throw new UsageException(
          "unknown option "
              + word
              + "; expected --file, --url, --queue, --schema, --state, --most, --all or --json");
    }
    try {
      return UUID.fromString(word);
    } catch (IllegalArgumentException e) {
      throw new UsageException(word + " is no job's id; give it in full, as list prints it");
    }
  }
}
