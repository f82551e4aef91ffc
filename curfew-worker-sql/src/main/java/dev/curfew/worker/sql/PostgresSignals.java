// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Hints between processes by LISTEN and NOTIFY. Whoever misses one finds the job by looking once a
 * second.
 *
 * <p>A NOTIFY makes all commits of a server that contain one wait for each other, so puts don't:
 * one thread tells for all puts of the last few milliseconds.
 */
final class PostgresSignals implements AutoCloseable {
  /** How long after a hint the next one is given, in milliseconds. */
  private static final long GAP = 5;

  /** How long a quiet connection is believed to be alive, in milliseconds. */
  private static final int QUIET = 10_000;

  private final PostgresDoor door;
  private final Hints hints;

  /** Which queue: what is sent and what is listened for. */
  private final String payload;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicBoolean telling = new AtomicBoolean();

  /** One permit if there is something to tell. */
  private final Semaphore news = new Semaphore(0);

  /** Written by the listener, aborted by a close. */
  private volatile @Nullable Connection connection;

  PostgresSignals(PostgresDoor door, SqlQueueOptions options, Hints hints) {
    this.door = door;
    this.hints = hints;
    this.payload = (options.schema() == null ? "" : options.schema()) + "/" + options.queue();
  }

  /** Begins to listen, if it has not begun. */
  void listen() {
    if (listening.compareAndSet(false, true)) {
      start("curfew-queue-listen", this::hear);
    }
  }

  /** Tells others within a few milliseconds, once for all calls of that time. */
  void tellSoon() {
    if (telling.compareAndSet(false, true)) {
      start("curfew-queue-notify", this::speak);
    }
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /** Tells others when the transaction of this connection commits. */
  void tell(Connection told) throws SQLException {
    try (PreparedStatement statement = told.prepareStatement("SELECT pg_notify(?, ?)")) {
      statement.setString(1, PostgresSql.CHANNEL);
      statement.setString(2, payload);
      statement.execute();
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void speak() {
    try {
      while (closed.getCount() > 0) {
        news.acquire();
        news.drainPermits();
        if (closed.getCount() > 0) {
          Boolean unused =
              door.callLeniently(
                  PostgresDoor.PUTS,
                  told -> {
                    tell(told);
                    return true;
                  });
        }
        boolean unused = closed.await(GAP, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but who ends it.
    } catch (RuntimeException e) {
      telling.set(false); // The next to put tries again.
    }
  }

  private void hear() {
    try {
      while (closed.getCount() > 0) {
        try (Connection opened = door.lastingConnection()) {
          connection = opened;
          hear(opened);
        } catch (SQLException | RuntimeException e) {
          // Lost, or not to be had: until the next attempt the looks find what is put.
        } finally {
          connection = null;
        }
        boolean unused = closed.await(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but who ends it.
    }
  }

  private void hear(Connection opened) throws SQLException {
    if (!opened.isWrapperFor(PGConnection.class)) {
      return;
    }
    PGConnection postgres = opened.unwrap(PGConnection.class);
    try (Statement statement = opened.createStatement()) {
      statement.execute("LISTEN " + PostgresSql.CHANNEL);
    }
    try {
      hints.give(); // For what was missed meanwhile.
      while (closed.getCount() > 0) {
        PGNotification[] heard = postgres.getNotifications(QUIET);
        if (heard == null || heard.length == 0) {
          if (!opened.isValid(5)) {
            return;
          }
        } else {
          for (PGNotification one : heard) {
            if (one.getParameter().equals(payload)) {
              hints.give();
              break;
            }
          }
        }
      }
    } finally {
      if (!opened.isClosed()) {
        try (Statement statement = opened.createStatement()) {
          statement.execute("UNLISTEN " + PostgresSql.CHANNEL); // It may go back to a pool.
        } catch (SQLException e) {
          // A broken connection listens no more.
        }
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    news.release();
    Connection listener = connection;
    if (listener != null) {
      try {
        listener.abort(Runnable::run);
      } catch (SQLException | RuntimeException e) {
        // It is broken already, which is what was wanted.
      }
    }
  }
}
