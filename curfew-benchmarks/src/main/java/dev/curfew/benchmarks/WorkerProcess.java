// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link WorkerMain} process that runs. What it says of itself is kept beside its effects. */
final class WorkerProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;

  private WorkerProcess(Process process) {
    this.process = process;
  }

  /** Starts one and returns when it works. */
  static WorkerProcess start(
      Settings settings, Engine.Kind kind, String url, Path effects, Duration budget)
      throws IOException {
    List<String> args = List.of(kind.name(), url, effects.toString(), "" + budget.toMillis());
    return ready(Child.command(settings, WorkerMain.class, args), effects);
  }

  /** Starts a JVM that does nothing but run an empty hook when it ends. */
  static WorkerProcess withEmptyHook(Settings settings, Path effects) throws IOException {
    return ready(Child.command(settings, IdleMain.class, List.of("hook")), effects);
  }

  private static WorkerProcess ready(ProcessBuilder command, Path effects) throws IOException {
    Path errors = effects.resolveSibling(effects.getFileName() + ".err");
    Process process =
        command.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile())).start();
    BufferedReader out = process.inputReader();
    if (!"READY".equals(out.readLine())) {
      process.destroyForcibly();
      throw new IllegalStateException(
          command.command() + " did not get ready; it said " + Files.readString(errors));
    }
    return new WorkerProcess(process);
  }

  /** Sends SIGTERM and waits for the exit; returns how long that took, in milliseconds. */
  double terminate() throws InterruptedException {
    long signal = System.nanoTime();
    process.destroy();
    return exit(signal);
  }

  /** The same with SIGKILL. */
  double kill() throws InterruptedException {
    long signal = System.nanoTime();
    process.destroyForcibly();
    return exit(signal);
  }

  private double exit(long signal) throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "process " + process.pid() + " lives " + PATIENCE_SECONDS + " s after its signal");
    }
    return (System.nanoTime() - signal) * 1e-6;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
