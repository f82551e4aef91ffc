// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * One PostgreSQL server for all engines, with a database for each. It commits durably, as nobody
 * would run a queue otherwise; all else is as the server comes.
 */
final class Database implements AutoCloseable {
  private final EmbeddedPostgres server;
  private final boolean durable;

  private Database(EmbeddedPostgres server, boolean durable) {
    this.server = server;
    this.durable = durable;
  }

  /**
   * Starts it.
   *
   * @param durable false where values mean nothing
   */
  static Database start(boolean durable) throws IOException {
    String commits = durable ? "on" : "off";
    return new Database(
        EmbeddedPostgres.builder()
            .setServerConfig("synchronous_commit", commits)
            .setServerConfig("fsync", commits)
            .start(),
        durable);
  }

  /** Makes this database anew, so that no round sees what another has left, and returns its URL. */
  String fresh(String name) throws SQLException {
    execute(url("postgres"), "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    execute(url("postgres"), "CREATE DATABASE " + name);
    return url(name);
  }

  private String url(String name) {
    return server.getJdbcUrl("postgres", name);
  }

  /** What autovacuum would have done in a queue that lives longer than a round. */
  void settle(String url) throws SQLException {
    if (durable) {
      execute(url, "VACUUM ANALYZE");
      execute(url, "CHECKPOINT");
    }
  }

  static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      boolean _ = statement.execute(sql);
    }
  }

  /** Asks for the four numbers of a standing. */
  static Engine.Standing standing(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new SQLException("no row from " + sql);
      }
      return new Engine.Standing(
          rows.getLong(1), rows.getLong(2), Math.max(0, rows.getLong(3)), rows.getLong(4));
    }
  }

  /** The pool of a peer. */
  static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(Engine.CONNECTIONS);
    return new HikariDataSource(config);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
