// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Intake;

/**
 * An intake whose work runs as tasks. Instead of {@link #start()} its owner calls {@link
 * #start(TaskGroup)} with an isolated inner group that bears the intake's name.
 */
public interface GroupIntake extends Intake {
  /**
   * Begins to take work; every piece of it is forked in this group.
   *
   * @throws Exception if it can't; the start-up then fails
   * @param requests the inner group; it ends, with its tasks, before the group of the intake closes
   */
  void start(TaskGroup requests) throws Exception;

  /** Never called: see {@link #start(TaskGroup)}. */
  @Override
  default void start() {
    throw new IllegalStateException(
        getClass().getName() + " needs a group: give it to TaskGroup.intake(name, intake)");
  }
}
