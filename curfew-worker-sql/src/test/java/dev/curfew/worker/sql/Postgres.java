// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** The server of this JVM's tests. It ends with the JVM. */
final class Postgres {
  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  private Postgres() {}

  /** Starts when it is first used. */
  private static final class Server {
    static final EmbeddedPostgres INSTANCE = start();
  }

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder().setServerConfig("max_connections", "200").start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server that can be started again with what it has. */
  static EmbeddedPostgres start(int port, Path folder) throws IOException {
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(folder)
        .setCleanDataDirectory(false)
        .start();
  }

  static int port() {
    return Server.INSTANCE.getPort();
  }

  static String url() {
    return Server.INSTANCE.getJdbcUrl("postgres", "postgres");
  }

  /** A schema of its own for each test. */
  static String newSchema() throws SQLException {
    String schema = "test_" + SCHEMAS.incrementAndGet();
    try (Connection connection = DriverManager.getConnection(url());
        var statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
    }
    return schema;
  }
}
