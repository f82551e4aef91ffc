// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.curfew.time.Host;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file that a queue in memory leaves its jobs in: a line that names the format, then one for
 * each job. Written beside it, forced to the disk, and moved in its place.
 */
final class Spill {
  private static final String FORMAT = "curfew-jobs 1";
  private static final int FIELDS = 10;

  private final Path file;

  Spill(Path file) {
    this.file = Objects.requireNonNull(file, "spillFile was null, expected a Path");
  }

  List<MemoryJobQueue.Entry> read() {
    if (!Files.exists(file)) {
      return List.of();
    }
    // Line by line, here and in write: there may not be memory for all of them a second time.
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      if (!FORMAT.equals(lines.readLine())) {
        throw new QueueException(
            file + " is no spill file: its first line is not \"" + FORMAT + "\"; give another file",
            false,
            null);
      }
      List<MemoryJobQueue.Entry> entries = new ArrayList<>();
      int number = 2;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        entries.add(parse(line, number));
        number++;
      }
      checkEnd(number - 1);
      return entries;
    } catch (IOException e) {
      throw new QueueException("can't read the spill file " + file + ": " + e, false, e);
    }
  }

  /** A payload that was cut off reads like a shorter one. */
  private void checkEnd(int lastLine) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer last = ByteBuffer.allocate(1);
      if (channel.read(last, channel.size() - 1) != 1 || last.get(0) != '\n') {
        throw new QueueException(
            file + ": line " + lastLine + " has no end, the file was cut; mend or remove the line",
            false,
            null);
      }
    }
  }

  private MemoryJobQueue.Entry parse(String line, int number) {
    try {
      return parse(line.split(" ", -1));
    } catch (RuntimeException e) {
      throw new QueueException(
          file + ": line " + number + " is not a job; mend or remove it", false, e);
    }
  }

  private static MemoryJobQueue.Entry parse(String[] fields) {
    if (fields.length != FIELDS) {
      throw new IllegalArgumentException(fields.length + " fields, expected " + FIELDS);
    }
    NewJob job =
        new NewJob(
            UUID.fromString(fields[0]),
            Base64.getDecoder().decode(fields[9]),
            Integer.parseInt(fields[2]),
            Duration.ZERO,
            text(fields[7]));
    Duration untilDue = Duration.between(Host.current().wallTime(), Instant.parse(fields[4]));
    MemoryJobQueue.Entry entry =
        new MemoryJobQueue.Entry(
            job,
            Instant.parse(fields[3]),
            Host.current().nanoTime() + (untilDue.isNegative() ? 0 : untilDue.toNanos()));
    entry.state = JobState.valueOf(fields[1]);
    entry.attempts = Integer.parseInt(fields[5]);
    String[] ends = fields[6].split("\\+", -1);
    entry.interruptions = Integer.parseInt(ends[0]);
    entry.crashes = Integer.parseInt(ends[1]);
    entry.lastError = text(fields[8]);
    return entry;
  }

  void write(List<MemoryJobQueue.Entry> entries) {
    try {
      if (entries.isEmpty()) {
        Files.deleteIfExists(file);
        return;
      }
      Path beside = file.resolveSibling(file.getFileName() + ".new");
      try (FileChannel channel =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
        out.write((FORMAT + '\n').getBytes(UTF_8));
        for (MemoryJobQueue.Entry entry : entries) {
          out.write(line(entry).getBytes(UTF_8));
        }
        out.flush();
        channel.force(true);
      }
      move(beside);
    } catch (IOException e) {
      throw new QueueException(
          entries.size()
              + " jobs were not done, and could not be written to "
              + file
              + ": "
              + MemoryJobQueue.named(entries)
              + "; "
              + e,
          false,
          e);
    }
  }

  private void move(Path beside) throws IOException {
    try {
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String line(MemoryJobQueue.Entry entry) {
    // What was running was not given back: whoever had it is gone, and the attempt stays counted.
    JobState state = entry.state == JobState.DEAD ? JobState.DEAD : JobState.WAITING;
    Instant due = Host.current().wallTime().plusNanos(entry.due - Host.current().nanoTime());
    StringBuilder text = new StringBuilder();
    text.append(entry.job.id()).append(' ').append(state).append(' ').append(entry.job.priority());
    text.append(' ').append(entry.putAt).append(' ').append(due).append(' ').append(entry.attempts);
    text.append(' ').append(entry.interruptions).append('+').append(entry.crashes);
    text.append(' ').append(encoded(entry.job.uniqueKey()));
    text.append(' ').append(encoded(entry.lastError)).append(' ');
    text.append(Base64.getEncoder().encodeToString(entry.job.payload())).append('\n');
    return text.toString();
  }

  private static String encoded(@Nullable String value) {
    return value == null ? "-" : "=" + Base64.getEncoder().encodeToString(value.getBytes(UTF_8));
  }

  private static @Nullable String text(String field) {
    return field.equals("-")
        ? null
        : new String(Base64.getDecoder().decode(field.substring(1)), UTF_8);
  }
}
