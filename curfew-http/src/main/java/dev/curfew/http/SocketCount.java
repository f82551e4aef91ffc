// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

/**
 * What became of the WebSockets of an intake. Once it is quiet, {@code asked} equals {@code ended +
 * cut + open}.
 *
 * @param open not ended
 * @param asked got a Close frame with code 1001 (going away), because the intake went quiet
 * @param ended closed by their client after they were asked, or before our Close frame could be
 *     sent
 * @param cut closed hard, because they had not ended by the cancel
 */
public record SocketCount(long open, long asked, long ended, long cut) {
  /** No WebSocket at all. */
  static final SocketCount NONE = new SocketCount(0, 0, 0, 0);
}
