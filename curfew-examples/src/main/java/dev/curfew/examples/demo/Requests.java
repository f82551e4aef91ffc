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
 * @param byStatus how many answers had which status
 */
record Requests(
    long sent, long answered, long lostInFlight, long lostKeptAlive, Map<Integer, Long> byStatus) {
  long lost() {
    return lostInFlight + lostKeptAlive;
  }

  boolean addsUp() {
    return sent == answered + lost();
  }
}
