// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

/**
 * What became of the requests of an intake. {@code taken} equals {@code answered + failed + refused
 * + unanswered + gone + inFlight}. Health endpoints do not count.
 *
 * @param taken requests whose head had arrived
 * @param answered the handler's answer was written
 * @param failed the handler threw, returned without an answer or with an incomplete one; a 500 if
 *     nothing had been sent
 * @param refused answered with a 503, because the group took no more tasks
 * @param unanswered cancelled, or not done when the server ended; a 503 where it was still possible
 * @param gone the client had closed the connection before its answer was written
 * @param inFlight not done
 * @param unclosed answers that the handler did not close and the intake did; not part of the sum
 */
public record HttpCount(
    long taken,
    long answered,
    long failed,
    long refused,
    long unanswered,
    long gone,
    long inFlight,
    long unclosed) {
  /**
   * Whether every request that was taken has exactly one end, or is in flight.
   *
   * @return true, or the intake has miscounted
   */
  public boolean addsUp() {
    return taken == answered + failed + refused + unanswered + gone + inFlight;
  }
}
