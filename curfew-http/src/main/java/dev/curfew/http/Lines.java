// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * The JDK's server shows no connections, only exchanges, so a connection is known by its remote
 * address once it has brought a request. That it was closed by its client is not seen: such a line
 * is forgotten after a while, and until then looks like one that is silent, which is right for both
 * uses: whether more connections may be kept alive, and whether all are idle.
 */
/** The kept-alive connections that have brought a request. */
final class Lines {
  /** What a client needs from its connect to its request, if it sends at once. */
  static final long FIRST = TimeUnit.MILLISECONDS.toNanos(25);

  /*
   * No connection counts as idle sooner. Long enough for a client whose machine is overloaded; it
   * delays a stop only where a connection fell silent within this time before it.
   */
  private static final long FLOOR = TimeUnit.MILLISECONDS.toNanos(100);

  /*
   * For a connection that has brought one request only: how long its client pauses is not known
   * yet. Then it is taken to pause like the slowest of the others, and not less than this.
   */
  static final long UNKNOWN = TimeUnit.MILLISECONDS.toNanos(300);

  private static final long FORGET = TimeUnit.SECONDS.toNanos(10);
  private static final int SWEEP_EVERY = 1024;

  /*
   * Above its limit of idle connections the JDK's server closes one without having said so, which
   * loses the request that a client sends meanwhile. So no more than that are kept alive. Two are
   * left for the intake's own.
   */
  private static final int KEPT =
      Math.max(0, Integer.getInteger("sun.net.httpserver.maxIdleConnections", 200) - 2);

  private final ConcurrentHashMap<InetSocketAddress, Line> open = new ConcurrentHashMap<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final long cap;

  Lines(long capNanos) {
    this.cap = capNanos;
  }

  /** A request has arrived from this client. */
  void begin(InetSocketAddress client) {
    long now = System.nanoTime();
    open.compute(
        client,
        (address, known) -> {
          Line line = known == null ? new Line() : known;
          line.begin(now);
          return line;
        });
    if (begun.incrementAndGet() % SWEEP_EVERY == 0) {
      open.values().removeIf(line -> line.silentFor(FORGET, now));
    }
  }

  /** Its answer is written, and the connection stays open. */
  void end(InetSocketAddress client) {
    long now = System.nanoTime();
    open.computeIfPresent(
        client,
        (address, line) -> {
          line.end(now);
          return line;
        });
  }

  /** Its connection is closed, or its client knows that it will be. */
  void remove(InetSocketAddress client) {
    open.remove(client);
  }

  /** Whether there are so many connections that one more must not be kept alive. */
  boolean full() {
    return open.mappingCount() > KEPT;
  }

  /**
   * How long to wait until all connections are idle.
   *
   * @return nanoseconds, 0 or less if all are
   */
  long untilIdle(long now) {
    long pause = 0;
    for (Line line : open.values()) {
      pause = Math.max(pause, line.longestPause());
    }
    long unknown = Math.max(UNKNOWN, patience(pause));
    long longest = 0;
    for (Line line : open.values()) {
      long known = line.longestPause();
      long patience = Math.min(cap, known == 0 ? unknown : patience(known));
      longest = Math.max(longest, line.untilIdle(now, patience, cap));
    }
    return longest;
  }

  static long patience(long pause) {
    return FLOOR + 3 * pause;
  }
}
