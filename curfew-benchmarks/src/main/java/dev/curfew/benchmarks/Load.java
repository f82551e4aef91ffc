// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that keep their connections alive and check nothing: each sends its next request on the
 * connection it has, unless the last answer said {@code Connection: close}, and takes a new one
 * then. They end when the server's port refuses connections after the signal.
 *
 * <p>A request without an answer is lost: <i>in flight</i> if it was sent before the signal; on a
 * <i>kept-alive</i> connection; or on a <i>fresh</i> one, which the server's system had accepted.
 */
final class Load {
  private static final byte[] REQUEST =
      "GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PATIENCE_MILLIS = 20_000;

  private final int port;
  private final long thinkNanos;
  private final List<Thread> clients = new ArrayList<>();

  /** Written once, by whoever sends the signal, just before it; 0 until then. */
  private volatile long signalNanos;

  private int answered; // guarded by this, like all below
  private int lostInFlight;
  private int lostKeptAlive;
  private int lostFresh;
  private int brokenBefore;
  private long lastSentBeforeSignal;

  /** Starts that many clients; between two requests each pauses at random, at most that long. */
  Load(int port, int connections, long thinkMillis) {
    this.port = port;
    this.thinkNanos = thinkMillis * 1_000_000;
    for (int i = 0; i < connections; i++) {
      clients.add(Thread.ofPlatform().name("client-" + i).start(this::client));
    }
  }

  /** To be called just before the signal is sent. */
  long signalled() {
    signalNanos = System.nanoTime();
    return signalNanos;
  }

  /** Waits for the clients, which end by themselves once the server is gone. */
  Result end() throws InterruptedException {
    for (Thread client : clients) {
      client.join(PATIENCE_MILLIS);
      if (client.isAlive()) {
        throw new IllegalStateException(
            client.getName() + " still waits " + PATIENCE_MILLIS + " ms after the server's exit");
      }
    }
    synchronized (this) {
      if (brokenBefore > 0) {
        throw new IllegalStateException(
            brokenBefore + " requests failed before any signal was sent; expected none");
      }
      return new Result(answered, lostInFlight, lostKeptAlive, lostFresh, lastSentBeforeSignal);
    }
  }

  /**
   * What the clients saw.
   *
   * @param lastSentBeforeSignal when the youngest request that was in flight at the signal was sent
   */
  record Result(
      int answered,
      int lostInFlight,
      int lostKeptAlive,
      int lostFresh,
      long lastSentBeforeSignal) {}

  private void client() {
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        talk(socket);
      } catch (ConnectException e) {
        if (signalNanos != 0) {
          return;
        }
        lost(System.nanoTime(), true);
        return;
      } catch (IOException e) {
        // The connection could not be made or closed; no request was on it. Try the next.
        if (signalNanos == 0) {
          lost(System.nanoTime(), true);
        }
      }
    }
  }

  private void talk(Socket socket) throws IOException {
    InputStream in = new BufferedInputStream(socket.getInputStream());
    boolean fresh = true;
    while (true) {
      long sent = System.nanoTime();
      boolean closes;
      try {
        socket.getOutputStream().write(REQUEST);
        closes = readAnswer(in);
      } catch (IOException e) {
        lost(sent, fresh);
        return;
      }
      answered(sent);
      if (closes) {
        return;
      }
      fresh = false;
      if (thinkNanos > 0) {
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(thinkNanos));
      }
    }
  }

  private synchronized void answered(long sent) {
    answered++;
    if ((signalNanos == 0 || sent <= signalNanos)
        && (lastSentBeforeSignal == 0 || sent > lastSentBeforeSignal)) {
      lastSentBeforeSignal = sent;
    }
  }

  private synchronized void lost(long sent, boolean fresh) {
    if (signalNanos == 0) {
      brokenBefore++;
    } else if (sent <= signalNanos) {
      lostInFlight++;
    } else if (fresh) {
      lostFresh++;
    } else {
      lostKeptAlive++;
    }
  }

  /** Reads one answer to its end; says whether the server wants the connection closed. */
  private static boolean readAnswer(InputStream in) throws IOException {
    String status = line(in);
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException("expected an answer of 200, got " + status);
    }
    boolean closes = false;
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("connection:") && header.contains("close")) {
        closes = true;
      } else if (header.startsWith("content-length:")) {
        length = Integer.parseInt(header.substring("content-length:".length()).strip());
      }
    }
    if (in.readNBytes(length).length < length) {
      throw new EOFException("the connection ended inside an answer");
    }
    return closes;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended without an answer");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
