// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A wire to a server that can be cut, and that can lose answers. */
final class Wire implements AutoCloseable {
  private final ServerSocket door;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** A request with this in it gets through, but its answer and the connection are lost. */
  private volatile String fatal = "";

  /** How many answers were lost, and how many still may be. */
  final AtomicInteger lost = new AtomicInteger();

  private final AtomicInteger left = new AtomicInteger();

  /** Whether nobody is let in. */
  private volatile boolean shut;

  Wire(int port) throws IOException {
    this.port = port;
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(() -> {
      while (true) {
        Socket client = door.accept();
        if (shut) {
          client.close();
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        sockets.add(client);
        sockets.add(server);
        boolean[] doomed = new boolean[1];
        start(() -> copy(client, server, doomed, true));
        start(() -> copy(server, client, doomed, false));
      }
    });
  }

  String url(String url) {
    return url.replace(":" + port + "/", ":" + door.getLocalPort() + "/");
  }

  /** Loses the answers to the next requests that have this in them. */
  void loseAnswers(String request, int times) {
    fatal = request;
    left.set(times);
  }

  /** Ends all connections. */
  void cut() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  void shut(boolean nowShut) {
    shut = nowShut;
  }

  private void copy(Socket from, Socket to, boolean[] doomed, boolean request) throws IOException {
    byte[] buffer = new byte[65_536];
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        if (request
            && !fatal.isEmpty()
            && new String(buffer, 0, n, java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains(fatal)
            && left.getAndUpdate(l -> Math.max(0, l - 1)) > 0) {
          synchronized (doomed) {
            doomed[0] = true;
          }
        }
        if (!request) {
          synchronized (doomed) {
            if (doomed[0]) {
              lost.incrementAndGet();
              return;
            }
          }
        }
        out.write(buffer, 0, n);
        out.flush();
      }
    }
  }

  private static void start(QueueContract.Work work) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            work.run();
          } catch (Exception e) {
            // The wire was cut, or the test has ended.
          }
        });
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
