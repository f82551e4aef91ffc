// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * What a process of the storm has seen of a job; written outside the queue, a line each, with one
 * write to a file opened for appending, which is never torn.
 *
 * @param millis of the wall clock, which all processes of a machine share
 */
record Event(Type type, UUID job, Kind kind, long pid, int attempt, String key, long millis) {
  /** Life of an attempt; and of a process, which is ready before its first one. */
  enum Type {
    READY,
    BEGIN,
    /** The effect is there. */
    EFFECT,
    /** Ended by an interrupt, or given back because of the stop. */
    INTERRUPTED,
    /** Refused by a limit: it is due later, and no attempt is spent. */
    POSTPONED,
    /** An attempt was spent. */
    FAILED
  }

  static Event ready(long pid) {
    return new Event(
        Type.READY, new UUID(0, 0), Kind.SHORT, pid, 0, "-", System.currentTimeMillis());
  }

  String line() {
    return String.format(
        Locale.ROOT, "%s %s %s %d %d %s %d%n", type, job, kind, pid, attempt, key, millis);
  }

  private static Event parse(String line) {
    String[] fields = line.split(" ", -1);
    return new Event(
        Type.valueOf(fields[0]),
        UUID.fromString(fields[1]),
        Kind.valueOf(fields[2]),
        Long.parseLong(fields[3]),
        Integer.parseInt(fields[4]),
        fields[5],
        Long.parseLong(fields[6]));
  }

  static List<Event> read(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      events.add(parse(line));
    }
    return events;
  }

  /** Where a process writes them. */
  static final class Log {
    /** Not a channel: an interrupt would close that, and what follows were never noted. */
    private final FileOutputStream file;

    Log(Path path) throws IOException {
      file = new FileOutputStream(path.toFile(), true);
    }

    void add(Event event) {
      try {
        file.write(event.line().getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
