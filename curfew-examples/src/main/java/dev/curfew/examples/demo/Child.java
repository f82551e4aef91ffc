// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that the driver started, on its own class path. Closing it ends it, by its pid; a driver
 * that is itself stopped ends all that are left.
 */
final class Child implements AutoCloseable {
  private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> ALIVE.forEach(Process::destroyForcibly), "end-children"));
  }

  private final String name;
  private final Process process;
  private final Path log;

  private Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /** Starts the main class; what it prints goes to {@code <name>.log} in the folder. */
  static Child start(String name, Class<?> main, Path folder, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    // It lives for seconds, and shares its machine with others of its kind.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("--enable-native-access=ALL-UNNAMED"); // SQLite is a native library.
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);

    Path log = folder.resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    // Inside a pod a service serves on for 5 s after the signal; nobody routes to this one.
    builder.environment().remove("KUBERNETES_SERVICE_HOST");
    Process process = builder.start();
    ALIVE.add(process);
    return new Child(name, process, log);
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Everything it has printed so far. */
  String log() throws IOException {
    return Files.readString(log);
  }

  /** Sends SIGTERM and returns at once. Not {@code Process.destroy}: that cuts its input too. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Its exit code, or nothing if it is still there after this time. */
  OptionalInt awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      return OptionalInt.empty();
    }
    ALIVE.remove(process);
    return OptionalInt.of(process.exitValue());
  }

  /** Cuts its input, on which it is expected to finish and exit, and waits for that. */
  OptionalInt finish(Duration atMost) throws IOException, InterruptedException {
    process.getOutputStream().close();
    return awaitExit(atMost);
  }

  /** Ends it whatever it does. */
  void kill() {
    process.destroyForcibly();
    ALIVE.remove(process);
  }

  @Override
  public void close() {
    kill();
  }
}
