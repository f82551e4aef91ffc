// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;

/** The connections of a Jetty server that may bring requests. */
final class JettyLines implements Connection.Listener {
  private final ConcurrentHashMap<Connection, JettyLine> open = new ConcurrentHashMap<>();

  /** Calls of our own, by their port. */
  private final Set<Integer> ignored = ConcurrentHashMap.newKeySet();

  private final long cap;

  JettyLines(long capNanos) {
    this.cap = capNanos;
  }

  /** A connection from this port is our own, and will bring nothing. */
  void ignore(int port) {
    ignored.add(port);
  }

  @Override
  public void onOpened(Connection connection) {
    // TLS below and WebSocket above HTTP have connections of their own, which bring no requests.
    if (connection instanceof ConnectionMetaData && !isOurs(connection)) {
      open.put(connection, new JettyLine(connection));
    }
  }

  private boolean isOurs(Connection connection) {
    return !ignored.isEmpty()
        && connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress from
        && ignored.contains(from.getPort());
  }

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection);
  }

  /** A request has arrived on this connection. */
  JettyLine begin(Connection connection) {
    JettyLine line = open.computeIfAbsent(connection, JettyLine::new);
    line.begin(System.nanoTime());
    return line;
  }

  /**
   * How long to wait until all connections are idle.
   *
   * @return nanoseconds, 0 or less if all are
   */
  long untilIdle(long now) {
    long pause = 0;
    for (JettyLine line : open.values()) {
      pause = Math.max(pause, line.longestPause());
    }
    long unknown = Math.max(Lines.UNKNOWN, Lines.patience(pause));
    long longest = 0;
    for (JettyLine line : open.values()) {
      long known = line.longestPause();
      long patience = Math.min(cap, known == 0 ? unknown : Lines.patience(known));
      longest = Math.max(longest, line.untilIdle(now, patience, cap));
    }
    return longest;
  }

  /** Closes all that are left. */
  void close() {
    open.keySet().forEach(Connection::close);
  }
}
