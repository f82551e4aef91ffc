// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.NewJob;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A claim reads what it takes, and no more: not thousands that are due later, or done. */
class PlanTest {
  private static final int LATER = 20_000;

  @TempDir Path folder;

  private static void fill(SqlJobQueue queue) throws InterruptedException {
    List<NewJob> later = new ArrayList<>();
    for (int i = 0; i < LATER; i++) {
      later.add(NewJob.of("later").withPriority(9).in(Duration.ofDays(1)));
    }
    queue.putAll(later);
    queue.putAll(List.of(NewJob.of("now"), NewJob.of("now")));
  }

  @Test
  void postgresClaimsByTheIndex() throws Exception {
    String schema = Postgres.newSchema();
    try (SqlJobQueue queue =
            SqlJobQueue.postgres(Postgres.url(), SqlQueueOptions.defaults().withSchema(schema));
        JobConsumer consumer = queue.consume("plan", QueueContract.LEASE);
        Connection connection = DriverManager.getConnection(Postgres.url())) {
      fill(queue);
      String[] statements = new PostgresSql(schema).promoteAndClaim.split(";\n", -1);
      UUID worker;
      try (var statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT id FROM " + schema + ".curfew_worker")) {
        rows.next();
        worker = rows.getObject(1, UUID.class);
      }
      connection.setAutoCommit(false);
      String promote = explain(connection, statements[0], "jobs");
      String claim = explain(connection, statements[1], worker, "jobs", 10, worker);
      connection.rollback();
      assertThat(promote).contains("curfew_job_later").doesNotContain("Seq Scan");
      assertThat(claim).contains("curfew_job_due").doesNotContain("Seq Scan");
      assertThat(buffers(promote)).isLessThan(20);
      assertThat(buffers(claim)).isLessThan(100);
      assertThat(QueueContract.texts(consumer.claim(9, QueueContract.SOON)))
          .containsExactly("now", "now");
    }
  }

  private static String explain(Connection connection, String statement, Object... parameters)
      throws Exception {
    try (PreparedStatement prepared =
        connection.prepareStatement("EXPLAIN (ANALYZE, BUFFERS) " + statement)) {
      for (int i = 0; i < parameters.length; i++) {
        prepared.setObject(i + 1, parameters[i]);
      }
      StringBuilder plan = new StringBuilder();
      try (ResultSet rows = prepared.executeQuery()) {
        while (rows.next()) {
          plan.append(rows.getString(1)).append('\n');
        }
      }
      return plan.toString();
    }
  }

  /** How many pages the whole statement has touched. */
  private static int buffers(String plan) {
    var matcher = java.util.regex.Pattern.compile("Buffers: shared hit=(\\d+)").matcher(plan);
    assertThat(matcher.find()).as(plan).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  @Test
  void sqliteClaimsByTheIndex() throws Exception {
    Path file = folder.resolve("jobs.db");
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file);
        JobConsumer consumer = queue.consume("plan", QueueContract.LEASE);
        SqliteStatements connection = new SqliteFile(file, SqlQueueOptions.defaults()).open(1000)) {
      fill(queue);
      assertThat(plan(connection, SqliteSql.CLAIM, "w", "w", "jobs", 10))
          .contains("SEARCH curfew_job USING COVERING INDEX curfew_job_due (queue=?)")
          .doesNotContain("SCAN curfew_job")
          .doesNotContain("TEMP B-TREE FOR ORDER BY");
      assertThat(plan(connection, SqliteSql.PROMOTE, "jobs"))
          .contains("curfew_job_later (queue=? AND due<?)");
      assertThat(plan(connection, SqliteSql.RUNNING, "w")).contains("curfew_job_running");
      assertThat(plan(connection, SqliteSql.NEXT, "jobs", "jobs")).doesNotContain("SCAN curfew");
      assertThat(plan(connection, SqliteSql.FINISH, "i", 1, "w")).contains("(id=?)");
      assertThat(QueueContract.texts(consumer.claim(9, QueueContract.SOON)))
          .containsExactly("now", "now");
    }
  }

  private static String plan(SqliteStatements connection, String statement, Object... parameters)
      throws Exception {
    return String.join(
        "\n",
        connection.query("EXPLAIN QUERY PLAN " + statement, row -> row.getString(4), parameters));
  }
}
