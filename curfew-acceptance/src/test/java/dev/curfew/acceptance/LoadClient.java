// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that send one request after the other on kept-alive connections. They honour {@code
 * Connection: close}, open a new connection then, and check nothing else: not whether an idle
 * connection still stands, and no failed request is sent again.
 *
 * <p>Ends by itself once nobody listens any more, or by {@link #close}.
 */
final class LoadClient implements AutoCloseable {

  private final int port;
  private final String path;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private volatile boolean stopped;

  private LoadClient(int port, String path) {
    this.port = port;
    this.path = path;
  }

  /** Starts so many clients; every second one waits a few milliseconds between its requests. */
  static LoadClient start(int port, String path, int clients) {
    LoadClient load = new LoadClient(port, path);
    for (int client = 0; client < clients; client++) {
      int pause = client % 2 == 0 ? 0 : 3 + client;
      load.threads.add(Thread.ofVirtual().start(() -> load.sends(pause)));
    }
    return load;
  }

  /** Requests that were answered whole. */
  long answered() {
    return answered.get();
  }

  /** Requests sent on a connection that had answered before, and not answered. */
  long lostOnKeptConnections() {
    return lost.get();
  }

  /** Connections that were taken by the system and ended before their first answer. */
  long refused() {
    return refused.get();
  }

  /** Waits until every client has found that nobody listens. */
  void awaitNobodyListens() throws InterruptedException {
    for (Thread thread : threads) {
      if (!thread.join(Duration.ofSeconds(20))) {
        throw new AssertionError("waited until client " + thread + " found nobody listening");
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
  }

  private void sends(int pauseMillis) {
    boolean listening = true;
    while (listening && !stopped) {
      listening = sendsOnOneConnection(pauseMillis);
    }
  }

  /** Whether somebody listened. */
  private boolean sendsOnOneConnection(int pauseMillis) {
    boolean kept = false;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      socket.setSoTimeout(15_000);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      byte[] request =
          ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      boolean keeps = true;
      while (keeps && !stopped) {
        socket.getOutputStream().write(request);
        keeps = readsAnswer(in);
        answered.incrementAndGet();
        kept = true;
        if (keeps && pauseMillis > 0) {
          TimeUnit.MILLISECONDS.sleep(pauseMillis);
        }
      }
    } catch (ConnectException nobodyListens) {
      return false;
    } catch (IOException ended) {
      (kept ? lost : refused).incrementAndGet();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  /** Reads one answer with its body; whether the connection may be used again. */
  private static boolean readsAnswer(InputStream in) throws IOException {
    int length = 0;
    boolean keeps = true;
    for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = Integer.parseInt(header.substring("content-length:".length()).strip());
      } else if (header.startsWith("connection:") && header.contains("close")) {
        keeps = false;
      }
    }
    if (in.readNBytes(length).length < length) {
      throw new EOFException("the body ended early");
    }
    return keeps;
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection ended after \"" + line + "\"");
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }
}
