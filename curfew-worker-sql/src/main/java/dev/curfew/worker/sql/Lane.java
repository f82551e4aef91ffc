// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A few threads that do one kind of work, so that no kind waits behind another: a renewal behind
 * puts, a settle behind claims. Each thread uses one connection at a time.
 */
final class Lane implements AutoCloseable {
  /** Gives connections that are ready for statements in auto-commit. */
  @FunctionalInterface
  interface Connections {
    Connection get() throws SQLException;
  }

  private final Connections connections;
  private final ThreadPoolExecutor threads;

  Lane(String name, int most, Connections connections) {
    this.connections = connections;
    AtomicLong count = new AtomicLong();
    threads =
        new ThreadPoolExecutor(
            most,
            most,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Does it on a thread of this lane and waits for it, at most until the end. */
  <T> T call(Call.Work<Connection, T> work, long end, Interrupts interrupts)
      throws SQLException, InterruptedException {
    if (interrupts == Interrupts.END && Thread.interrupted()) {
      throw new InterruptedException();
    }
    Call<Connection, T> call = new Call<>(work, Flush.AT_COMMIT, end);
    try {
      threads.execute(() -> run(call));
    } catch (RejectedExecutionException e) {
      throw new SQLNonTransientConnectionException("the queue was closed", e);
    }
    return call.await(interrupts);
  }

  private <T> void run(Call<Connection, T> call) {
    if (call.isOver()) {
      return;
    }
    try (Connection connection = connections.get()) {
      // Ends a statement that hangs, and with it the wait of this thread.
      call.breakWith(() -> abort(connection));
      // Not before there is a connection: until then it is known that nothing was done.
      if (!call.begin()) {
        return;
      }
      run(call, connection);
      call.breakWith(null);
      call.succeed();
    } catch (SQLException | RuntimeException e) {
      call.breakWith(null);
      call.fail(e);
    } catch (Error e) {
      call.fail(new IllegalStateException("a statement has ended with an error", e));
      throw e;
    }
  }

  private static <T> void run(Call<Connection, T> call, Connection connection) throws SQLException {
    try {
      call.run(connection);
    } catch (SQLException e) {
      if (PostgresErrors.isStandby(e)) {
        abort(connection); // The server has changed its role; a new connection may lead to another.
      }
      throw e;
    }
  }

  private static void abort(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      // It is broken already, which is what was wanted.
    }
  }

  @Override
  public void close() {
    threads.shutdown(); // What is queued fails, since the pool is closed next.
  }
}
