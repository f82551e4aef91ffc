// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpServer;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * The JDK's server can't be asked to close its listening socket only: stop(delay) does so, but ends
 * the whole server in the first moment in which no exchange is open, kept-alive connections with a
 * request on its way included. So the intake calls its own server.
 *
 * One call is never answered. With this exchange open, stop(delay) goes on serving.
 *
 * The others show how far the dispatcher is. It accepts connections in the order in which they came:
 * when a call on a new connection is served, all that came before it were accepted. And when two
 * calls on an open connection have been served, all requests that had arrived before were read,
 * however long this process was suspended meanwhile.
 */
/** Calls of the intake to its own server. Used by one thread. */
final class Pulse implements Closeable {
  private static final int CONNECT_MILLIS = 500;

  private final String path = "/.curfew-" + UUID.randomUUID();
  private final InetSocketAddress server;
  private final Semaphore held = new Semaphore(0);
  private final Semaphore beaten = new Semaphore(0);
  private @Nullable Socket hold;
  private @Nullable Socket beat;

  Pulse(HttpServer server) {
    InetSocketAddress bound = server.getAddress();
    this.server =
        bound.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.getPort())
            : bound;
    server.createContext(path + "/hold", exchange -> held.release());
    server.createContext(
        path + "/beat",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          beaten.release();
        });
  }

  /** Opens the exchange that keeps the server from ending. */
  boolean hold() throws IOException, InterruptedException {
    Socket socket = connect();
    hold = socket;
    call("/hold", socket);
    return held.tryAcquire(1, TimeUnit.SECONDS);
  }

  /** Waits until all connections that were made before this call have been accepted. */
  boolean awaitAccepted() throws IOException, InterruptedException {
    Socket last = beat;
    Socket next = connect();
    beat = next;
    if (last != null) {
      last.close();
    }
    return beat(next);
  }

  /** Waits until all requests that had arrived before this call have been read. */
  boolean awaitRead() throws IOException, InterruptedException {
    Socket socket = beat;
    // The first call may have been read before others of the same round.
    return socket != null && beat(socket) && beat(socket);
  }

  private boolean beat(Socket socket) throws IOException, InterruptedException {
    call("/beat", socket);
    return beaten.tryAcquire(1, TimeUnit.SECONDS);
  }

  /** Whether the server still takes connections. */
  boolean isListening() {
    try {
      connect().close();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(server, CONNECT_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void call(String name, Socket socket) throws IOException {
    String head = "GET " + path + name + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    Socket first = hold;
    Socket second = beat;
    try {
      if (first != null) {
        first.close();
      }
    } finally {
      if (second != null) {
        second.close();
      }
    }
  }
}
