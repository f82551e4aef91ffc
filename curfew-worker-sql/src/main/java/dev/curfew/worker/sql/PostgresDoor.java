// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.curfew.worker.queue.QueueException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * The way to a PostgreSQL server: connections, the threads that use them, and the patience with
 * which a statement is tried again.
 */
final class PostgresDoor implements AutoCloseable {
  /** Which lane: of puts and of what operators ask, of claims, of settles, of renewals. */
  static final int PUTS = 0;

  static final int CLAIMS = 1;
  static final int SETTLES = 2;
  static final int BEATS = 3;

  private static final int PUT_THREADS = 4;

  /** How long something is tried, in nanoseconds. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  private final DataSource source;
  private final @Nullable HikariDataSource own;

  /** Gives a connection that is kept for long. */
  private final Lane.Connections lasting;

  /** Where the server is, without a password, for messages. */
  private final String where;

  private final List<Lane> lanes;
  private final CountDownLatch closed = new CountDownLatch(1);

  private PostgresDoor(
      DataSource source, @Nullable HikariDataSource own, Lane.Connections lasting, String where) {
    this.source = source;
    this.own = own;
    this.lasting = lasting;
    this.where = where;
    lanes =
        List.of(
            new Lane("curfew-queue-put", PUT_THREADS, this::connection),
            new Lane("curfew-queue-claim", 1, this::connection),
            new Lane("curfew-queue-settle", 1, this::connection),
            new Lane("curfew-queue-beat", 1, this::connection));
  }

  /** What is tried, knowing whether an earlier attempt may have been done. */
  @FunctionalInterface
  interface Attempt<T> {
    Call.Work<Connection, T> of(boolean again);
  }

  /** What is done within a transaction. */
  @FunctionalInterface
  interface Body<T> {
    T run() throws SQLException;
  }

  /** Refuses a URL that the driver would not understand, without showing its password. */
  static void check(String url) {
    String where = where(url);
    if (where.matches("jdbc:postgresql://[^/]*@.*")) {
      throw new IllegalArgumentException(
          "postgres: the URL has a user before the host; give user and password after a question"
              + " mark, as in jdbc:postgresql://host/database?user=me&password=mine");
    }
    if (!new Driver().acceptsURL(url)) {
      throw new IllegalArgumentException(
          "postgres: "
              + where
              + " is no URL that PostgreSQL's driver takes; give one such as"
              + " jdbc:postgresql://host:5432/database?user=me&password=mine");
    }
  }

  private static String where(String url) {
    int parameters = url.indexOf('?');
    return parameters < 0 ? url : url.substring(0, parameters);
  }

  static PostgresDoor to(String url) {
    String where = where(url);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setPoolName("curfew-queue");
    // One for each thread of the lanes, so that none of them waits for a connection.
    config.setMaximumPoolSize(PUT_THREADS + 3);
    config.setMinimumIdle(1);
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(1500);
    config.setValidationTimeout(1000);
    config.setKeepaliveTime(TimeUnit.SECONDS.toMillis(60));
    config.setIdleTimeout(TimeUnit.SECONDS.toMillis(120));
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    // A plan that was made while the table was small would scan it when it has grown.
    config.setConnectionInitSql("SET enable_seqscan = off; SET jit = off");
    Properties defaults = defaults();
    defaults.forEach((key, value) -> config.addDataSourceProperty((String) key, value));
    HikariDataSource pool = new HikariDataSource(config);
    return new PostgresDoor(pool, pool, () -> DriverManager.getConnection(url, defaults()), where);
  }

  static PostgresDoor to(DataSource pool) {
    return new PostgresDoor(pool, null, pool::getConnection, "PostgreSQL of the pool " + pool);
  }

  /** What a URL may say otherwise: no wait for the network without a limit. */
  private static Properties defaults() {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "curfew-queue");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("loginTimeout", "5");
    properties.setProperty("socketTimeout", "20");
    properties.setProperty("cancelSignalTimeout", "2");
    properties.setProperty("tcpKeepAlive", "true");
    return properties;
  }

  private Connection connection() throws SQLException {
    return ready(source.getConnection());
  }

  /** A pool of somebody else may give connections that are in a transaction already. */
  private Connection ready(Connection connection) throws SQLException {
    if (own == null) {
      try {
        if (!connection.getAutoCommit()) {
          connection.setAutoCommit(true);
        }
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    }
    return connection;
  }

  /** A connection for the caller alone, to be closed by it. */
  Connection lastingConnection() throws SQLException {
    return ready(lasting.get());
  }

  String where() {
    return where;
  }

  /** Creates the tables if they may be, and refuses those that it does not know. */
  void prepare(PostgresSql sql, boolean create) {
    int version =
        callUninterrupted(
            "open", PUTS, Interrupts.SHORTEN, connection -> version(connection, sql, create));
    if (version == 0) {
      throw Schema.missing(where);
    }
    Schema.check(version, where);
  }

  private int version(Connection connection, PostgresSql sql, boolean create) throws SQLException {
    int version = version(connection, sql);
    if (version != 0 || !create) {
      return version;
    }
    return inTransaction(
        connection,
        () -> {
          try (Statement statement = connection.createStatement()) {
            // Two that create the same table at once would fail, in spite of IF NOT EXISTS.
            statement.execute("SELECT pg_advisory_xact_lock(4864153274986)");
            statement.execute(sql.ddl());
          }
          return Schema.VERSION;
        });
  }

  private static int version(Connection connection, PostgresSql sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.version)) {
      return rows.next() ? rows.getInt(1) : 0;
    } catch (SQLException e) {
      if (PostgresErrors.isMissingTable(e)) {
        return 0;
      }
      throw e;
    }
  }

  <T> T inTransaction(Connection connection, Body<T> body) throws SQLException {
    connection.setAutoCommit(false);
    try {
      T value = body.run();
      connection.commit();
      connection.setAutoCommit(true);
      return value;
    } catch (SQLException | RuntimeException e) {
      try {
        connection.rollback();
        connection.setAutoCommit(true);
      } catch (SQLException broken) {
        e.addSuppressed(broken);
      }
      throw e;
    }
  }

  /** Tries it until it works, or until it is clear that it does not. */
  <T> T call(String what, int lane, Interrupts interrupts, Attempt<T> attempt)
      throws InterruptedException {
    long end = System.nanoTime() + PATIENCE;
    boolean again = false;
    @Nullable SQLException last = null;
    for (int round = 0; ; round++) {
      if (closed.getCount() == 0) {
        throw closed(what, again);
      }
      try {
        return lanes.get(lane).call(attempt.of(again), end, interrupts);
      } catch (SQLException e) {
        PostgresErrors.Kind kind = PostgresErrors.kind(e);
        again |= kind == PostgresErrors.Kind.UNKNOWN;
        if (closed.getCount() == 0) {
          throw closed(what, again);
        }
        if (kind == PostgresErrors.Kind.LASTING) {
          throw failure(what, e, false, again);
        }
        if (last == null || !(e instanceof Call.LeftException)) {
          last = e; // The reason that the server gave, rather than that it gave none.
        }
        // 10 ms, 20 ms, up to 320 ms, each less up to a half, so that two don't meet again.
        long pause = TimeUnit.MILLISECONDS.toNanos(10L << Math.min(round, 5));
        pause -= ThreadLocalRandom.current().nextLong(pause / 2);
        boolean interrupted =
            interrupts == Interrupts.SHORTEN && Thread.currentThread().isInterrupted();
        if (System.nanoTime() + pause >= end || interrupted) {
          throw failure(what, last, true, again);
        }
        pause(pause, interrupts);
      }
    }
  }

  private void pause(long nanos, Interrupts interrupts) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    while (true) {
      try {
        boolean unused = closed.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        break;
      } catch (InterruptedException e) {
        if (interrupts == Interrupts.END) {
          throw e;
        }
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The same for methods that don't declare an interrupt: none of them throws it. */
  <T> T callUninterrupted(
      String what, int lane, Interrupts interrupts, Call.Work<Connection, T> work) {
    try {
      return call(what, lane, interrupts, again -> work);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueException(what + ": interrupted", true, e);
    }
  }

  /** Tries it once. If it fails it has not happened, and the next time will do. */
  <T> @Nullable T callLeniently(int lane, Call.Work<Connection, T> work)
      throws InterruptedException {
    try {
      return lanes.get(lane).call(work, System.nanoTime() + PATIENCE, Interrupts.END);
    } catch (SQLException e) {
      if (PostgresErrors.kind(e) == PostgresErrors.Kind.LASTING && closed.getCount() > 0) {
        throw failure("beat", e, false, true);
      }
      return null;
    }
  }

  private QueueException failure(
      String what, SQLException error, boolean passing, boolean unknown) {
    return new QueueException(
        what
            + ": "
            + where
            + " said: "
            + said(error)
            + (unknown
                ? "; it is not known whether it was done, so do the same again (a put with the"
                    + " same id)"
                : "; nothing was done")
            + "; "
            + PostgresErrors.advice(error),
        passing,
        error);
  }

  /** What is wrong: a pool says only that it has no connection, its cause says why. */
  private static @Nullable String said(SQLException error) {
    Throwable cause = error.getCause();
    String said =
        error instanceof SQLTransientConnectionException && cause != null
            ? cause.getMessage()
            : error.getMessage();
    return said == null ? null : said.strip().replaceFirst("\\.$", ""); // A clause follows.
  }

  private static QueueException closed(String what, boolean unknown) {
    return new QueueException(
        what
            + ": the queue was closed"
            + (unknown ? " meanwhile, and it is not known whether it was done" : "")
            + "; close it after those who use it",
        false,
        null);
  }

  @Override
  public void close() {
    closed.countDown();
    lanes.forEach(Lane::close);
    if (own != null) {
      own.close();
    }
  }
}
