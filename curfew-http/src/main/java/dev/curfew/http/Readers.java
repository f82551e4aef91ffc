// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/*
 * What the JDK's server gives to its executor is a connection with something to read: a request, the
 * first bytes of one, or the end of the connection. It is read here, on platform threads, because
 * health endpoints must answer when every carrier is occupied, and because a virtual thread that
 * waits for a socket starts the JDK's poller, which costs 300 ms when the JVM exits. Slow clients
 * could hold all of these threads; then virtual ones do the reading.
 */
/** Reads requests, answers probes, and hands everything else on. */
final class Readers implements Executor {
  private static final int PLATFORM_THREADS = 32;

  private final ThreadPoolExecutor pool;
  private final ConcurrentHashMap<Runnable, Long> reading = new ConcurrentHashMap<>();
  private final Runnable onIdle;

  Readers(String name, Runnable onIdle) {
    this.onIdle = onIdle;
    this.pool =
        new ThreadPoolExecutor(
            0,
            PLATFORM_THREADS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name(name + "-reader-", 0).factory(),
            (work, full) -> Thread.ofVirtual().name(name + "-reader").start(work));
  }

  @Override
  public void execute(Runnable exchange) {
    reading.put(exchange, System.nanoTime());
    pool.execute(() -> {
      try {
        exchange.run();
      } finally {
        reading.remove(exchange);
        onIdle.run();
      }
    });
  }

  /** Does this on a thread that no group interrupts. */
  void run(Runnable work) {
    pool.execute(work);
  }

  /** How many connections are being read. */
  int reading() {
    return reading.size();
  }

  /** How many of them have been read for no longer than this. */
  int readingFor(long nanos, long now) {
    int young = 0;
    for (long since : reading.values()) {
      if (now - since <= nanos) {
        young++;
      }
    }
    return young;
  }

  /** Ends the threads once they are done. */
  void close() {
    pool.shutdown();
  }
}
