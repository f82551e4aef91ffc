// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends an exploration whose current thread does not give way in real time: it spins without an
 * interleaving point, or it is pinned and blocks the thread that everything runs on.
 */
final class Watchdog implements AutoCloseable {

  private static final int LOOKS = 20;

  private final Duration patience;

  /** Written by the exploring thread, read by the watchdog. */
  private volatile @Nullable SeededHost watched;

  private volatile boolean closed;
  private final Thread thread;

  Watchdog(Duration patience) {
    this.patience = patience;
    thread = Thread.ofPlatform().name("microscope-watchdog").daemon(true).start(this::watch);
  }

  void watch(@Nullable SeededHost host) {
    watched = host;
  }

  private void watch() {
    SeededHost last = null;
    long lastBeat = -1;
    int looks = 0;
    while (!closed) {
      LockSupport.parkNanos(this, patience.toNanos() / LOOKS);
      SeededHost now = watched;
      if (now == null || now != last || now.beat() != lastBeat) {
        looks = 0;
      } else if (++looks == LOOKS) {
        now.stuck(patience);
        looks = 0;
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
