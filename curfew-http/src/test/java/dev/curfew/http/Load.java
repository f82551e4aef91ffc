// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that send one request after the other until the port refuses them. A request counts as
 * lost if it was written to an open connection and no complete answer came.
 */
final class Load {
  private final int port;
  private final boolean keepAlive;
  private final long pauseNanos;
  private final List<Thread> threads = new ArrayList<>();

  final LongAdder answered = new LongAdder();
  final LongAdder unavailable = new LongAdder();
  final LongAdder lostOnKept = new LongAdder();
  final LongAdder lostOnFresh = new LongAdder();
  final Queue<String> losses = new ConcurrentLinkedQueue<>();

  Load(int port, boolean keepAlive, long pauseMillis) {
    this.port = port;
    this.keepAlive = keepAlive;
    this.pauseNanos = TimeUnit.MILLISECONDS.toNanos(pauseMillis);
  }

  Load start(int clients) {
    for (int i = 0; i < clients; i++) {
      threads.add(Thread.ofPlatform().daemon().name("client-" + i).start(this::client));
    }
    return this;
  }

  private void client() {
    while (true) {
      try (Wire wire = new Wire(port)) {
        connection(wire);
      } catch (IOException refused) {
        return;
      }
    }
  }

  private void connection(Wire wire) {
    long free = System.nanoTime();
    for (int n = 0; ; n++) {
      long sent = System.nanoTime();
      try {
        Wire.Reply reply = wire.get("/work");
        (reply.status() == 200 ? answered : unavailable).increment();
        if (!keepAlive || reply.lastOnItsConnection()) {
          return;
        }
      } catch (IOException e) {
        (n == 0 ? lostOnFresh : lostOnKept).increment();
        long idle = TimeUnit.NANOSECONDS.toMillis(sent - free);
        losses.add("request " + n + " of its connection, idle for " + idle + " ms: " + e);
        return;
      }
      free = System.nanoTime();
      if (pauseNanos > 0) {
        LockSupport.parkNanos(pauseNanos);
      }
    }
  }

  /** Waits until the port has refused every client. */
  void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(30));
      if (thread.isAlive()) {
        throw new AssertionError(thread.getName() + " is still served after 30 s");
      }
    }
  }
}
