// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.List;

/**
 * What a stop found: the facts from which the report and the exit code follow.
 *
 * @param work what became of all work
 * @param pending tasks that did not end, equal ones grouped
 * @param pendingTasks how many tasks the lines in {@code pending} stand for, and those cut from it
 * @param resources how each resource ended, in closing order
 * @param findings what was wrong, equal ones grouped
 */
public record Account(
    WorkCount work,
    List<Pending> pending,
    long pendingTasks,
    List<ResourceEnd> resources,
    List<Finding> findings) {
  /** Copies the lists. */
  public Account {
    pending = List.copyOf(pending);
    resources = List.copyOf(resources);
    findings = List.copyOf(findings);
  }
}
