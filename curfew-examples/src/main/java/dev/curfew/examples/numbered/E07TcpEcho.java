// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import dev.curfew.task.GroupIntake;
import dev.curfew.task.TaskGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/*
 * Prints:
 *   the client hears: hello
 *   the client hears: goodbye
 *   CURFEW shutdown service=echo outcome=CLEAN reason=SIGTERM … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/**
 * An intake of one's own: an echo server on plain sockets. Quiet means no new connection, and no
 * new line on those that are open: each ends by itself, after what it has read.
 */
final class E07TcpEcho {
  private E07TcpEcho() {}

  public static void main(String... args) {
    Service.named("echo")
        .main(service -> {
          EchoServer echo =
              service.intake(
                  "tcp", new EchoServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress())));
          service.fork("client", () -> client(echo.port()));
        });
  }

  /** Every connection is a task; {@code /echo/tcp/connection#2} in reports. */
  private static final class EchoServer implements GroupIntake, AutoCloseable {
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean quiet;

    EchoServer(ServerSocket server) {
      this.server = server;
    }

    int port() {
      return server.getLocalPort();
    }

    @Override
    public void start(TaskGroup connections) {
      connections.fork("accept", () -> accept(connections));
    }

    private void accept(TaskGroup connections) throws IOException {
      while (!quiet) {
        Socket socket;
        try {
          socket = server.accept();
        } catch (SocketException e) {
          if (quiet) {
            return; // closed by quiet
          }
          throw e;
        }
        open.add(socket);
        connections.fork("connection", () -> echo(socket));
      }
    }

    private void echo(Socket socket) throws IOException {
      try (socket) {
        if (quiet) {
          socket.shutdownInput(); // accepted while it went quiet
        }
        PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
        lines(socket).lines().forEach(out::println);
        out.println("goodbye");
      } finally {
        open.remove(socket);
      }
    }

    @Override
    public void quiet() throws IOException {
      quiet = true;
      server.close();
      for (Socket socket : open) {
        socket.shutdownInput(); // its reader sees the end of the stream
      }
    }

    @Override
    public long inFlight() {
      return open.size();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static void client(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8).println("hello");
      BufferedReader in = lines(socket);
      System.out.println("the client hears: " + in.readLine());
      Signal.terminateThisProcess();
      System.out.println("the client hears: " + in.readLine());
    }
  }

  private static BufferedReader lines(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }
}
