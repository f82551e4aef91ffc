// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL server that the storm may restart, or one of somebody else's that it may not. */
final class Server implements AutoCloseable {
  private static final String SCHEMA =
      "curfew_storm_" + UUID.randomUUID().toString().substring(0, 8);

  private final String url;

  /** The same server for the storm's queue: a schema, and a name by which connections are known. */
  private final String urlOfQueue;

  private final @Nullable Path data;
  private final int port;
  private @Nullable EmbeddedPostgres running;

  private Server(String url, @Nullable Path data, int port) {
    this.url = url;
    String own = "currentSchema=" + SCHEMA + "&ApplicationName=" + SCHEMA;
    urlOfQueue = url + (url.indexOf('?') < 0 ? "?" : "&") + own;
    this.data = data;
    this.port = port;
  }

  static Server existing(String url) throws SQLException {
    Server server = new Server(url, null, 0);
    server.execute("CREATE SCHEMA " + SCHEMA);
    return server;
  }

  static Server start(Path folder) throws IOException, SQLException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String url = "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres";
    Server server = new Server(url, folder.resolve("data"), port);
    server.begin();
    server.execute("CREATE SCHEMA " + SCHEMA);
    return server;
  }

  private void begin() throws IOException {
    running =
        EmbeddedPostgres.builder()
            .setPort(port)
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("max_connections", "200")
            // Made for tests, it would acknowledge commits that a crash loses.
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("fsync", "on")
            .setPGStartupWait(Duration.ofSeconds(60))
            .start();
  }

  String urlOfQueue() {
    return urlOfQueue;
  }

  boolean mayRestart() {
    return data != null;
  }

  /** Ends every connection, and comes back. */
  void restart(boolean immediate) throws IOException, InterruptedException {
    EmbeddedPostgres before = running;
    if (before == null || data == null) {
      throw new IllegalStateException("not ours to restart: " + url);
    }
    if (immediate) {
      Path pidFile = data.resolve("postmaster.pid");
      String pid = Files.readAllLines(pidFile).getFirst().strip();
      // It ends at once, with nothing tidied up: the next start has to recover.
      new ProcessBuilder("kill", "-QUIT", pid).start().waitFor();
      long limit = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (ProcessHandle.of(Long.parseLong(pid)).isPresent() && System.nanoTime() - limit < 0) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    try {
      before.close();
    } catch (IOException e) {
      if (!immediate) {
        throw e; // There is nothing to close any more otherwise.
      }
    }
    begin();
  }

  /** Ends all connections of the storm, and of nobody else. */
  void cutConnections() throws SQLException {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            + " WHERE application_name = '"
            + SCHEMA
            + "'");
  }

  /** Leaves nothing behind on a server that was there. */
  void forget() throws SQLException {
    execute("DROP SCHEMA " + SCHEMA + " CASCADE");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws IOException {
    if (running != null) {
      running.close();
    }
  }
}
