// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A worker process as the driver sees it. */
final class WorkerProcess {
  private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> ALIVE.forEach(Process::destroyForcibly), "end-workers"));
  }

  private final Process process;
  private final Path output;

  /** When it was seen to be ready. */
  private boolean ready;

  private WorkerProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  static WorkerProcess start(Path output, List<String> arguments) throws IOException {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StormWorker.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("KUBERNETES_SERVICE_HOST");
    Process process = builder.start();
    ALIVE.add(process);
    return new WorkerProcess(process, output);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  /** Until it takes jobs, or has ended: a job that ends its process may be its first. */
  void awaitReady() throws IOException {
    long limit = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!ready && process.isAlive()) {
      ready = output().contains("ready");
      if (System.nanoTime() - limit > 0) {
        throw new IOException("a worker was not ready after 60 s; it printed:\n" + output());
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Sends a signal by its name, such as {@code STOP}. */
  void signal(String name) throws IOException, InterruptedException {
    if (!process.isAlive()) {
      return; // Its number may be another's by now.
    }
    if (name.equals("KILL")) {
      process.destroyForcibly();
    } else if (name.equals("TERM")) {
      process.toHandle().destroy();
    } else {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    }
  }

  /** Its exit code; -1 if it has not ended by then. */
  int awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      return -1;
    }
    ALIVE.remove(process);
    return process.exitValue();
  }
}
