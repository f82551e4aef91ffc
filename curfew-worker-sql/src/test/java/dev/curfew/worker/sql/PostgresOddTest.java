// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers, pools and texts that are not as they mostly are. */
@Timeout(value = 180, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostgresOddTest {
  private static void run(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(Postgres.url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long count(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(Postgres.url());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void aPoolWithoutAutoCommitHearsToo() throws Exception {
    SqlQueueOptions options = SqlQueueOptions.defaults().withSchema(Postgres.newSchema());
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(Postgres.url() + "&ApplicationName=odd");
    config.setAutoCommit(false);
    try (HikariDataSource pool = new HikariDataSource(config);
        SqlJobQueue queue = SqlJobQueue.of(pool, options);
        JobConsumer consumer = queue.consume("test", QueueContract.LEASE)) {
      assertThat(consumer.claim(1, Duration.ofMillis(1))).isEmpty();
      QueueContract.await(
          "the listener to listen",
          () ->
              count(
                      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'odd'"
                          + " AND query LIKE 'LISTEN%'")
                  == 1);
      QueueContract.await(
          "no transaction to be left open",
          () ->
              count(
                      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'odd'"
                          + " AND state LIKE 'idle in transaction%'")
                  == 0);
    }
  }

  @Test
  void anErrorInLettersThatTheDatabaseHasNotIsKeptInOthers() throws Exception {
    run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    try (SqlJobQueue queue = SqlJobQueue.postgres(Postgres.url().replace("/postgres?", "/latin?"));
        JobConsumer consumer = queue.consume("test", QueueContract.LEASE)) {
      queue.put(NewJob.of("x"));
      Claim claim = QueueContract.claimOne(consumer);
      JobOutcome failed =
          new JobOutcome.RetryAfter(Duration.ofHours(1), true, "caf\u00e9 \u2026 \u4e16");
      assertThat(QueueContract.settle(consumer, claim, failed)).isEqualTo(Settled.APPLIED);
      assertThat(queue.find(claim.id()).orElseThrow().lastError()).isEqualTo("caf? ? ?");
    }
  }

  @Test
  void aTransactionThatTheServerHasEndedIsTriedAgain() throws Exception {
    try (Connection connection = DriverManager.getConnection(Postgres.url());
        Statement statement = connection.createStatement()) {
      statement.execute("SET idle_in_transaction_session_timeout = 50");
      connection.setAutoCommit(false);
      statement.execute("SELECT 1");
      int pid = connection.unwrap(org.postgresql.PGConnection.class).getBackendPID();
      QueueContract.await(
          "the server to end it",
          () -> count("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid) == 0);
      assertThatThrownBy(() -> statement.execute("SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> assertThat(PostgresErrors.kind(e)).isEqualTo(PostgresErrors.Kind.UNDONE));
    }
  }

  @Test
  void aPutThatACloseHasCutOffSaysThatItIsNotKnown() throws Exception {
    SqlQueueOptions options = SqlQueueOptions.defaults().withSchema(Postgres.newSchema());
    NewJob first = NewJob.of("x").withUniqueKey("k");
    CompletableFuture<String> said = new CompletableFuture<>();
    try (Connection connection = DriverManager.getConnection(Postgres.url())) {
      SqlJobQueue queue = SqlJobQueue.postgres(Postgres.url(), options);
      connection.setAutoCommit(false);
      queue.put(connection, first);
      QueueContract.start(() -> {
        try {
          queue.put(first.withId(UUID.randomUUID()));
        } catch (QueueException e) {
          said.complete(e.getMessage());
        }
      });
      QueueContract.await(
          "the put to wait for the other",
          () -> count("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
      queue.close();
    }
    assertThat(said.get(30, SECONDS))
        .startsWith("put: the queue was closed meanwhile, and it is not known whether it was done");
  }

  @Test
  void aConnectionToAServerThatTakesNoWritesIsNotUsedAgain() throws Exception {
    String schema = Postgres.newSchema();
    SqlQueueOptions options = SqlQueueOptions.defaults().withSchema(schema);
    SqlJobQueue.postgres(Postgres.url(), options).close();
    run("CREATE ROLE reader LOGIN SUPERUSER");
    run("ALTER ROLE reader SET default_transaction_read_only = on");
    String url = Postgres.url().replace("user=postgres", "user=reader");
    try (SqlJobQueue queue = SqlJobQueue.postgres(url, options)) {
      assertThat(queue.stats().due()).isZero();
      // As after a failover: what is connected now leads to a server that takes writes.
      run("ALTER ROLE reader RESET default_transaction_read_only");
      assertThat(queue.put(NewJob.of("x")).added()).isTrue();
    }
  }

  @Test
  void aSchemaThatIsMissingIsNamed() {
    assertThatThrownBy(() ->
            SqlJobQueue.postgres(
                Postgres.url(), SqlQueueOptions.defaults().withSchema("not_there")))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining("\"not_there\" does not exist")
        .hasMessageEndingWith("create the schema, or name another");
  }

  @Test
  void halfOfASurrogatePairIsRefused() {
    assertThatThrownBy(() -> NewJob.of("x").withUniqueKey("k\ud800"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
    assertThatThrownBy(() -> SqlQueueOptions.defaults().withQueue("\udc00k"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
    String smile = "\ud83d\ude00";
    assertThat(NewJob.of("x").withUniqueKey(smile).uniqueKey()).isEqualTo(smile);
  }
}
