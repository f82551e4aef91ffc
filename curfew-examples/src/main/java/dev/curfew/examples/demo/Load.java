// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that send a steady number of requests per second over kept-alive connections. Each sends
 * on while the service stops, until its connection has ended: by {@code Connection: close} in an
 * answer, after which a client goes to another instance, or by a request that is lost.
 */
final class Load {
  private static final int MOST_CONNECTIONS = 32;

  private final InetSocketAddress service;
  private final int rate;
  private final long seed;
  private final String jobPrefix;
  private final Tally tally;
  private final AtomicInteger requests = new AtomicInteger();
  private final List<Thread> clients = new ArrayList<>();

  /** Whether connections that end are opened again. Written by the driver, read by the clients. */
  private volatile boolean reopen = true;

  /** Whether nothing more is sent. Written by the driver, read by the clients. */
  private volatile boolean halted;

  Load(int port, int rate, long seed, String jobPrefix, Tally tally) {
    this.service = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.rate = rate;
    this.seed = seed;
    this.jobPrefix = jobPrefix;
    this.tally = tally;
  }

  static int connections(int rate) {
    return Math.clamp(rate / 8, 1, MOST_CONNECTIONS);
  }

  void start() {
    int connections = connections(rate);
    long pause = Duration.ofSeconds(1).toNanos() * connections / rate;
    for (int i = 0; i < connections; i++) {
      long first = System.nanoTime() + pause * i / connections;
      clients.add(Thread.ofVirtual().name("client-" + i).start(() -> send(first, pause)));
    }
  }

  /** Whether the service answers: it may listen some time before it does. */
  boolean isServing() {
    try (Connection connection = Connection.open(service)) {
      return connection.exchange("GET", "/catalog").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** The service is about to be stopped: connections that end stay closed. */
  void stopping() {
    reopen = false;
  }

  /** The service was killed: its connections are dead, and clients know not to use them. */
  void halt() {
    reopen = false;
    halted = true;
  }

  /** Ends the clients that are left and waits for all. */
  void end() throws InterruptedException {
    reopen = false;
    for (Thread client : clients) {
      if (!client.join(Duration.ofSeconds(1))) {
        client.interrupt(); // Closes its connection: what it had sent is lost.
      }
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private void send(long first, long pause) {
    long due = first;
    do {
      try (Connection connection = Connection.open(service)) {
        tally.connected();
        try {
          due = sendOn(connection, due, pause);
        } finally {
          tally.disconnected();
        }
      } catch (ConnectException e) {
        LockSupport.parkNanos(pause); // Not there (yet, or any more): nothing was sent.
      } catch (IOException e) {
        // Counted as lost where the request was sent.
      }
    } while (reopen && !Thread.currentThread().isInterrupted());
  }

  private long sendOn(Connection connection, long first, long pause) throws IOException {
    boolean fresh = true;
    for (long due = first; ; due += pause) {
      while (due - System.nanoTime() > 0 && !isOver()) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      if (isOver()) {
        return due; // This request is not sent any more.
      }
      if (request(connection, fresh).last()) {
        return due + pause;
      }
      fresh = false;
    }
  }

  private boolean isOver() {
    return halted || Thread.currentThread().isInterrupted();
  }

  private Connection.Answer request(Connection connection, boolean fresh) throws IOException {
    int number = requests.incrementAndGet();
    int kind = new SplittableRandom(seed * 31 + number).split().nextInt(100);
    boolean closed = connection.isClosedByServer();
    tally.sent();
    try {
      Connection.Answer answer;
      if (kind < 25) {
        String job = String.format("%s%05d", jobPrefix, number);
        answer = connection.exchange("POST", "/jobs/" + job);
        if (answer.status() == 202) {
          tally.accepted(job);
        }
      } else {
        answer = connection.exchange("GET", kind < 45 ? "/quote/" + number : "/catalog");
      }
      tally.answered(answer.status());
      return answer;
    } catch (IOException e) {
      tally.lost(fresh ? Tally.Loss.NEW : closed ? Tally.Loss.KEPT_ALIVE : Tally.Loss.IN_FLIGHT);
      throw e;
    }
  }
}
