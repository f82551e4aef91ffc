// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong, with its evidence and what mends it. Equal findings are grouped by
 * {@link #signature()} and counted.
 *
 * @param cause which of the five causes; null where naming one would be a guess
 * @param path the task, group or resource it was seen at
 * @param what what happened, one sentence
 * @param at the innermost application frame concerned, if one is known
 * @param certain false where the text should say "likely"
 * @param remedy what to change, one sentence
 * @param count how many equal ones there are, at least 1
 */
public record Finding(
    @Nullable Cause cause,
    String path,
    String what,
    @Nullable StackTraceElement at,
    boolean certain,
    String remedy,
    int count) {
  /** Rejects null and a count below 1. */
  public Finding {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(remedy, "remedy");
    if (count < 1) {
      throw new IllegalArgumentException("count: expected at least 1, got " + count);
    }
  }

  /** {@return what equal findings share: cause, path without ordinals, and frame} */
  public String signature() {
    return Signature.of(cause, path).append(at == null ? what : at).toString();
  }

  /**
   * The findings with equal ones made one, which keeps the first's words and has the sum of their
   * counts; in the order in which they first occur.
   *
   * @param findings any number, in any order
   * @return the groups
   */
  public static List<Finding> grouped(Iterable<Finding> findings) {
    Map<String, Finding> groups = new LinkedHashMap<>();
    for (Finding finding : findings) {
      String signature = finding.signature();
      Finding first = groups.get(signature);
      groups.put(signature, first == null ? finding : first.times(first.count + finding.count));
    }
    return List.copyOf(groups.values());
  }

  /**
   * The same finding, seen this often.
   *
   * @param newCount how often, at least 1
   * @return a copy
   */
  public Finding times(int newCount) {
    return new Finding(cause, path, what, at, certain, remedy, newCount);
  }
}
