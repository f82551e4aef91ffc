// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

/**
 * How a process ends. The one place that the JVM's end is reached through, so that tests can watch.
 */
interface Ending {
  /** Runs the JVM's shutdown hooks and ends the process. Does not return. */
  void exit(int code);

  /** Ends the process at once. Does not return. Neither locks nor allocates. */
  void halt(int code);
}
