// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.Map;

/**
 * What became of the requests.
 *
 * @param sent written to a connection
 * @param answered answered, whatever the status
 * @param lostInFlight sent while the connection was open, and never answered
 * @param lostKeptAlive sent on a connection that the server had closed without saying so
 * @param lostNew sent on a connection that had not served before: opened while the service closed
 *     its listening socket, which no server can save; a load balancer sends nothing any more by
 *     then
 * @param byStatus how many answers had which status
 */
record Requests(
    long sent,
    long answered,
    long lostInFlight,
    long lostKeptAlive,
    long lostNew,
    Map<Integer, Long> byStatus) {
  static final Requests NONE = new Requests(0, 0, 0, 0, 0, Map.of());

  /** What a stop must not lose. */
  long lost() {
    return lostInFlight + lostKeptAlive;
  }

  boolean addsUp() {
    return sent == answered + lost() + lostNew;
  }
}
