// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.QueueException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread that has a connection to a file, and does what others ask.
 *
 * <p>What was asked for while it worked becomes one transaction: with {@code synchronous=FULL} a
 * commit waits for the disk, and ten callers wait for it together. If one of them fails, all are
 * done again, each in a transaction of its own.
 *
 * <p>The lock of the file goes to whoever asks at the right moment. So a caller asks often, and a
 * thread that has been writing without a pause leaves the lock alone for a moment, or other
 * processes would never get it.
 */
final class SqliteThread implements AutoCloseable {
  /** The most calls in one transaction. */
  private static final int GROUP = 64;

  /** How often it looks whether another process has written, in milliseconds. */
  private static final long LOOK = 20;

  /** How long it may write without a pause, and how long that is, in nanoseconds. */
  private static final long STRETCH = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long REST = TimeUnit.MILLISECONDS.toNanos(1);

  /** How long the lock of the file is waited for, in nanoseconds. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  /** How much longer than that a caller waits for this thread. */
  private static final long MARGIN = TimeUnit.SECONDS.toNanos(3);

  /** Opens a connection. */
  @FunctionalInterface
  interface Opener {
    SqliteStatements open() throws SQLException;
  }

  private final Path file;
  private final Opener opener;
  private final Hints hints;

  /** Whether what it does are transactions that write. */
  private final boolean writes;

  private final LinkedBlockingQueue<Call<SqliteStatements, ?>> calls = new LinkedBlockingQueue<>();

  /** How many wait for what other processes put. */
  private final AtomicInteger watchers = new AtomicInteger();

  private final Thread thread;

  /** Written by who closes. */
  private volatile boolean closed;

  /** The connection, if it is open. For the thread. */
  private @Nullable SqliteStatements open;

  /** Which file it is open on: the path may lead to another one later. For the thread. */
  private @Nullable Object key;

  /** What SQLite said when it was last asked whether others have written. For the thread. */
  private long version;

  SqliteThread(String name, Path file, Opener opener, Hints hints, boolean writes) {
    this.file = file;
    this.opener = opener;
    this.hints = hints;
    this.writes = writes;
    thread = new Thread(this::work, name);
    thread.setDaemon(true);
    thread.start();
  }

  <T> T call(String what, Interrupts interrupts, Call.Work<SqliteStatements, T> work)
      throws InterruptedException {
    return call(what, interrupts, Flush.AT_COMMIT, work);
  }

  <T> T call(String what, Interrupts interrupts, Flush flush, Call.Work<SqliteStatements, T> work)
      throws InterruptedException {
    if (interrupts == Interrupts.END && Thread.interrupted()) {
      throw new InterruptedException();
    }
    Call<SqliteStatements, T> call = new Call<>(work, flush, System.nanoTime() + PATIENCE + MARGIN);
    calls.add(call);
    if (closed) {
      call.fail(closed(what)); // It may have been added after the thread has looked.
    }
    try {
      return call.await(interrupts);
    } catch (SQLException e) {
      throw SqliteErrors.failure(what, file, e);
    }
  }

  /** The same for methods that don't declare an interrupt: none of them throws it. */
  <T> T callUninterrupted(String what, Interrupts interrupts, Call.Work<SqliteStatements, T> work) {
    try {
      return call(what, interrupts, work);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueException(what + ": interrupted", true, e);
    }
  }

  void watch() {
    watchers.incrementAndGet();
  }

  void unwatch() {
    watchers.decrementAndGet();
  }

  private void work() {
    long since = System.nanoTime();
    List<Call<SqliteStatements, ?>> group = new ArrayList<>();
    try {
      while (!closed) {
        Call<SqliteStatements, ?> first = calls.poll();
        if (first == null) {
          first = watchers.get() > 0 ? calls.poll(LOOK, TimeUnit.MILLISECONDS) : calls.take();
          since = System.nanoTime();
        }
        if (first == null) {
          look();
          continue;
        }
        group.add(first);
        calls.drainTo(group, GROUP - 1);
        try {
          perform(group);
        } catch (Error e) {
          // Memory that has run out, say. Without this thread all later calls would wait in vain.
          disconnect();
          RuntimeException failure =
              new IllegalStateException("a statement has ended with an error", e);
          group.forEach(call -> call.fail(failure));
        }
        group.clear();
        if (writes && System.nanoTime() - since > STRETCH) {
          LockSupport.parkNanos(REST);
          since = System.nanoTime();
        }
      }
    } catch (InterruptedException e) {
      closed = true; // Nobody interrupts this thread but who ends it.
    } finally {
      group.addAll(calls);
      group.forEach(call -> call.fail(closed("queue")));
      disconnect();
    }
  }

  private static QueueException closed(String what) {
    return new QueueException(
        what + ": the queue was closed; close it after those who use it", false, null);
  }

  /** Gives a hint if another connection has committed something. */
  private void look() {
    SqliteStatements connection = open;
    if (connection == null) {
      return;
    }
    try {
      long now = connection.query("PRAGMA data_version", row -> row.getLong(1)).getFirst();
      if (now != version) {
        version = now;
        hints.give();
      }
    } catch (SQLException e) {
      if (SqliteErrors.isBroken(e)) {
        disconnect(); // The next call says what is wrong.
      }
    }
  }

  private void perform(List<Call<SqliteStatements, ?>> group) {
    SqliteStatements connection = locked(group);
    if (connection == null) {
      return;
    }
    List<Call<SqliteStatements, ?>> begun = new ArrayList<>(group);
    begun.removeIf(call -> !call.begin());
    try {
      for (Call<SqliteStatements, ?> call : begun) {
        call.run(connection);
      }
      finish(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      undo(connection, e);
      if (begun.size() == 1) {
        begun.getFirst().fail(e);
      } else {
        for (Call<SqliteStatements, ?> call : begun) {
          performAgain(call);
        }
      }
      return;
    }
    begun.forEach(Call::succeed);
  }

  /** Does a call alone that had begun together with others. */
  private void performAgain(Call<SqliteStatements, ?> call) {
    SqliteStatements connection = locked(new ArrayList<>(List.of(call)));
    if (connection == null) {
      return;
    }
    try {
      call.run(connection);
      finish(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      undo(connection, e);
      call.fail(e);
      return;
    }
    call.succeed();
  }

  private void undo(SqliteStatements connection, Exception cause) {
    try {
      finish(connection, "ROLLBACK");
    } catch (SQLException e) {
      // SQLite has undone it by itself already, as it does on a full disk.
      cause.addSuppressed(e);
    }
    if (cause instanceof SQLException sql && SqliteErrors.isBroken(sql)) {
      disconnect();
    }
  }

  private void finish(SqliteStatements connection, String how) throws SQLException {
    if (writes) {
      connection.update(how);
    }
  }

  /** Waits for the file's lock for as long as there is a call that waits for it. */
  private @Nullable SqliteStatements locked(List<Call<SqliteStatements, ?>> group) {
    while (true) {
      Exception why;
      try {
        if (open != null && !Objects.equals(key, SqliteFile.key(file))) {
          disconnect(); // Deleted or replaced: what is written to that file is lost.
        }
        SqliteStatements connection = open;
        if (connection == null) {
          key = SqliteFile.key(file);
          connection = opener.open();
          open = connection;
        }
        if (writes) {
          boolean now = group.stream().anyMatch(call -> call.flush() == Flush.AT_COMMIT);
          connection.flush(now ? Flush.AT_COMMIT : Flush.LATER);
          connection.update("BEGIN IMMEDIATE");
        }
        return connection;
      } catch (SQLException | RuntimeException e) {
        why = e;
      }
      boolean busy = why instanceof SQLException sql && SqliteErrors.isBusy(sql);
      if (!busy) {
        disconnect();
      }
      long now = System.nanoTime();
      for (Call<SqliteStatements, ?> call : group) {
        if (closed) {
          call.fail(closed("queue"));
        } else if (!busy || now - (call.end() - MARGIN) >= 0) {
          call.fail(why);
        }
      }
      group.removeIf(Call::isOver);
      if (group.isEmpty()) {
        return null;
      }
      LockSupport.parkNanos(200_000 + ThreadLocalRandom.current().nextLong(400_000));
    }
  }

  private void disconnect() {
    SqliteStatements connection = open;
    open = null;
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        // It is given up; a new one is opened when it is needed.
      }
    }
  }

  /** Ends the thread after what it is doing, and waits for that a little. */
  @Override
  public void close() {
    closed = true;
    calls.add(new Call<>(connection -> true, Flush.LATER, System.nanoTime()));
    boolean interrupted = false;
    long end = System.nanoTime() + MARGIN;
    while (thread.isAlive() && end - System.nanoTime() > 0) {
      try {
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
      } catch (InterruptedException e) {
        interrupted = true;
        end = Math.min(end - System.nanoTime(), Call.MOMENT) + System.nanoTime();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
