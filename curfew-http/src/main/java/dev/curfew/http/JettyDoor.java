// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.ServerConnector;

/*
 * Jetty closes a listening socket by interrupting its acceptors. One that has just accepted a
 * connection then drops it, and its client waits for ever; and what nobody has accepted yet is reset
 * by the kernel. So the acceptors are told to stop, which each of them notices after its next
 * accept: calls of our own bring that about. From then on nobody but us accepts, without blocking,
 * until no connection is left; then the socket is closed at once. What connects in between is reset.
 */
/** The listening socket of a connector. Used by one thread. */
final class JettyDoor {
  private static final int CONNECT_MILLIS = 500;

  /** If connections come faster than they can be accepted, somebody has to be the first to lose. */
  private static final long ACCEPT_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  private final NetworkConnector connector;
  private final JettyLines lines;

  JettyDoor(NetworkConnector connector, JettyLines lines) {
    this.connector = connector;
    this.lines = lines;
  }

  /** Takes no new connections; those that are open stay so. */
  void shut() {
    List<Socket> calls = new ArrayList<>();
    try {
      if (connector instanceof ServerConnector server
          && server.isRunning()
          && server.getTransport() instanceof ServerSocketChannel channel) {
        server.setAccepting(false);
        for (int i = 0; i < server.getAcceptors(); i++) {
          call(channel, calls);
        }
        acceptRest(server, channel);
      }
    } catch (IOException e) {
      // It was a courtesy: the socket is closed all the same.
    } finally {
      close(connector);
      calls.forEach(JettyDoor::hangUp);
    }
  }

  private void call(ServerSocketChannel channel, List<Socket> calls) throws IOException {
    if (!(channel.getLocalAddress() instanceof InetSocketAddress bound)) {
      throw new IOException("not on the network");
    }
    Socket socket = new Socket();
    calls.add(socket);
    socket.bind(null);
    lines.ignore(socket.getLocalPort());
    socket.connect(
        bound.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
            : bound,
        CONNECT_MILLIS);
  }

  private static void acceptRest(ServerConnector server, ServerSocketChannel channel)
      throws IOException {
    // Waits for the acceptor that is accepting; a call is there for it.
    channel.configureBlocking(false);
    long limit = System.nanoTime() + ACCEPT_NANOS;
    for (SocketChannel next = channel.accept(); next != null; next = channel.accept()) {
      next.configureBlocking(false);
      next.setOption(StandardSocketOptions.TCP_NODELAY, server.getAcceptedTcpNoDelay());
      server.getSelectorManager().accept(next);
      if (System.nanoTime() - limit > 0) {
        return;
      }
    }
  }

  private static void hangUp(Socket call) {
    try {
      call.close();
    } catch (IOException e) {
      // The other end belongs to a server that is about to end.
    }
  }

  /** Frees the port, whether the connector was started or only bound. */
  static void close(NetworkConnector connector) {
    try {
      if (connector.getTransport() instanceof Channel channel) {
        channel.close();
      }
    } catch (IOException e) {
      // Then it takes connections until the server has stopped.
    }
    connector.close();
  }
}
