// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.ServerConnector;

/** The connections of a Jetty server that may bring requests. */
final class JettyLines implements Connection.Listener, SelectorManager.AcceptListener {
  private final ConcurrentHashMap<Connection, JettyLine> open = new ConcurrentHashMap<>();

  /** Calls of our own, by their port. */
  private final Set<Integer> ignored = ConcurrentHashMap.newKeySet();

  /** Accepted connections that have not been opened: Jetty does that on another thread. */
  private final AtomicInteger opening = new AtomicInteger();

  private final long cap;

  JettyLines(long capNanos) {
    this.cap = capNanos;
  }

  /** Watches the connections of this connector. */
  void watch(Connector connector) {
    connector.addEventListener(this);
    if (connector instanceof ServerConnector selecting) {
      selecting.getSelectorManager().addEventListener(this);
    }
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    opening.incrementAndGet();
  }

  @Override
  public void onAccepted(SelectableChannel channel) {
    opening.decrementAndGet();
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    opening.decrementAndGet();
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
    long longest = opening.get() > 0 ? cap : 0;
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
