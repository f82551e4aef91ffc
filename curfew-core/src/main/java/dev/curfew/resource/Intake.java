// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

/**
 * What brings work in: a server, a consumer. It starts when its service is ready to work and goes
 * quiet before anything else of a stop is done.
 */
public interface Intake {
  /**
   * Begins to take work. Called once; work that arrived earlier may wait, none may be refused.
   *
   * @throws Exception if it can't; the start-up then fails
   */
  default void start() throws Exception {}

  /**
   * The service is no longer ready: work is still served, but each client is asked to go elsewhere
   * (an HTTP server closes each connection after its next answer). Returns at once.
   *
   * @throws Exception if it can't; it is recorded and the stop goes on
   */
  default void retire() throws Exception {}

  /**
   * Takes no new work. What is in flight goes on. Returns at once.
   *
   * @throws Exception if it can't; it is recorded and the stop goes on
   */
  void quiet() throws Exception;

  /**
   * How many pieces of work were taken and have not ended.
   *
   * @return 0 once everything that was taken has ended
   */
  long inFlight();
}
