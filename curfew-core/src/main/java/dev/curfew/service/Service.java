// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.task.TaskGroup;

/**
 * A program that runs until it is stopped: a task group that owns the process's signals, its
 * readiness, its curfew and its report.
 *
 * <p>Life cycle: set-up runs first; when it has returned, intakes open and the service is ready. It
 * stops on SIGTERM, SIGINT and SIGHUP, on {@link #requestStop}, on {@code System.exit}, when a task
 * that it can't live without fails, and when the last of its forked tasks has ended with no intake
 * open. A stop is one walk over the tree under one deadline; see {@link Curfew}.
 *
 * <p>Any method may be called from any thread.
 */
public interface Service extends TaskGroup {
  /**
   * What a service is made of.
   *
   * @see ServiceOptions#main(Setup)
   */
  @FunctionalInterface
  interface Setup {
    /**
     * Opens resources and intakes and starts tasks, then returns. Runs on a thread of its own,
     * which is interrupted if a stop is asked for meanwhile. If it throws, what it opened is closed
     * again and the exit code is 1.
     *
     * @param service the service, which owns what is opened
     * @throws Exception if it can't start
     */
    void start(Service service) throws Exception;
  }

  /**
   * Options for a service of this name.
   *
   * @param name what the report and the tree show
   * @return options: a curfew of 25 s, exit codes by outcome, no report file
   * @throws IllegalArgumentException if the name is blank or holds a slash or a control character
   */
  static ServiceOptions named(String name) {
    return Options.named(name);
  }

  /**
   * Asks for a stop and returns at once; see {@link RunningService#stop} to wait for it. Only the
   * first request counts.
   *
   * @param why a sentence for the report
   */
  void requestStop(String why);

  /**
   * Whether the service wants work now.
   *
   * @return never null
   */
  Readiness readiness();
}
