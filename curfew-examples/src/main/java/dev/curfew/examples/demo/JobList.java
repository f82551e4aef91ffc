// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;

/** A file with one job on each line, appended to. */
final class JobList {
  private final Path file;

  JobList(Path file) {
    this.file = file;
  }

  /** Adds the jobs, from any thread: lines of two calls never mix. */
  synchronized void add(Collection<String> jobs) {
    try {
      Files.write(file, jobs, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write " + jobs.size() + " jobs to " + file, e);
    }
  }

  /** Every job listed, none if there is no file; the list is empty afterwards. */
  synchronized List<String> take() throws IOException {
    List<String> jobs = read();
    Files.deleteIfExists(file);
    return jobs;
  }

  /** Every job listed, none if there is no file. */
  List<String> read() throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }
}
