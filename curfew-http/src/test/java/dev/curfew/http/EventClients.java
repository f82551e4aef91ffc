// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Clients of an event stream, each on a connection of its own, that read until it ends. */
final class EventClients {
  static final String GOODBYE = "event: goodbye\ndata: come back later\n\n";

  private final int port;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch listening;

  /** The stream ended properly, and its last event was the goodbye. */
  final LongAdder goodbyes = new LongAdder();

  /** The stream ended properly without a goodbye. */
  final LongAdder ended = new LongAdder();

  /** The connection broke off. */
  final LongAdder cut = new LongAdder();

  EventClients(int port, int clients) {
    this.port = port;
    listening = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      threads.add(Thread.ofPlatform().daemon().name("events-" + i).unstarted(this::listen));
    }
  }

  /** Connects all, and waits until each has had an event. */
  EventClients start() throws InterruptedException {
    threads.forEach(Thread::start);
    if (!listening.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError(listening.getCount() + " clients had no event within 30 s");
    }
    return this;
  }

  private void listen() {
    try (Wire wire = new Wire(port)) {
      wire.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      wire.receiveHead();
      String last = "";
      for (String next = wire.receiveChunk(); !next.isEmpty(); next = wire.receiveChunk()) {
        if (last.isEmpty()) {
          listening.countDown();
        }
        last = next;
      }
      (last.endsWith(GOODBYE) ? goodbyes : ended).increment();
    } catch (IOException e) {
      cut.increment();
    }
  }

  /** Waits until every stream has ended. */
  void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(30));
      if (thread.isAlive()) {
        throw new AssertionError(thread.getName() + " still listens after 30 s");
      }
    }
  }
}
