// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
  /** Life of an attempt. */
  enum Type {
    BEGIN,
    /** The effect is there. */
    EFFECT,
    /** Ended by an interrupt, or given back. */
    INTERRUPTED,
    /** Failed, or was refused by a limit. */
    FAILED
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
    private final FileChannel file;

    Log(Path path) throws IOException {
      file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    void add(Event event) {
      try {
        // Not interruptible where it matters: a channel that an interrupt closes would lose events.
        ByteBuffer bytes = ByteBuffer.wrap(event.line().getBytes(StandardCharsets.UTF_8));
        synchronized (file) {
          boolean interrupted = Thread.interrupted();
          file.write(bytes);
          if (interrupted) {
            Thread.currentThread().interrupt();
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
