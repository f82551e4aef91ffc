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
 * request on its way included. So the intake calls its own server, twice.
 *
 * The first call is never answered. With this exchange open, stop(delay) goes on serving.
 *
 * The second one is a clock hand: connections are accepted in the order in which they came, so when
 * it is served, all that came before it were accepted. Later, on the same connection, each beat shows
 * that the dispatcher has been round: requests that had arrived before two beats have been read,
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

  /**
   * Opens the exchange that keeps the server from ending. When this returns true, all connections
   * that were made before have been accepted.
   */
  boolean open() throws IOException, InterruptedException {
    hold = call("/hold", connect());
    beat = connect();
    return held.tryAcquire(1, TimeUnit.SECONDS) && beat();
  }

  /** Waits until the dispatcher has read all that had arrived before this call. */
  boolean beatTwice() throws IOException, InterruptedException {
    boolean once = beat();
    // The first may have been read before others of the same round.
    return once && beat();
  }

  private boolean beat() throws IOException, InterruptedException {
    if (beat == null) {
      return false;
    }
    call("/beat", beat);
    return beaten.tryAcquire(1, TimeUnit.SECONDS);
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

  private Socket call(String name, Socket socket) throws IOException {
    String head = "GET " + path + name + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
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
