// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Cause;
import dev.curfew.report.Stderr;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last thing that is said when the JVM ends without a stop: one line, if anything is pending
 * then. A service that is the process ends everything itself and says more, so it silences this.
 */
final class LastResort {
  private static final AtomicBoolean ARMED = new AtomicBoolean();

  /** Set by the service that is the process, read by the hook. */
  private static volatile boolean silent;

  private LastResort() {}

  /**
   * Installs the hook, at the first call; called by whoever opens a group that no service ends.
   * Cheap afterwards.
   *
   * @param pending what is pending when the JVM ends, in a few words; null if nothing is
   */
  static void arm(Supplier<@Nullable String> pending) {
    if (ARMED.get() || !ARMED.compareAndSet(false, true)) {
      return;
    }
    try {
      // Not of the host: the hook belongs to the JVM, whichever host is there when it is armed.
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform().name("curfew-last-resort").unstarted(() -> say(pending)));
    } catch (IllegalStateException shutdown) {
      // The JVM is ending already: nobody would call the hook.
      silent = true;
    }
  }

  /** Somebody else ends everything, and says what is left. */
  static void silence() {
    silent = true;
  }

  private static void say(Supplier<@Nullable String> pending) {
    if (silent) {
      return;
    }
    String left = pending.get();
    if (left != null) {
      Stderr.say(line(left));
    }
  }

  static String line(String left) {
    return "CURFEW the JVM ends without a stop, pending: "
        + left
        + "; cause "
        + Cause.NO_SIGNAL.number()
        + " "
        + Cause.NO_SIGNAL.title()
        + ": "
        + Cause.NO_SIGNAL.remedy()
        + "\n";
  }
}
