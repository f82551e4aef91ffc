// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the last known report in a file, as JSON. A reader sees the one before or the new one,
 * never half of one: it is written beside the file and renamed over it.
 */
final class ReportFile {
  private final Path file;
  private final ReentrantLock writing = new ReentrantLock();

  /** The newest report that was written, by the number its writer gave. Guarded by the lock. */
  private long newest;

  ReportFile(Path file) {
    this.file = file.toAbsolutePath();
  }

  Path path() {
    return file;
  }

  /**
   * Writes this report, unless a newer one was written before.
   *
   * @param number grows with every report of a service: a write that hung must not win in the end
   * @throws IOException if it can't be written; the file before stays as it was
   */
  void write(long number, StopReport report) throws IOException {
    StringBuilder json = new StringBuilder(4096);
    report.writeJson(json);
    byte[] bytes = json.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    writing.lock();
    try {
      if (number > newest) {
        replace(bytes);
        newest = number;
      }
    } finally {
      writing.unlock();
    }
  }

  private void replace(byte[] bytes) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // A device or a pipe: there is nothing to rename over, and renaming would remove it.
      Files.write(file, bytes);
      return;
    }
    Path beside =
        file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    try {
      Files.write(beside, bytes);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      Files.deleteIfExists(beside);
      if (!Files.isRegularFile(file)) {
        throw e;
      }
      // A file that was mounted by itself (as a container's termination log is) can't be renamed
      // over, and its folder may be read-only.
      Files.write(file, bytes);
    } catch (IOException e) {
      Files.deleteIfExists(beside);
      throw e;
    }
  }
}
