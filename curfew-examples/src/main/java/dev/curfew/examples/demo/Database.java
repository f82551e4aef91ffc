// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL with a schema of our own: one that is started for this run, or one that was there,
 * of which nothing else is touched. Closing it drops the schema, and ends the server that was
 * started.
 */
final class Database implements AutoCloseable {
  private final String url;
  private final String schema;
  private final @Nullable EmbeddedPostgres server;

  /** Guarded by this. */
  private boolean closed;

  private Database(String url, String schema, @Nullable EmbeddedPostgres server) {
    this.url = url;
    this.schema = schema;
    this.server = server;
  }

  /** Takes this one; starts one if there is none. */
  static Database open(@Nullable String url, Screen screen) throws IOException {
    EmbeddedPostgres server = url == null ? EmbeddedPostgres.start() : null;
    String schema = "curfew_demo_" + UUID.randomUUID().toString().substring(0, 8);
    Database database =
        new Database(
            server == null ? String.valueOf(url) : server.getJdbcUrl("postgres", "postgres"),
            schema,
            server);
    try {
      database.execute("CREATE SCHEMA " + schema);
    } catch (SQLException e) {
      if (server != null) {
        server.close();
      }
      throw new IOException("can't make a schema in the PostgreSQL of --url: " + e.getMessage(), e);
    }
    // A driver that is stopped leaves nothing behind, either.
    Runtime.getRuntime().addShutdownHook(new Thread(database::close, "close-database"));
    String what = server == null ? "one that was there" : "started for this run";
    screen.line("  postgres  " + what + "; the jobs are in a schema of their own, " + schema);
    return database;
  }

  JobStore jobs() {
    return new JobStore(url, schema);
  }

  private void execute(String statement) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement one = connection.createStatement()) {
      one.execute(statement);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (server == null) {
        execute("DROP SCHEMA " + schema + " CASCADE");
      } else {
        server.close();
      }
    } catch (SQLException | IOException e) {
      System.err.println("curfew demo: can't clean up after itself, left is " + schema + ": " + e);
    }
  }
}
