// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/*
 * 1. Call the own server, so that it does not end before we say so (see Pulse).
 * 2. Hush: hold answers back for a moment. Clients that wait for one open no connection, so those
 *    that are waiting to be accepted become none. What is in that queue when its socket closes is
 *    reset by the kernel, and no program can prevent it.
 * 3. Close the listening socket: stop(a day) on a thread of its own. Let the answers go.
 * 4. Wait until no request is in hand and every connection is idle. Each that was busy meanwhile has
 *    got its Connection: close, and is gone.
 * 5. Let the dispatcher go round twice. If that brings a request, go back to 4.
 * 6. stop(0).
 *
 * If the own server can't be called (no file descriptor left, say), 2 and 3 are left out: the
 * listening socket stays open until the end, and what comes through it is served like the rest.
 */
/** The end of serving. Its thread is a platform one, because handlers may occupy every carrier. */
final class Drain {
  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int A_DAY = 86_400;

  /** No request for so long, and all clients are taken to wait for an answer. */
  private static final long HUSHED = TimeUnit.MILLISECONDS.toNanos(4);

  /** With clients that do not wait for answers, it never gets silent. */
  private static final long HUSH_LIMIT = TimeUnit.MILLISECONDS.toNanos(40);

  /** How long the dispatcher may take to close the socket before answers go out regardless. */
  private static final long CLOSE_LIMIT = TimeUnit.SECONDS.toNanos(1);

  /** Without a request for so long, nobody is expected to be connecting just now. */
  private static final long TRAFFIC = TimeUnit.SECONDS.toNanos(1);

  private static final long LOOK_AGAIN_HUSHED = TimeUnit.MICROSECONDS.toNanos(500);

  private final String name;
  private final HttpServer server;
  private final Pulse pulse;
  private final Readers readers;
  private final Requests requests;
  private final Lines lines;
  private final long settleNanos;

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean hurried;
  private final Thread thread;

  Drain(
      String name,
      HttpServer server,
      Readers readers,
      Requests requests,
      Lines lines,
      long settleNanos) {
    this.name = name;
    this.server = server;
    this.readers = readers;
    this.requests = requests;
    this.lines = lines;
    this.settleNanos = settleNanos;
    this.pulse = new Pulse(server);
    this.thread = Thread.ofPlatform().daemon().name(name + "-drain").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Something has changed that may let it go on. */
  void nudge() {
    LockSupport.unpark(thread);
  }

  /** Ends the server now, whatever is in flight. */
  void hurry() {
    hurried = true;
    // It may be waiting for a call to the own server.
    thread.interrupt();
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  boolean await(long nanos) throws InterruptedException {
    return ended.await(nanos, TimeUnit.NANOSECONDS);
  }

  void await() throws InterruptedException {
    ended.await();
  }

  private void run() {
    Thread listening = Thread.ofPlatform().daemon().name(name + "-quiet").unstarted(this::deafen);
    try (pulse) {
      long begun = System.nanoTime();
      if (hasTraffic() || isReading(begun, begun) || untilIdle(begun, begun) > 0) {
        serveOut(listening);
      }
    } catch (IOException e) {
      // From closing the own calls: they end with the server anyway.
    } finally {
      // This thread is ours, and so is the interrupt, which would keep stop from its last step.
      Thread.interrupted();
      server.stop(0);
      listening.interrupt();
      requests.serverEnded();
      ended.countDown();
    }
  }

  /** Steps 1 to 5. Without traffic they would only make the exit of an idle service slower. */
  private void serveOut(Thread listening) {
    if (!hurried && holdsOpen()) {
      closeListening(listening);
    }
    long since = System.nanoTime();
    do {
      awaitIdle(since);
    } while (!hurried && roundBringsWork(since));
  }

  /** Closes the listening socket, and blocks until the server has ended. */
  private void deafen() {
    server.stop(A_DAY);
  }

  private boolean holdsOpen() {
    try {
      return pulse.hold() && pulse.awaitAccepted();
    } catch (IOException | InterruptedException e) {
      // An interrupt means hurry, and that is checked next. For the rest see the comment above.
      return false;
    }
  }

  private void closeListening(Thread listening) {
    requests.holdAnswers();
    try {
      awaitHush(System.nanoTime() + HUSH_LIMIT);
      listening.start();
      long limit = System.nanoTime() + CLOSE_LIMIT;
      while (System.nanoTime() - limit < 0 && !hurried && pulse.isListening()) {
        LockSupport.parkNanos(this, LOOK_AGAIN_HUSHED);
      }
    } finally {
      requests.releaseAnswers();
    }
  }

  private void awaitHush(long limit) {
    try {
      for (long now = System.nanoTime(); now - limit < 0 && !hurried; now = System.nanoTime()) {
        long left = requests.lastTaken() + HUSHED - now;
        if (left <= 0 && readers.reading() == 0) {
          long taken = requests.lastTaken();
          if (!pulse.awaitAccepted() || taken == requests.lastTaken()) {
            return;
          }
        }
        LockSupport.parkNanos(this, LOOK_AGAIN_HUSHED);
      }
    } catch (IOException | InterruptedException e) {
      // It was a courtesy. An interrupt means hurry, and that is checked next.
    }
  }

  private void awaitIdle(long since) {
    while (!hurried) {
      requests.sweep();
      long now = System.nanoTime();
      long wait = requests.open() > 0 || isReading(now, since) ? LOOK_AGAIN : untilIdle(now, since);
      if (wait <= 0) {
        return;
      }
      LockSupport.parkNanos(this, Math.min(wait, LOOK_AGAIN));
    }
  }

  /** A head that does not arrive is not waited for beyond the time that a silence may last. */
  private boolean isReading(long now, long since) {
    return now - since <= settleNanos
        ? readers.reading() > 0
        : readers.readingFor(settleNanos, now) > 0;
  }

  private long untilIdle(long now, long since) {
    // Connections that have not brought a request are not seen. With traffic, there may be some.
    long unseen = hasTraffic() ? since + Math.min(Lines.FIRST, settleNanos) - now : 0;
    return Math.max(unseen, lines.untilIdle(now));
  }

  private boolean hasTraffic() {
    return requests.open() > 0 || System.nanoTime() - requests.lastTaken() < TRAFFIC;
  }

  private boolean roundBringsWork(long since) {
    try {
      if (!pulse.awaitRead()) {
        return false;
      }
    } catch (IOException | InterruptedException e) {
      return false;
    }
    long now = System.nanoTime();
    return requests.open() > 0 || isReading(now, since) || untilIdle(now, since) > 0;
  }
}
