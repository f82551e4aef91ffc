// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import dev.curfew.time.Host;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * File descriptor 2, for what must be said when a process ends: written past {@code System.err},
 * which somebody may have replaced, by a thread of its own, because a write to a full pipe that
 * nobody reads never returns.
 *
 * <p>What can't be written within 500 ms is dropped: what is said here decides nothing. Any thread
 * may call.
 */
public final class Stderr {
  private static final long LIMIT_NANOS = 500_000_000L;

  /** Null if the descriptor was not open when the process started. */
  private final @Nullable OutputStream out;

  /** What is to be written, or is being written. Callers set it by CAS, the thread clears it. */
  private final AtomicReference<@Nullable Line> line = new AtomicReference<>();

  private final Thread writer;

  /** Set by tests, which must leave no thread behind; the process's own writer never ends. */
  private volatile boolean ended;

  /**
   * For what is not this process's own descriptor, such as a test's pipe.
   *
   * @param out where to write, null to write nothing
   */
  Stderr(@Nullable OutputStream out) {
    this.out = out;
    // Started at once: when it is needed, there may be no memory for a thread.
    this.writer = Host.current().sharedThread("curfew-stderr", this::write);
    if (out != null) {
      writer.start();
    }
  }

  /** Loads and starts what saying something needs, so that nothing is missing at the end. */
  public static void prepare() {
    Own.STDERR.print("");
  }

  /**
   * Writes this text as it is, in UTF-8.
   *
   * @param text with its line breaks
   * @return whether all of it was written within 500 ms; false also if descriptor 2 was not open
   *     when the process started
   */
  public static boolean say(String text) {
    return Own.STDERR.print(text);
  }

  boolean print(String text) {
    if (out == null) {
      return false;
    }
    Line mine = new Line(text.getBytes(StandardCharsets.UTF_8), Thread.currentThread());
    long deadline = Host.current().nanoTime() + LIMIT_NANOS;
    boolean interrupted = false;
    boolean handed = false;
    // An interrupt does not end the wait, which is short, and is kept: what is said at the end of
    // a process is often said because of one.
    while (!mine.written) {
      handed = handed || line.compareAndSet(null, mine);
      LockSupport.unpark(writer);
      long left = deadline - Host.current().nanoTime();
      if (left <= 0) {
        break;
      }
      // Another line in the slot gives no wake-up to this thread: look again after a while.
      Host.current().parkNanos(this, handed ? left : Math.min(left, 5_000_000L));
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return mine.written && !mine.failed;
  }

  /** Ends the writer once it has come back from what it writes; for what is not the process's. */
  void end() {
    ended = true;
    LockSupport.unpark(writer);
  }

  private void write() {
    OutputStream to = out;
    while (to != null && !ended) {
      Line next = line.get();
      if (next == null) {
        Host.current().parkNanos(this, Long.MAX_VALUE);
        // Nobody has a reason to interrupt this thread; a flag left set would make it spin.
        Thread.interrupted();
        continue;
      }
      try {
        to.write(next.bytes);
      } catch (IOException e) {
        // There is no other place where the failure could be told.
        next.failed = true;
      }
      line.set(null);
      next.written = true;
      LockSupport.unpark(next.from);
    }
  }

  /** This process's own, opened when it is first needed: its writer lives as long as the JVM. */
  private static final class Own {
    static final Stderr STDERR = new Stderr(inherited() ? descriptor2() : null);
  }

  private static OutputStream descriptor2() {
    return new FileOutputStream(FileDescriptor.err);
  }

  /**
   * Whether descriptor 2 is what the process was started with. If it was not open, the next file
   * that is opened gets its number: a line written to it would land in the program's data.
   *
   * <p>The JVM opens its {@code lib/modules} before any code runs and keeps it open. If that has
   * none of the numbers 0 to 2, all three were taken when the process started. If it has one, only
   * a terminal or a pipe is trusted, which a program does not open by itself.
   */
  private static boolean inherited() {
    try {
      Path descriptors = Path.of("/proc/self/fd");
      if (!Files.isDirectory(descriptors)) {
        return true;
      }
      String modules = Path.of(System.getProperty("java.home"), "lib", "modules").toString();
      boolean allOpen = true;
      String second = "";
      for (int number = 0; number <= 2; number++) {
        second = Files.readSymbolicLink(descriptors.resolve(Integer.toString(number))).toString();
        allOpen &= !second.equals(modules);
      }
      return allOpen
          || second.startsWith("/dev/pts/")
          || second.startsWith("/dev/tty")
          || second.startsWith("pipe:");
    } catch (IOException e) {
      // No such link: one of the three is closed at this moment. If it is 2, nothing is lost; if
      // it is another, 2 may be what the program opened.
      return false;
    } catch (UnsupportedOperationException | SecurityException e) {
      return true;
    }
  }

  /** Something to write. Fields are written by the writer and read by the one who waits. */
  private static final class Line {
    final byte[] bytes;
    final Thread from;
    volatile boolean written;
    volatile boolean failed;

    Line(byte[] bytes, Thread from) {
      this.bytes = bytes;
      this.from = from;
    }
  }
}
