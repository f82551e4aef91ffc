// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.BeforeEach;

class PostgresQueueTest extends QueueStormContract {
  private String schema = "";

  @BeforeEach
  void makeSchema() throws Exception {
    schema = Postgres.newSchema();
  }

  @Override
  SqlJobQueue connect(SqlQueueOptions options) {
    return SqlJobQueue.postgres(Postgres.url(), options.withSchema(schema));
  }

  @Override
  Connection stranger() throws Exception {
    Connection connection = DriverManager.getConnection(Postgres.url());
    connection.setSchema(schema);
    connection.setAutoCommit(false);
    return connection;
  }
}
