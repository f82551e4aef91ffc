// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection to SQLite with the statements that were prepared on it. For one thread. */
final class SqliteStatements implements AutoCloseable {
  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  /** Whether a commit may wait for the disk at all, and does so now. */
  private boolean flushes;

  private Flush flush = Flush.LATER;

  SqliteStatements(Connection connection) {
    this.connection = connection;
  }

  /** What makes an object of a row. */
  @FunctionalInterface
  interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /** Has commits wait for the disk if they are asked to; never, if this is not called. */
  void allowFlush() {
    flushes = true;
  }

  /** Sets when the next transaction is on the disk; not within one. */
  void flush(Flush when) throws SQLException {
    if (flushes && when != flush) {
      // Not prepared: SQLite may carry out a pragma when it compiles it, not when it runs it.
      run("PRAGMA synchronous = " + (when == Flush.AT_COMMIT ? "FULL" : "NORMAL"));
      flush = when;
    }
  }

  /** Runs statements that need no parameters. */
  void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql); // Of several, "execute" would run the first only.
    }
  }

  int update(String sql, @Nullable Object... parameters) throws SQLException {
    try {
      return bound(sql, parameters).executeUpdate();
    } catch (SQLException e) {
      forget(sql);
      throw e;
    }
  }

  /** Runs a statement once for each row of parameters; how many rows each has changed. */
  int[] updateEach(String sql, List<@Nullable Object[]> rows) throws SQLException {
    if (rows.isEmpty()) {
      return new int[0];
    }
    try {
      PreparedStatement statement = statement(sql);
      for (@Nullable Object[] row : rows) {
        bind(statement, row);
        statement.addBatch();
      }
      return statement.executeBatch();
    } catch (SQLException e) {
      forget(sql);
      throw e;
    }
  }

  <T> List<T> query(String sql, Row<T> row, @Nullable Object... parameters) throws SQLException {
    List<T> found = new ArrayList<>();
    try (ResultSet rows = bound(sql, parameters).executeQuery()) {
      while (rows.next()) {
        found.add(row.of(rows));
      }
    } catch (SQLException e) {
      forget(sql);
      throw e;
    }
    return found;
  }

  private PreparedStatement bound(String sql, @Nullable Object... parameters) throws SQLException {
    PreparedStatement statement = statement(sql);
    bind(statement, parameters);
    return statement;
  }

  private PreparedStatement statement(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    return statement;
  }

  private static void bind(PreparedStatement statement, @Nullable Object[] parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
  }

  /** The driver closes a statement that has failed, without saying so. */
  private void forget(String sql) {
    PreparedStatement statement = prepared.remove(sql);
    if (statement != null) {
      try {
        statement.close();
      } catch (SQLException e) {
        // It is not used again.
      }
    }
  }

  /** Lets go of the statements, not of the connection. */
  void release() throws SQLException {
    for (PreparedStatement statement : prepared.values()) {
      statement.close();
    }
    prepared.clear();
  }

  @Override
  public void close() throws SQLException {
    try {
      release();
    } finally {
      connection.close();
    }
  }
}
