// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.io.TempDir;

class SqliteQueueTest extends QueueStormContract {
  @TempDir Path folder;

  @Override
  SqlJobQueue connect(SqlQueueOptions options) {
    return SqlJobQueue.sqlite(folder.resolve("jobs.db"), options);
  }

  @Override
  Connection stranger() throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("jobs.db"));
    connection.setAutoCommit(false);
    return connection;
  }
}
