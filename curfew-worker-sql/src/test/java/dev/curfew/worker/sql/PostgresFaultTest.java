// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server and a network that fail. */
@Timeout(value = 180, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostgresFaultTest {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private String schema = "";

  @BeforeEach
  void makeSchema() throws Exception {
    schema = Postgres.newSchema();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  private SqlJobQueue open(String url) {
    return closing(SqlJobQueue.postgres(url, SqlQueueOptions.defaults().withSchema(schema)));
  }

  private Wire wire() throws Exception {
    return closing(new Wire(Postgres.port()));
  }

  @Test
  void aPutWhoseAnswerIsLostIsDoneOnce() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    queue.put(NewJob.of("warm"));
    wire.loseAnswers("INSERT INTO", 1);
    NewJob job = NewJob.of("x");
    assertThat(queue.put(job)).isEqualTo(new Put(job.id(), true));
    assertThat(wire.lost.get()).isEqualTo(1);
    assertThat(queue.stats().due()).isEqualTo(2);
    NewJob keyed = NewJob.of("x").withUniqueKey("k");
    wire.loseAnswers("COMMIT\0", 1); // Not READ COMMITTED, said by a new connection.
    NewJob second = NewJob.of("x").withUniqueKey("k");
    assertThat(queue.putAll(List.of(keyed, keyed, second)))
        .containsExactly(
            new Put(keyed.id(), true), new Put(keyed.id(), false), new Put(keyed.id(), false));
    assertThat(wire.lost.get()).isEqualTo(2);
    assertThat(queue.stats().due()).isEqualTo(3);
  }

  @Test
  void aSettleWhoseAnswerIsLostIsApplied() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    queue.putAll(List.of(NewJob.of("a"), NewJob.of("b"), NewJob.of("c")));
    JobConsumer consumer = closing(queue.consume("test", QueueContract.LEASE));
    List<Claim> claims = consumer.claim(3, QueueContract.SOON);
    wire.loseAnswers("DELETE FROM", 1);
    List<Settlement> settlements = new ArrayList<>();
    claims.forEach(claim -> settlements.add(new Settlement(claim, QueueContract.DONE)));
    assertThat(consumer.settle(settlements)).containsOnly(Settled.APPLIED);
    assertThat(wire.lost.get()).isEqualTo(1);
    assertThat(queue.stats().running()).isZero();
    // Now it is known, and the same again is what it is for everybody else.
    assertThat(consumer.settle(settlements)).containsOnly(Settled.STALE);
  }

  @Test
  void aSettleThatFailedWithoutAnAnswerIsAppliedWhenRepeated() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    queue.put(NewJob.of("a"));
    JobConsumer consumer = closing(queue.consume("test", QueueContract.LEASE));
    Claim claim = consumer.claim(1, QueueContract.SOON).getFirst();
    wire.loseAnswers("DELETE FROM", 1);
    QueueContract.start(() -> {
      QueueContract.await("the answer to be lost", () -> wire.lost.get() > 0);
      wire.shut(true);
      wire.cut();
    });
    List<Settlement> done = List.of(new Settlement(claim, QueueContract.DONE));
    try {
      // It may be quicker than who cuts the wire.
      assertThat(consumer.settle(done)).containsOnly(Settled.APPLIED);
    } catch (QueueException e) {
      assertThat(e.isPassing()).isTrue();
      assertThat(e).hasMessageContaining("it is not known whether it was done");
      wire.shut(false);
      assertThat(consumer.settle(done)).containsOnly(Settled.APPLIED);
    } finally {
      wire.shut(false);
    }
  }

  @Test
  void aClaimWhoseAnswerIsLostComesAgain() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    queue.put(NewJob.of("x"));
    JobConsumer consumer = closing(queue.consume("test", Duration.ofSeconds(60)));
    assertThat(consumer.beat()).isTrue();
    wire.loseAnswers("WITH me AS", 1);
    assertThat(consumer.claim(1, Duration.ZERO)).isEmpty();
    assertThat(wire.lost.get()).isEqualTo(1);
    assertThat(queue.stats().running()).isEqualTo(1);
    QueueContract.await(
        "it to be given back", () -> consumer.beat() && queue.stats().running() == 0);
    assertThat(QueueContract.claimOne(consumer).attempt()).isEqualTo(1);
  }

  @Test
  void aWireThatIsCutIsMended() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    SqlJobQueue other = open(Postgres.url());
    JobConsumer consumer = closing(queue.consume("test", QueueContract.LEASE));
    for (int i = 0; i < 10; i++) {
      wire.cut();
      UUID id = (i % 2 == 0 ? queue : other).put(NewJob.of("x")).id();
      wire.cut();
      Claim claim = QueueContract.claimOne(consumer);
      assertThat(claim.id()).isEqualTo(id);
      wire.cut();
      assertThat(consumer.beat()).isTrue();
      wire.cut();
      assertThat(QueueContract.settle(consumer, claim, QueueContract.DONE))
          .isEqualTo(Settled.APPLIED);
    }
  }

  @Test
  void whatCantBeReachedIsNamedWithoutItsPassword() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    String url = "jdbc:postgresql://localhost:" + free + "/x?user=me&password=secret";
    assertThatThrownBy(() -> SqlJobQueue.postgres(url))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isTrue())
        .hasMessageContaining("jdbc:postgresql://localhost:" + free + "/x said:")
        .hasMessageContaining("nothing was done")
        .hasMessageContaining("check that the server runs")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> SqlJobQueue.postgres("postgres://localhost/x?password=secret"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret");
    assertThatThrownBy(
            () -> SqlJobQueue.postgres(Postgres.url().replace("/postgres?", "/missing?")))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isFalse())
        .hasMessageContaining("create the database");
  }

  @Test
  void whileTheServerIsAwayAPutFailsAndAClaimToo() throws Exception {
    Wire wire = wire();
    SqlJobQueue queue = open(wire.url(Postgres.url()));
    JobConsumer consumer = queue.consume("test", QueueContract.LEASE);
    wire.shut(true);
    wire.cut();
    assertThatThrownBy(() -> queue.put(NewJob.of("x")))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isTrue());
    assertThatThrownBy(() -> consumer.claim(1, QueueContract.SOON))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isTrue());
    Thread.currentThread().interrupt();
    assertThatThrownBy(queue::stats).isInstanceOf(QueueException.class);
    assertThat(Thread.interrupted()).isTrue();
    wire.shut(false);
    assertThat(queue.stats().due()).isLessThanOrEqualTo(1);
    consumer.close();
  }

  @Test
  void aPoolOfTheCallerServesAndIsLeftOpen() throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(Postgres.url());
    config.setMaximumPoolSize(9);
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
    try (HikariDataSource pool = new HikariDataSource(config)) {
      SqlJobQueue queue = SqlJobQueue.of(pool, SqlQueueOptions.defaults().withSchema(schema));
      JobConsumer consumer = queue.consume("test", QueueContract.LEASE);
      queue.put(NewJob.of("x").withUniqueKey("k"));
      Claim claim = QueueContract.claimOne(consumer);
      assertThat(consumer.beat()).isTrue();
      assertThat(QueueContract.settle(consumer, claim, QueueContract.DONE))
          .isEqualTo(Settled.APPLIED);
      consumer.close();
      queue.close();
      assertThat(pool.isClosed()).isFalse();
      QueueContract.await(
          "its connections to come back",
          () -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
      try (Connection connection = pool.getConnection()) {
        assertThat(connection.getAutoCommit()).isFalse();
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
      }
    }
  }

  /** All connections are ended again and again, in the middle of whatever they do. */
  @Test
  void backendsThatAreKilledLoseNothing() throws Exception {
    List<SqlJobQueue> queues = List.of(open(Postgres.url()), open(Postgres.url()));
    CountDownLatch end = new CountDownLatch(1);
    Thread killer =
        QueueContract.start(() -> {
          while (end.getCount() > 0) {
            try (Connection connection = DriverManager.getConnection(Postgres.url());
                var statement = connection.createStatement()) {
              statement.execute(
                  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      + " WHERE application_name = 'curfew-queue' AND random() < 0.5");
            }
            Thread.sleep(20);
          }
        });
    work(queues, 600, end);
    killer.join();
  }

  @Test
  void aServerThatRestartsLosesNothing(@TempDir Path folder) throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    EmbeddedPostgres server = Postgres.start(port, folder);
    String url = server.getJdbcUrl("postgres", "postgres");
    List<SqlJobQueue> queues =
        List.of(closing(SqlJobQueue.postgres(url)), closing(SqlJobQueue.postgres(url)));
    CountDownLatch end = new CountDownLatch(1);
    EmbeddedPostgres[] running = {server};
    Thread restarter =
        QueueContract.start(() -> {
          for (int i = 0; i < 3 && end.getCount() > 0; i++) {
            Thread.sleep(300);
            running[0].close();
            running[0] = Postgres.start(port, folder);
          }
        });
    try {
      work(queues, 4000, end);
    } finally {
      restarter.join();
      closeAll();
      opened.clear();
      running[0].close();
    }
  }

  /** Puts jobs and does them, retrying what may pass, until all are done. */
  private void work(List<SqlJobQueue> queues, int jobs, CountDownLatch end) throws Exception {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Set<UUID> accepted = ConcurrentHashMap.newKeySet();
    Set<UUID> done = ConcurrentHashMap.newKeySet();
    List<Thread> threads = new ArrayList<>();
    CountDownLatch put = new CountDownLatch(2);
    for (int p = 0; p < 2; p++) {
      SqlJobQueue queue = queues.get(p);
      threads.add(
          QueueContract.start(() -> {
            for (int i = 0; i < jobs / 2; i++) {
              NewJob job = NewJob.of("x");
              for (boolean there = false; !there; ) {
                try {
                  queue.put(job);
                  there = true;
                } catch (QueueException e) {
                  if (!e.isPassing()) {
                    failures.add(e);
                    return;
                  }
                }
              }
              accepted.add(job.id());
            }
            put.countDown();
          }));
    }
    for (SqlJobQueue queue : queues) {
      JobConsumer consumer = closing(queue.consume("worker", QueueContract.LEASE));
      threads.add(
          QueueContract.start(() -> {
            while (end.getCount() > 0) {
              try {
                consumer.beat();
              } catch (QueueException e) {
                if (!e.isPassing() && end.getCount() > 0) {
                  failures.add(e);
                  return;
                }
              }
              boolean unused = end.await(50, java.util.concurrent.TimeUnit.MILLISECONDS);
            }
          }));
      threads.add(
          QueueContract.start(() -> {
            List<Settlement> settlements = new ArrayList<>();
            while (end.getCount() > 0) {
              try {
                if (settlements.isEmpty()) {
                  for (Claim claim : consumer.claim(10, Duration.ofMillis(100))) {
                    settlements.add(new Settlement(claim, QueueContract.DONE));
                  }
                }
                List<Settled> answers = consumer.settle(settlements);
                for (int i = 0; i < answers.size(); i++) {
                  UUID id = settlements.get(i).claim().id();
                  if (answers.get(i) == Settled.APPLIED && !done.add(id)) {
                    failures.add(new AssertionError("done twice: " + id));
                  }
                }
                settlements.clear();
              } catch (QueueException e) {
                if (!e.isPassing()) {
                  failures.add(e);
                  return;
                }
              }
            }
          }));
    }
    try {
      QueueContract.await(
          "all to be put and done",
          () -> !failures.isEmpty() || (put.getCount() == 0 && done.size() == jobs));
    } finally {
      end.countDown();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(done).isEqualTo(accepted);
    assertThat(queues.getFirst().stats())
        .matches(s -> s.due() + s.later() + s.running() + s.dead() == 0);
  }

  /** What the queue does about a table that is not as it should be. */
  @Test
  void whatTheServerRefusesForGoodIsNotRetried() throws Exception {
    SqlJobQueue queue = open(Postgres.url());
    try (Connection connection = DriverManager.getConnection(Postgres.url());
        var statement = connection.createStatement()) {
      statement.execute("DROP TABLE " + schema + ".curfew_job");
    }
    assertThatThrownBy(() -> queue.put(NewJob.of("x")))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isFalse())
        .hasCauseInstanceOf(SQLException.class)
        .hasMessageContaining("SqlJobQueue.postgresDdl");
  }
}
