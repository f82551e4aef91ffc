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

  SqliteStatements(Connection connection) {
    this.connection = connection;
  }

  /** What makes an object of a row. */
  @FunctionalInterface
  interface Row<T> {
    T of(ResultSet row) throws SQLException;
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
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
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
