// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the service's report file says of its queue, beside what others have seen: the upstream's
 * effects log, and the lists that the service wrote.
 *
 * @param wrong where the two differ, a sentence each
 */
record CrossCheck(long accepted, long completed, long failed, long givenBack, List<String> wrong) {
  private static final String QUEUE = "\"/demo/backlog\"";
  private static final Pattern WORK = Pattern.compile("\"work\":\\s*(null|\\{[^}]*})");

  /** Compares a report with how many effects there were, and how long each list is. */
  static CrossCheck of(String report, int effects, int failed, int givenBack, int abandoned) {
    List<String> wrong = new ArrayList<>();
    int queue = report.indexOf(QUEUE);
    Matcher work = WORK.matcher(report);
    if (queue < 0 || !work.find(queue)) {
      wrong.add("the report file does not name the queue");
      return new CrossCheck(0, 0, 0, 0, wrong);
    }
    String fields = work.group(1);
    CrossCheck said =
        new CrossCheck(
            field(fields, "accepted"),
            field(fields, "completed"),
            field(fields, "failed"),
            field(fields, "givenBack"),
            wrong);
    long left = field(fields, "abandoned");
    compare(wrong, "completed", said.completed, effects, "effects");
    compare(wrong, "failed", said.failed, failed, "jobs listed as failed");
    compare(wrong, "given back", said.givenBack, givenBack, "jobs listed as given back");
    compare(wrong, "abandoned", left, abandoned, "jobs listed as abandoned");
    long ends = said.completed + said.failed + said.givenBack + left;
    compare(wrong, "accepted", said.accepted, ends, "ends");
    if (work.find(0)) {
      compare(wrong, "open", field(work.group(1), "open"), 0, "expected");
    }
    return said;
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
