// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends an exploration whose current thread does not give way in real time: it spins without an
 * interleaving point, or it is pinned and blocks the thread that everything runs on.
 */
final class Watchdog implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 20;

  /** Written by the exploring thread, read by the watchdog. */
  private volatile @Nullable SeededHost watched;

  private volatile boolean closed;
  private final Thread thread;

  Watchdog() {
    thread = Thread.ofPlatform().name("microscope-watchdog").daemon(true).start(this::watch);
  }

  void watch(@Nullable SeededHost host) {
    watched = host;
  }

  private void watch() {
    SeededHost last = null;
    long lastBeat = -1;
    int seconds = 0;
    while (!closed) {
      LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(1));
      SeededHost now = watched;
      if (now == null || now != last || now.beat() != lastBeat) {
        seconds = 0;
      } else if (++seconds == PATIENCE_SECONDS) {
        now.stuck(PATIENCE_SECONDS);
        seconds = 0;
      }
      last = now;
      lastBeat = now == null ? -1 : now.beat();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
