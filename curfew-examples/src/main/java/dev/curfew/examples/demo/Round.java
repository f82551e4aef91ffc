// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one round of the storm has shown.
 *
 * @param number which round, from 1
 * @param moment when the SIGTERM was sent, counted from the start of the process
 * @param reached how far the service had come by then
 * @param exitCode of the service; -1 if it had to be killed
 * @param took from SIGTERM to the end of the process
 * @param inHand the jobs that the queue still has as claimed: none, once a service has stopped
 * @param crossCheck the report file beside the upstream's log; null if there is none
 * @param log what the service printed
 */
record Round(
    int number,
    Duration moment,
    Reached reached,
    int exitCode,
    Duration took,
    Requests requests,
    Jobs jobs,
    List<String> inHand,
    @Nullable CrossCheck crossCheck,
    String log) {
  static final Duration CURFEW = Duration.ofSeconds(25);

  /** The first thing that the service's main does is to print this. */
  static final String MAIN = "main";

  /** What the service prints in its set-up: signals are its own from then on. */
  static final String SET_UP = "set-up";

  private static final int BY_SIGTERM = 143;

  /** How far a service has come when the SIGTERM is sent. */
  enum Reached {
    /** The JVM starts, main has not begun. */
    JVM,
    /** main has begun, set-up has not: Curfew takes hold of the signals. */
    MAIN,
    /** Set-up is under way. */
    SET_UP,
    /** It serves. */
    SERVING
  }

  /** How far a service has come that has printed this. */
  static Reached reached(String log) {
    return log.contains(SET_UP)
        ? Reached.SET_UP
        : log.startsWith(MAIN) ? Reached.MAIN : Reached.JVM;
  }

  /**
   * Whether the SIGTERM met a JVM whose signals were not Curfew's yet, and that ended by it without
   * a word of Curfew's: with 143, or, before main, with 1 because the JVM's own start-up failed.
   * Nothing was set up then, so nothing can be lost.
   */
  boolean endedByJvm() {
    if (log.contains(SET_UP) || log.contains("CURFEW")) {
      return false;
    }
    return switch (reached) {
      case JVM ->
          exitCode == BY_SIGTERM
              || (exitCode == 1 && log.contains("Error occurred during initialization of VM"));
      case MAIN -> exitCode == BY_SIGTERM;
      default -> false;
    };
  }

  /** What is not as it must be, a sentence each. */
  List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    boolean early = endedByJvm();
    expect(wrong, exitCode == 0 || early, "exit code " + exitCode + ", expected 0");
    expect(wrong, early || log.contains("outcome=CLEAN"), "no report says outcome=CLEAN");
    expect(wrong, took.compareTo(CURFEW) <= 0, "it ended after its curfew, " + took);
    expect(wrong, requests.addsUp(), "the requests don't add up: " + requests);
    expect(
        wrong,
        requests.lost() == 0,
        requests.lostInFlight()
            + " requests were lost in flight, "
            + requests.lostKeptAlive()
            + " on kept-alive connections");
    expect(wrong, jobs.addsUp(), "the jobs don't add up: " + jobs.accepted() + " were accepted");
    expect(wrong, jobs.lost().isEmpty(), "jobs were lost: " + jobs.lost());
    expect(wrong, inHand.isEmpty(), "jobs were not given back: " + inHand);
    expect(wrong, jobs.duplicates() == 0, "jobs were done twice: " + jobs.repeated());
    if (reached == Reached.SERVING) {
      expect(wrong, crossCheck != null, "it wrote no report file");
    }
    if (crossCheck != null) {
      wrong.addAll(crossCheck.wrong());
    }
    return wrong;
  }

  private static void expect(List<String> wrong, boolean right, String otherwise) {
    if (!right) {
      wrong.add(otherwise);
    }
  }
}
