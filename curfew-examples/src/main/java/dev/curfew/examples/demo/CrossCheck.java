// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a service's report file says of its work, beside what others have seen of it: the upstream,
 * that has noted down each call, and the clients.
 *
 * @param done jobs that the upstream and the report agree to be done
 * @param failed attempts
 * @param givenBack jobs
 * @param wrong where the two differ, a sentence each
 */
record CrossCheck(long done, long failed, long givenBack, List<String> wrong) {
  private static final Pattern WORK = Pattern.compile("\"work\":\\s*(null|\\{[^}]*})");

  /** Set-up, background tasks, and the requests with which the driver has tried it out. */
  private static final int OTHERS = 10;

  /** Compares a report with the calls of this run, and with the requests that were answered. */
  static CrossCheck of(String report, List<Call> calls, long answered, Limits limits) {
    List<String> wrong = new ArrayList<>();
    Matcher work = WORK.matcher(report);
    if (!work.find()) {
      wrong.add("the report file does not say what became of the work");
      return new CrossCheck(0, 0, 0, wrong);
    }
    String fields = work.group(1);
    long completed = field(fields, "completed");
    long failed = field(fields, "failed");
    long givenBack = field(fields, "givenBack");
    long done = count(calls, Call.Outcome.DONE);
    // The report counts the worker's own tasks, too: one for each job that it does at once.
    long others = completed - done - answered;
    if (others < 0 || others > limits.concurrency() + OTHERS) {
      wrong.add(
          String.format(
              "the report file says completed %d, but there are %d effects and %d answers",
              completed, done, answered));
    }
    compare(
        wrong,
        "failed",
        failed,
        count(calls, Call.Outcome.FAILED, Call.Outcome.CUT, Call.Outcome.REFUSED),
        "calls that failed");
    compare(wrong, "open", field(fields, "open"), 0, "expected");
    compare(wrong, "lost", field(fields, "lost"), 0, "expected");
    long ends = completed + failed + givenBack + field(fields, "cancelled");
    ends += field(fields, "neverStarted") + field(fields, "abandoned");
    compare(wrong, "accepted", field(fields, "accepted"), ends, "ends");
    return new CrossCheck(done, failed, givenBack, wrong);
  }

  private static long count(List<Call> calls, Call.Outcome... outcomes) {
    return calls.stream().filter(call -> List.of(outcomes).contains(call.outcome())).count();
  }

  private static void compare(List<String> wrong, String what, long said, long seen, String where) {
    if (said != seen) {
      wrong.add(
          "the report file says " + what + " " + said + ", but there are " + seen + " " + where);
    }
  }

  private static long field(String fields, String name) {
    Matcher field = Pattern.compile("\"" + name + "\":\\s*(-?\\d+)").matcher(fields);
    return field.find() ? Long.parseLong(field.group(1)) : 0;
  }
}
