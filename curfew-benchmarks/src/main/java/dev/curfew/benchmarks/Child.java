// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** JVMs of the same kind and class path as this one, for what only a fresh one can show. */
final class Child {
  private Child() {}

  /** Starts a main class; its standard error is ours. */
  static Process start(Settings settings, Class<?> main, List<String> args) throws IOException {
    return command(settings, main, args).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** What starts a main class. */
  static ProcessBuilder command(Settings settings, Class<?> main, List<String> args) {
    List<String> command = new ArrayList<>();
    command.add(tool("java"));
    command.add("--enable-preview");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:+UseG1GC");
    command.add("-Xmx" + settings.heap());
    if (settings.brief()) {
      command.add("-XX:TieredStopAtLevel=1"); // Values mean nothing: no time for a better compiler.
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(args);
    return new ProcessBuilder(command);
  }

  /** Runs a main class to its end and returns the first line that it printed. */
  static String firstLine(Settings settings, Class<?> main, List<String> args)
      throws IOException, InterruptedException {
    Process process = start(settings, main, args);
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      int exit = process.waitFor();
      if (line == null || exit != 0) {
        throw new IllegalStateException(
            main.getSimpleName() + " " + args + " ended with " + exit + " and printed " + line);
      }
      return line;
    } finally {
      process.destroyForcibly();
    }
  }

  /** The path of a program of this JDK. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
