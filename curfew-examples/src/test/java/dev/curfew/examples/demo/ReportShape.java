// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is the same in every report of one kind: its lines and their fields, not the numbers. */
final class ReportShape {
  private static final String FIRST = "CURFEW shutdown ";
  private static final Pattern FIELD = Pattern.compile("(\\w+)=\\S+");

  private ReportShape() {}

  /** The shape of the last report in a text: its first line, and those that are indented deeper. */
  static List<String> of(String text) {
    List<String> shape = new ArrayList<>();
    int indent = 0;
    for (String line : text.lines().toList()) {
      int depth = line.length() - line.stripLeading().length();
      if (line.strip().startsWith(FIRST)) {
        shape.clear();
        indent = depth;
        shape.add(FIRST + fields(line));
      } else if (!shape.isEmpty() && (line.isBlank() || depth <= indent)) {
        indent = Integer.MAX_VALUE; // The report has ended; nothing is indented deeper than this.
      } else if (!shape.isEmpty() && !line.contains("ignored when the process was started")) {
        // Not what only says how the test itself was started: from a script, or under nohup.
        shape.add(line.strip().split("\\s+", 2)[0] + " " + said(line));
      }
    }
    return shape;
  }

  private static String fields(String line) {
    return FIELD
        .matcher(line)
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.joining(" "));
  }

  /** The stages differ with what took its time; all else is said in the same words. */
  private static String said(String line) {
    String words = line.strip();
    return words.startsWith("stages") ? "" : words.replaceAll("\\d+(\\.\\d+)?", "N");
  }
}
