// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/*
 * 1. Close the listening sockets (see JettyDoor).
 * 2. Ask the WebSockets to end. Wait until none is left, no request is in hand and every connection is idle. Each that was busy meanwhile has
 *    got its Connection: close.
 * 3. Let each selector go round twice: what had arrived before was read then. If that brings a
 *    request, go back to 2.
 * 4. Close the connections that are left.
 *
 * Jetty's own graceful shutdown is not used: it would refuse requests on open connections with a
 * 503, and fail those that take longer than a second.
 */
/** The end of serving. Its thread is a platform one, because handlers may occupy every carrier. */
final class JettyDrain {
  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long ROUND_LIMIT_MILLIS = 1000;

  /** Without a request for so long, no acceptor is expected to have a connection in hand. */
  private static final long TRAFFIC = TimeUnit.SECONDS.toNanos(1);

  private final Server server;
  private final JettyTasks tasks;
  private final JettyLines lines;
  private final Sockets sockets;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean hurried;

  JettyDrain(String name, Server server, JettyTasks tasks, JettyLines lines, Sockets sockets) {
    this.server = server;
    this.tasks = tasks;
    this.lines = lines;
    this.sockets = sockets;
    this.thread = Thread.ofPlatform().daemon().name(name + "-drain").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Something has changed that may let it go on. */
  void nudge() {
    LockSupport.unpark(thread);
  }

  /** Ends now, whatever is in flight. */
  void hurry() {
    hurried = true;
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
    try {
      for (Connector connector : server.getConnectors()) {
        if (connector instanceof NetworkConnector listening) {
          new JettyDoor(listening, lines).shut();
        }
      }
      long shut = System.nanoTime();
      do {
        awaitIdle(shut);
      } while (!hurried && roundBringsWork());
    } finally {
      tasks.cancel();
      try {
        if (hurried) {
          // Whoever could not be asked in time is told, at least, and counted.
          sockets.ask(tasks.group());
        }
        sockets.cut();
      } finally {
        lines.close();
        tasks.serverEnded();
        ended.countDown();
      }
    }
  }

  private void awaitIdle(long shut) {
    while (!hurried) {
      tasks.sweep();
      long now = System.nanoTime();
      // What an acceptor has just accepted is not seen until Jetty's selector has it.
      long unseen = now - tasks.lastTaken() < TRAFFIC ? shut + Lines.FIRST - now : 0;
      long wait = hasWork() ? LOOK_AGAIN : Math.max(unseen, lines.untilIdle(now));
      if (wait <= 0) {
        return;
      }
      LockSupport.parkNanos(this, Math.min(wait, LOOK_AGAIN));
    }
  }

  private boolean hasWork() {
    sockets.ask(tasks.group());
    return tasks.open() > 0 || sockets.asked() > 0;
  }

  private boolean roundBringsWork() {
    try {
      // The first update may run in the middle of a round, with its keys selected before.
      for (int round = 0; round < 2; round++) {
        awaitRound();
      }
    } catch (InterruptedException e) {
      // It means hurry.
      return false;
    }
    return hasWork() || lines.untilIdle(System.nanoTime()) > 0;
  }

  private void awaitRound() throws InterruptedException {
    for (Connector connector : server.getConnectors()) {
      if (connector instanceof ServerConnector selecting && selecting.isRunning()) {
        var selectors = selecting.getSelectorManager().getContainedBeans(ManagedSelector.class);
        CountDownLatch round = new CountDownLatch(selectors.size());
        selectors.forEach(selector -> selector.submit(keys -> round.countDown()));
        if (!round.await(ROUND_LIMIT_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    }
  }
}
