// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes the right to start native threads away from a running child, and gives it back: {@code
 * RLIMIT_NPROC}, set from outside by {@code prlimit}.
 *
 * <p>The limit does not bind root. A build run by root therefore starts the child as a user of its
 * own, who may still read and write the build's files.
 */
final class ThreadLimit {

  private static final List<String> OTHER_USER =
      List.of("setpriv", "--reuid=61234", "--regid=61234", "--clear-groups");
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private ThreadLimit() {}

  /** Lets the child be one that can be limited; skips the test where none can be. */
  static Launch limitable(Launch launch) {
    assumeTrue(Launch.runs("prlimit", "--version"), "prlimit is needed to limit threads");
    if (ROOT) {
      List<String> words = new ArrayList<>(OTHER_USER);
      words.addAll(List.of("--inh-caps=+dac_override", "--ambient-caps=+dac_override"));
      List<String> probe = new ArrayList<>(words);
      probe.add("true");
      assumeTrue(
          Launch.runs(probe.toArray(String[]::new)),
          "root is not bound by thread limits, and can't become another user here");
      return launch.through(words.toArray(String[]::new));
    }
    return launch;
  }

  /** From now on no native thread can be started in the child. */
  static void exhaust(ChildJvm child) throws InterruptedException {
    set(child, 1);
  }

  /** From now on threads can be started again. */
  static void relax(ChildJvm child) throws InterruptedException {
    set(child, 4_000);
  }

  private static void set(ChildJvm child, int threads) throws InterruptedException {
    List<String> command = new ArrayList<>(ROOT ? OTHER_USER : List.of());
    command.addAll(
        List.of("prlimit", "--pid", Long.toString(child.pid()), "--nproc=" + threads + ":"));
    if (!Launch.runs(command.toArray(String[]::new))) {
      throw new AssertionError("could not run " + command);
    }
  }
}
