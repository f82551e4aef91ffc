// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What one round of the storm has shown.
 *
 * @param number which round, from 1
 * @param moment when the SIGTERM was sent, counted from the start of the process
 * @param reached how far the service had come by then
 * @param exitCode of the service; -1 if it had to be killed
 * @param took from SIGTERM to the end of the process
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
    String log) {
  static final Duration CURFEW = Duration.ofSeconds(25);

  /** The first line that the service prints, in its set-up: signals are its own from then on. */
  static final String SET_UP = "set-up";

  /** How far a service has come when the SIGTERM is sent. */
  enum Reached {
    /** The JVM starts, main has not got hold of the signals yet: nothing can be asked of it. */
    JVM,
    /** Set-up is under way. */
    SET_UP,
    /** It serves. */
    SERVING
  }

  /** What is not as it must be, a sentence each. */
  List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    // In between, the SIGTERM may meet a JVM that is just about to get hold of its signals.
    boolean diedEarly = exitCode == 143 && reached == Reached.JVM && !log.contains(SET_UP);
    expect(wrong, exitCode == 0 || diedEarly, "exit code " + exitCode + ", expected 0");
    expect(wrong, diedEarly || log.contains("outcome=CLEAN"), "no report says outcome=CLEAN");
    expect(wrong, took.compareTo(CURFEW) <= 0, "it ended after its curfew, " + took);
    expect(wrong, requests.addsUp(), "the requests don't add up: " + requests);
    expect(wrong, requests.lost() == 0, requests.lost() + " requests were lost");
    expect(wrong, jobs.addsUp(), "the jobs don't add up: " + jobs.accepted() + " were accepted");
    expect(wrong, jobs.lost().isEmpty(), "jobs were lost: " + jobs.lost());
    expect(wrong, jobs.reported().isEmpty(), "jobs were abandoned: " + jobs.reported());
    expect(wrong, jobs.doneTwice() == 0, jobs.doneTwice() + " jobs were done twice");
    return wrong;
  }

  private static void expect(List<String> wrong, boolean right, String otherwise) {
    if (!right) {
      wrong.add(otherwise);
    }
  }
}
