// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A running child JVM: its real pid, its real signals, both of its streams.
 *
 * <p>Made by {@link Launch#start}; {@link #close} kills whatever is left of it, by pid. One test
 * thread uses it. Every wait has a limit, and a failed one says what was waited for and shows what
 * the child had written until then.
 */
final class ChildJvm implements AutoCloseable {

  /** Long enough for a JVM to start on a busy machine with two processors. */
  static final Duration START = Duration.ofSeconds(30);

  private final String program;
  private final Process process;
  private final boolean indirect;
  private final CapturedStream out = new CapturedStream("out");
  private final CapturedStream err = new CapturedStream("err");
  private final List<Thread> readers = new ArrayList<>();
  private volatile long endedAt; // written by the thread that reaps the child, before exit is seen
  private long signalledAt;

  ChildJvm(String program, Process process, boolean indirect, boolean readsOut, boolean readsErr) {
    this.program = program;
    this.process = process;
    this.indirect = indirect;
    this.signalledAt = System.nanoTime();
    if (readsOut) {
      readers.add(out.read(process.getInputStream()));
    }
    if (readsErr) {
      readers.add(err.read(process.getErrorStream()));
    }
    var unused = process.onExit().thenRun(() -> endedAt = System.nanoTime());
  }

  /** How a child with this main class is started. */
  static Launch of(Class<?> main) {
    return new Launch(main);
  }

  /** Waits for a line on standard output that contains the text, and returns it. */
  String awaitOut(String text) throws InterruptedException {
    return await(out, "standard output", text, 1, START);
  }

  /** Waits for the n-th line on standard output that contains the text. */
  String awaitOut(String text, int times) throws InterruptedException {
    return await(out, "standard output", text, times, START);
  }

  /** Waits for a line on standard error that contains the text, and returns it. */
  String awaitErr(String text) throws InterruptedException {
    return await(err, "standard error", text, 1, START);
  }

  private String await(CapturedStream stream, String where, String text, int times, Duration limit)
      throws InterruptedException {
    Optional<String> line = stream.await(text, times, limit);
    return line.orElseThrow(() ->
        failure(
            "waited for %s line(s) with \"%s\" on %s (at most %s), %s"
                .formatted(
                    times, text, where, limit, process.isAlive() ? "child alive" : "child ended")));
  }

  /** Waits for a condition outside the child; {@code what} names it in the failure. */
  void awaitThat(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + START.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw failure("waited until " + what + " (at most " + START + ")");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Sends a real signal: {@code TERM}, {@code INT}, {@code HUP}, {@code STOP}, … */
  ChildJvm signal(String name) throws InterruptedException {
    kill(name, pid());
    return this;
  }

  /** Sends two signals with a pause of so many milliseconds, without a detour in between. */
  ChildJvm signals(String first, long pauseMillis, String second) throws InterruptedException {
    String script =
        "kill -%s %d; sleep %d.%03d; kill -%s %d"
            .formatted(first, pid(), pauseMillis / 1_000, pauseMillis % 1_000, second, pid());
    signalledAt = System.nanoTime();
    if (!Launch.runs("sh", "-c", script)) {
      throw failure("could not send " + first + " and " + second);
    }
    return this;
  }

  /** Sends a signal to the process that started the JVM, where it was started indirectly. */
  ChildJvm signalLauncher(String name) throws InterruptedException {
    kill(name, process.pid());
    return this;
  }

  private void kill(String name, long pid) throws InterruptedException {
    signalledAt = System.nanoTime();
    if (!Launch.runs("sh", "-c", "kill -" + name + " " + pid)) {
      throw failure("could not send " + name + " to " + pid);
    }
  }

  /** Writes a line to the child's standard input. */
  void tell(String line) throws IOException {
    BufferedWriter writer =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    writer.write(line + "\n");
    writer.flush();
  }

  /** The pid of the JVM itself, as this process sees it. */
  long pid() throws InterruptedException {
    if (!indirect) {
      return process.pid();
    }
    awaitThat("the JVM below " + program + "'s launcher is there", () -> jvm().isPresent());
    return jvm().orElseThrow().pid();
  }

  private Optional<ProcessHandle> jvm() {
    return process
        .descendants()
        .filter(handle -> handle.info().command().orElse("").endsWith("/java"))
        .findFirst();
  }

  /** Whether the process that was started is still there. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Milliseconds since the last signal, or since the start if there was none. */
  long millisSinceSignal() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - signalledAt);
  }

  /** Takes this moment as the one that the bound of {@link #awaitEnd} counts from. */
  ChildJvm fromNow() {
    signalledAt = System.nanoTime();
    return this;
  }

  /**
   * Waits for the child's end.
   *
   * @param bound counted from the last signal, or from {@link #fromNow}; a child that is still
   *     alive then fails the test, with a thread dump of the child in the failure
   */
  Ended awaitEnd(Duration bound) throws InterruptedException {
    long left = signalledAt + bound.toNanos() - System.nanoTime();
    if (!process.waitFor(Math.max(left, 0), TimeUnit.NANOSECONDS)) {
      kill("QUIT", pid());
      out.await("Full thread dump", 1, Duration.ofSeconds(3));
      out.await("JNI global refs", 1, Duration.ofSeconds(3));
      throw failure("still alive " + bound + " after the last signal");
    }
    for (Thread reader : readers) {
      // A grandchild may hold the pipe open; the lines of the child itself are there by then.
      reader.join(2_000);
    }
    awaitThat("its end was timed", () -> endedAt != 0);
    return new Ended(
        program,
        process.exitValue(),
        Duration.ofNanos(endedAt - signalledAt),
        out.lines(),
        err.lines());
  }

  /** Kills what is left of the child and of what it was started by, and waits until it is gone. */
  @Override
  public void close() {
    List<ProcessHandle> below = process.descendants().toList();
    below.forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private AssertionError failure(String what) {
    return new AssertionError(
        "%s: %s%n%s".formatted(program, what, Ended.streams(out.lines(), err.lines())));
  }
}
