// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where a run's files go; deleted when it is closed, and when the driver is stopped. */
final class RunFolder implements AutoCloseable {
  private final Path path;
  private final boolean keep;

  private RunFolder(Path path, boolean keep) {
    this.path = path;
    this.keep = keep;
  }

  static RunFolder create(String prefix, boolean keep) throws IOException {
    RunFolder folder = new RunFolder(Files.createTempDirectory(prefix), keep);
    if (!keep) {
      Runtime.getRuntime().addShutdownHook(new Thread(folder::delete, "delete-" + prefix));
    }
    return folder;
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    if (!keep) {
      delete();
    }
  }

  private void delete() {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> below = Files.walk(path)) {
      List<Path> deepestFirst = below.sorted(Comparator.reverseOrder()).toList();
      for (Path each : deepestFirst) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't delete " + path + "; it is not needed any more", e);
    }
  }
}
