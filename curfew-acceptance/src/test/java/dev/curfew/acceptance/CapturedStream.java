// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lines that a child has written to one of its streams so far. Written by one reading thread,
 * read by any.
 */
final class CapturedStream {

  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> lines = new ArrayList<>(); // guarded by lock
  private boolean ended; // guarded by lock

  CapturedStream(String name) {
    this.name = name;
  }

  /** Starts reading; the thread ends with the stream. */
  Thread read(InputStream stream) {
    return Thread.ofPlatform().daemon().name("child-" + name).start(() -> readLines(stream));
  }

  /**
   * Waits until {@code times} lines contain the text and returns the last of these, or empty when
   * the deadline passed or the stream ended without it.
   */
  Optional<String> await(String text, int times, Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        List<String> found = lines.stream().filter(line -> line.contains(text)).toList();
        if (found.size() >= times) {
          return Optional.of(found.get(times - 1));
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          return Optional.empty();
        }
        changed.await(left, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The lines so far. */
  List<String> lines() {
    lock.lock();
    try {
      return List.copyOf(lines);
    } finally {
      lock.unlock();
    }
  }

  private void readLines(InputStream stream) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        add(line);
      }
    } catch (IOException closed) {
      add("(reading " + name + " failed: " + closed + ")");
    } finally {
      end();
    }
  }

  private void add(String line) {
    lock.lock();
    try {
      lines.add(line);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
