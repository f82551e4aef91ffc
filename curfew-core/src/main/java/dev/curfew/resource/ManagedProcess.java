// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A process of the operating system, with what it has started. It is asked to end (SIGTERM), once;
 * what is left at the limit, or after ten seconds, is killed, and named. What it writes meanwhile
 * is read and dropped, so that no full pipe keeps it from ending.
 *
 * <p>Signals go through {@link ProcessHandle}: {@link Process#destroy()} also closes the pipes,
 * which may itself wait for a child that does not read, and takes away the output of one that says
 * good-bye.
 */
final class ManagedProcess extends Draining {
  /** To answer when it is asked, where the close has no limit of its own. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Process process;
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * What the process has started, as far as it was seen: who is looked for after the end of the
   * parent is nobody's child any more. Guarded by itself.
   */
  private final Set<ProcessHandle> descendants = new LinkedHashSet<>();

  /** What had to be killed; written by the thread that closes. */
  private final List<String> killed = new ArrayList<>();

  /** Whether what the process left behind was asked; for the thread that closes. */
  private boolean askedOrphans;

  private ManagedProcess(Process process) {
    this.process = process;
  }

  static Managed of(Process process) {
    return of(process, PATIENCE);
  }

  static Managed of(Process process, Duration patience) {
    ManagedProcess managed = new ManagedProcess(process);
    return new Managed() {
      // Only asks: what uses the process may still be cleaning up.
      @Override
      public void cancel() {
        managed.ask();
      }

      @Override
      public void close(Deadline limit) throws TimeoutException {
        managed.end(limit.earlier(Deadline.in(patience)));
      }

      @Override
      public String toString() {
        return managed.name();
      }
    };
  }

  private void end(Deadline limit) throws TimeoutException {
    if (process.isAlive()) {
      drop(process.getInputStream(), "output");
      drop(process.getErrorStream(), "errors");
    }
    close(limit);
    if (!killed.isEmpty()) {
      throw new TimeoutException(
          String.join(", ", killed)
              + " did not end in time after SIGTERM, and had to be killed; let it end when it is"
              + " asked to, or give the stop more time");
    }
  }

  // ---- asking and killing

  private void ask() {
    look();
    if (asked.compareAndSet(false, true) && process.isAlive()) {
      ProcessHandle handle = handle();
      if (handle == null) {
        process.destroy();
      } else {
        signal(handle, false);
      }
    }
  }

  @Override
  void shutDown() {
    ask();
  }

  @Override
  void interruptAll(boolean busy) {
    look();
    if (process.isAlive()) {
      killed.add(name());
      ProcessHandle handle = handle();
      if (handle == null) {
        process.destroyForcibly();
      } else {
        signal(handle, true);
      }
    }
    for (ProcessHandle left : survivors()) {
      killed.add(name(left) + ", which it had started");
      signal(left, true);
    }
  }

  /** It may have ended meanwhile, which is as good. */
  private static void signal(ProcessHandle handle, boolean kill) {
    boolean unused = kill ? handle.destroyForcibly() : handle.destroy();
  }

  // ---- looking

  /** Null for a process that is not one of this machine's, a test's for one. */
  private @Nullable ProcessHandle handle() {
    try {
      return process.toHandle();
    } catch (UnsupportedOperationException e) {
      return null;
    }
  }

  private void look() {
    if (process.isAlive() && handle() != null) {
      List<ProcessHandle> seen = process.descendants().toList();
      synchronized (descendants) {
        descendants.addAll(seen);
      }
    }
  }

  private List<ProcessHandle> survivors() {
    List<ProcessHandle> known;
    synchronized (descendants) {
      known = List.copyOf(descendants);
    }
    return known.stream().filter(ManagedProcess::runs).toList();
  }

  private static boolean runs(ProcessHandle handle) {
    return handle.isAlive() && !isDefunct(handle.pid());
  }

  /**
   * An orphan that has ended, and that nobody has collected: a container's first process often does
   * not. Only where there is a {@code /proc} can that be told.
   */
  private static boolean isDefunct(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      int state = stat.lastIndexOf(')') + 2;
      return state < stat.length() && "ZX".indexOf(stat.charAt(state)) >= 0;
    } catch (IOException gone) {
      return false; // No such system, or no such process: then the handle knows.
    }
  }

  // ---- waiting

  @Override
  boolean await(long nanos) throws InterruptedException {
    Deadline end = Deadline.in(Duration.ofNanos(nanos));
    look();
    if (!process.waitFor(nanos, TimeUnit.NANOSECONDS)) {
      return false;
    }
    List<ProcessHandle> left = survivors();
    if (left.isEmpty()) {
      return true;
    }
    if (!askedOrphans) {
      // Not before the end of their parent: it may end them in an order of its own.
      askedOrphans = true;
      left.forEach(orphan -> signal(orphan, false));
    }
    while (!hasEnded() && !end.hasPassed()) {
      Host.current().parkNanos(this, Math.min(LOOK_NANOS, end.remainingNanos()));
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while it waited for " + name());
      }
    }
    return hasEnded();
  }

  @Override
  boolean hasEnded() {
    return !process.isAlive() && survivors().isEmpty();
  }

  @Override
  String stillThere() {
    List<String> names = new ArrayList<>();
    if (process.isAlive()) {
      names.add(name());
    }
    survivors().forEach(left -> names.add(name(left)));
    return String.join(", ", names) + " did not end although it was killed; see where it hangs";
  }

  // ---- its streams

  /** Reads what comes until the process has ended; on a thread that nobody waits for. */
  private void drop(InputStream from, String what) {
    Host.current()
        .platformThread(
            "curfew-process " + what + " of " + name(),
            () -> {
              byte[] dropped = new byte[8192];
              try {
                while (process.isAlive()) {
                  // Never a read that waits: at the end of the process nothing would end it.
                  int there = from.available();
                  if (there == 0) {
                    Host.current().parkNanos(this, LOOK_NANOS);
                  } else if (from.read(dropped, 0, Math.min(there, dropped.length)) < 0) {
                    return;
                  }
                }
              } catch (IOException closed) {
                // By its process's end, or by the program: there is nothing to be read.
                return;
              }
            })
        .start();
  }

  // ---- its name

  private String name() {
    ProcessHandle handle = handle();
    return handle == null ? "process " + process.getClass().getName() : name(handle);
  }

  private static String name(ProcessHandle handle) {
    String command =
        handle.info().command().map(path -> " (" + Path.of(path).getFileName() + ")").orElse("");
    return "process " + handle.pid() + command;
  }
}
