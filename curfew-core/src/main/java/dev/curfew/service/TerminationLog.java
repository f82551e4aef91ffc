// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The file in which Kubernetes looks for a container's last words: it gets the line and the worst
 * of the details, because {@code kubectl describe pod} shows no more than 4096 bytes, and the last
 * ones of a longer file.
 *
 * <p>Kubernetes has put the file there; it is written in place, and never made.
 */
final class TerminationLog {
  /** Names another file; an empty value, none. */
  static final String PROPERTY = "curfew.terminationLog";

  static final int LONGEST = 4096;

  private static final String USUAL = "/dev/termination-log";
  private static final byte[] CUT =
      "  more     cut here; the whole report is on standard error\n"
          .getBytes(StandardCharsets.UTF_8);

  private final Path file;
  private final ReentrantLock writing = new ReentrantLock();

  /** The newest report that was written, by the number its writer gave. Guarded by the lock. */
  private long newest;

  private TerminationLog(Path file) {
    this.file = file;
  }

  /** The process's own; null if there is none, as outside Kubernetes. */
  static @Nullable TerminationLog ofProcess() {
    String named = System.getProperty(PROPERTY, USUAL);
    return named.isEmpty() ? null : in(Path.of(named));
  }

  /** In this file, if it is a regular one that may be written; else null. */
  static @Nullable TerminationLog in(Path file) {
    return Files.isRegularFile(file) && Files.isWritable(file) ? new TerminationLog(file) : null;
  }

  Path path() {
    return file;
  }

  /**
   * Writes this report, unless a newer one was written before.
   *
   * @param number grows with every report of a service: a write that hung must not win in the end
   * @throws IOException if it can't be written
   */
  void write(long number, StopReport report) throws IOException {
    byte[] bytes = shortened(report.text());
    writing.lock();
    try {
      if (number > newest) {
        try (OutputStream out =
            Files.newOutputStream(
                file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
          out.write(bytes);
        }
        newest = number;
      }
    } finally {
      writing.unlock();
    }
  }

  /** As many whole lines as fit, and a note if some do not. */
  static byte[] shortened(String text) {
    byte[] all = text.getBytes(StandardCharsets.UTF_8);
    if (all.length <= LONGEST) {
      return all;
    }
    int end = LONGEST - CUT.length;
    while (end > 0 && all[end - 1] != '\n') {
      end--;
    }
    if (end == 0) {
      // Not even the line fits, which is in ASCII: any place to cut is as good.
      return Arrays.copyOf(all, LONGEST);
    }
    byte[] some = Arrays.copyOf(all, end + CUT.length);
    System.arraycopy(CUT, 0, some, end, CUT.length);
    return some;
  }
}
