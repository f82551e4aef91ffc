// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a child JVM is to be started: main class, JVM flags, arguments, and what its parent does to
 * its descriptors, limits and signal dispositions.
 *
 * <p>Not thread-safe; made by {@link ChildJvm#of}, ended by {@link #start}. The child runs on the
 * JDK of the test itself and on the test's own class path.
 *
 * <p>The child goes through {@code sh -c 'exec …'}, so that shell redirections and limits can be
 * used and its pid is the one of the process started. Signals that the build inherited as ignored
 * (a build run as {@code mvn verify &} from a script has SIGINT ignored) are set back to their
 * default by {@code env --default-signal}, where there is such an {@code env}.
 */
final class Launch {

  private static final boolean ENV_RESETS_SIGNALS = runs("env", "--default-signal=INT", "true");

  private final String mainClass;

  /** The machine's own termination log, should it have one, is not the children's. */
  private final List<String> flags =
      new ArrayList<>(List.of("-Xmx256m", "-XX:-UsePerfData", "-Dcurfew.terminationLog="));

  private final List<String> arguments = new ArrayList<>();
  private final List<String> before = new ArrayList<>();
  private final List<String> wrapper = new ArrayList<>();
  private final List<String> replaced = new ArrayList<>();
  private final Set<String> signalsAtDefault = new TreeSet<>(Set.of("HUP", "INT", "TERM"));
  private final Map<String, String> environment = new HashMap<>();
  private String redirections = "";
  private boolean scriptJob;
  private boolean readsErr = true;
  private boolean readsOut = true;

  Launch(Class<?> main) {
    this.mainClass = main.getName();
  }

  /** Whether a command can be run here at all; for assumptions about the machine. */
  static boolean runs(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Adds JVM flags; a later heap flag wins over the 256 MiB that every child starts with. */
  Launch flags(String... more) {
    flags.addAll(Arrays.asList(more));
    return this;
  }

  /** Sets a system property of the child. */
  Launch property(String key, Object value) {
    flags.add("-D" + key + "=" + value);
    return this;
  }

  /** The curfew of the services in the child; they have 4 s unless told. */
  Launch curfew(Duration total) {
    return property("acceptance.curfew", total.toMillis());
  }

  /** Where the services in the child keep their report. */
  Launch reportingTo(Path file) {
    return property("acceptance.report", file);
  }

  /** Sets a variable of the child's environment. */
  Launch environment(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Where the child finds the file for its last words; it has none unless told. */
  Launch terminationLog(Path file) {
    return property("curfew.terminationLog", file);
  }

  /** Adds arguments of the program. */
  Launch arguments(Object... more) {
    for (Object argument : more) {
      arguments.add(argument.toString());
    }
    return this;
  }

  /** Runs a shell command in the process that is to become the child, {@code ulimit} for one. */
  Launch first(String shellCommand) {
    before.add(shellCommand);
    return this;
  }

  /** Puts shell redirections behind the command: {@code >&-} closes standard output. */
  Launch redirect(String shellRedirections) {
    redirections += " " + shellRedirections;
    return this;
  }

  /** Lets the child inherit a signal as ignored, as {@code nohup} does with SIGHUP. */
  Launch ignoring(String signal) {
    signalsAtDefault.remove(signal);
    return first("trap '' " + signal);
  }

  /** Runs the child below another command that stays its parent, {@code unshare} for one. */
  Launch under(String... command) {
    wrapper.addAll(Arrays.asList(command));
    return this;
  }

  /** Runs the child through a command that becomes it by {@code exec}, {@code setpriv} for one. */
  Launch through(String... command) {
    replaced.addAll(Arrays.asList(command));
    return this;
  }

  /**
   * Runs the child as {@code java … &} in a script that waits for it: POSIX makes it inherit SIGINT
   * as ignored.
   */
  Launch asScriptJob() {
    scriptJob = true;
    signalsAtDefault.remove("INT");
    return this;
  }

  /** Leaves the child's standard error unread: its pipe fills after 64 KiB. */
  Launch leavingStderrUnread() {
    readsErr = false;
    return this;
  }

  /** Leaves the child's standard output unread: its pipe fills after 64 KiB. */
  Launch leavingStdoutUnread() {
    readsOut = false;
    return this;
  }

  /** Starts the child. */
  ChildJvm start() {
    ProcessBuilder builder = new ProcessBuilder(command());
    // Options from outside would print lines of their own and change what is measured; inside
    // Kubernetes or systemd a service behaves differently by design.
    for (String variable :
        List.of(
            "JAVA_TOOL_OPTIONS",
            "JDK_JAVA_OPTIONS",
            "_JAVA_OPTIONS",
            "KUBERNETES_SERVICE_HOST",
            "NOTIFY_SOCKET")) {
      builder.environment().remove(variable);
    }
    builder.environment().putAll(environment);
    try {
      boolean indirect = scriptJob || !wrapper.isEmpty();
      return new ChildJvm(mainClass, builder.start(), indirect, readsOut, readsErr);
    } catch (IOException failure) {
      throw new UncheckedIOException("could not start " + builder.command(), failure);
    }
  }

  private List<String> command() {
    StringBuilder script = new StringBuilder();
    before.forEach(command -> script.append(command).append("; "));
    script.append(scriptJob ? "" : "exec ");
    wrapper.forEach(word -> script.append(word).append(' '));
    replaced.forEach(word -> script.append(word).append(' '));
    if (ENV_RESETS_SIGNALS && !signalsAtDefault.isEmpty()) {
      script.append("env --default-signal=").append(String.join(",", signalsAtDefault)).append(' ');
    }
    script.append("\"$@\"").append(redirections);
    script.append(scriptJob ? " & wait $!" : "");

    List<String> command = new ArrayList<>(List.of("sh", "-c", script.toString(), "sh", java()));
    command.addAll(flags);
    command.add("-cp");
    command.add(classPath());
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  private static String classPath() {
    String ofSurefire = System.getProperty("surefire.test.class.path");
    return ofSurefire != null ? ofSurefire : System.getProperty("java.class.path");
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
