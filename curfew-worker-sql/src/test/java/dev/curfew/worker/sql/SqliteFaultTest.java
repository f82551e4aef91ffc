// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file and a disk that fail. */
@Timeout(value = 120, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SqliteFaultTest {
  @TempDir Path folder;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Path file = Path.of("");

  @BeforeEach
  void nameFile() {
    file = folder.resolve("jobs.db");
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private SqlJobQueue open() {
    SqlJobQueue queue = SqlJobQueue.sqlite(file);
    opened.add(queue);
    return queue;
  }

  private Connection locking() throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    opened.add(connection);
    try (var statement = connection.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
    }
    return connection;
  }

  private static void lasting(QueueException e) {
    assertThat(e.isPassing()).isFalse();
  }

  private static void passing(QueueException e) {
    assertThat(e.isPassing()).isTrue();
  }

  @Test
  void aLockThatIsHeldForAMomentIsWaitedFor() throws Exception {
    SqlJobQueue queue = open();
    Connection lock = locking();
    CompletableFuture<Boolean> added = new CompletableFuture<>();
    Thread thread = QueueContract.start(() -> added.complete(queue.put(NewJob.of("x")).added()));
    QueueContract.await("the put to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
    assertThat(queue.stats().due()).isZero();
    lock.close();
    assertThat(added.get(30, SECONDS)).isTrue();
  }

  @Test
  void aLockThatIsHeldForLongIsNamed() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = queue.consume("test", QueueContract.LEASE);
    Connection lock = locking();
    assertThatThrownBy(() -> queue.put(NewJob.of("x")))
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::passing)
        .hasMessageContaining("put: " + file + " was locked by another process or connection")
        .hasMessageContaining("nothing was done");
    assertThatThrownBy(consumer::beat)
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::passing);
    lock.close();
    assertThat(queue.stats().due()).isZero();
    assertThat(consumer.beat()).isTrue();
  }

  @Test
  void anInterruptEndsTheWaitForALock() throws Exception {
    SqlJobQueue queue = open();
    Connection lock = locking();
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread thread =
        QueueContract.start(() -> {
          try {
            queue.put(NewJob.of("x"));
          } catch (InterruptedException e) {
            thrown.complete(e);
          }
        });
    QueueContract.await("the put to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
    thread.interrupt();
    assertThat(thrown.get(30, SECONDS)).isInstanceOf(InterruptedException.class);
    lock.close();
    assertThat(queue.put(NewJob.of("y")).added()).isTrue();
    assertThat(queue.stats().due()).isEqualTo(1);
  }

  @Test
  void aFullDiskRefusesAndLosesNothing() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = queue.consume("test", QueueContract.LEASE);
    queue.put(NewJob.of("before"));
    SqliteStore store = (SqliteStore) queue.store();
    store.runOnWriter("PRAGMA max_page_count = 60");
    byte[] big = new byte[40_000];
    int added = 1;
    QueueException full = null;
    while (full == null) {
      try {
        queue.put(NewJob.of(big));
        added++;
      } catch (QueueException e) {
        full = e;
      }
    }
    assertThat(full).hasMessageContaining("the disk or a quota is full; make room");
    passing(full);
    assertThat(queue.stats().due()).isEqualTo(added);
    Claim claim = QueueContract.claimOne(consumer);
    assertThat(QueueContract.settle(consumer, claim, QueueContract.DONE))
        .isEqualTo(Settled.APPLIED);
    store.runOnWriter("PRAGMA max_page_count = 100000");
    assertThat(queue.put(NewJob.of(big)).added()).isTrue();
    assertThat(queue.stats().due()).isEqualTo(added);
  }

  @Test
  void aFullDiskFailsOnlyTheBigOneOfAGroup() throws Exception {
    SqlJobQueue queue = open();
    SqliteStore store = (SqliteStore) queue.store();
    store.runOnWriter("PRAGMA max_page_count = 60");
    Connection lock = locking();
    CompletableFuture<Boolean> small = new CompletableFuture<>();
    CompletableFuture<Throwable> big = new CompletableFuture<>();
    QueueContract.start(() -> small.complete(queue.put(NewJob.of("small")).added()));
    QueueContract.start(() -> {
      try {
        queue.put(NewJob.of(new byte[1_000_000]));
      } catch (QueueException e) {
        big.complete(e);
      }
    });
    lock.close();
    assertThat(small.get(30, SECONDS)).isTrue();
    assertThat(big.get(30, SECONDS)).hasMessageContaining("is full");
    assertThat(queue.stats().due()).isEqualTo(1);
  }

  @Test
  void jobsThatHaveRipenedTogetherHoldNoClaimUp() throws Exception {
    SqlJobQueue queue = open();
    List<NewJob> many = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      many.add(NewJob.of("" + i).in(Duration.ofMillis(1)));
    }
    queue.putAll(many);
    QueueContract.await("them to be due", () -> queue.stats().later() == 0);
    JobConsumer consumer = queue.consume("test", QueueContract.LEASE);
    assertThat(consumer.claim(1, Duration.ZERO)).hasSize(1);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery("SELECT count(*) FROM curfew_job WHERE state = 'later'")) {
      assertThat(rows.getInt(1)).isEqualTo(1_500);
    }
    assertThat(consumer.claim(5_000, Duration.ZERO)).hasSize(1_999);
    assertThat(consumer.claim(5_000, Duration.ZERO)).hasSize(500);
  }

  @Test
  void aClockThatWasSetBackMakesNoLeaseLonger() throws Exception {
    SqlJobQueue queue = open();
    queue.put(NewJob.of("x"));
    JobConsumer dead = queue.consume("dead", Duration.ofSeconds(1));
    assertThat(dead.claim(1, Duration.ZERO)).hasSize(1);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      // As if the clock had shown an hour more when the lease was renewed.
      statement.executeUpdate("UPDATE curfew_worker SET lease_until = lease_until + 3600000");
    }
    JobConsumer other = queue.consume("other", QueueContract.LEASE);
    QueueContract.await(
        "the job to be taken back", () -> other.beat() && queue.stats().running() == 0);
  }

  @Test
  void aDatabaseThatCantBeWrittenIsNamed() throws Exception {
    SqlJobQueue queue = open();
    ((SqliteStore) queue.store()).runOnWriter("PRAGMA query_only = 1");
    assertThatThrownBy(() -> queue.put(NewJob.of("x")))
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::lasting)
        .hasMessageContaining(file + " can't be written: give this process the right");
  }

  @Test
  void aFileThatIsNoDatabaseIsLeftAsItIs() throws Exception {
    String text = "This is not a database, but a letter.\n".repeat(100);
    Files.writeString(file, text);
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::lasting)
        .hasMessageContaining(file + " is no SQLite database");
    assertThat(file).hasContent(text);
  }

  @Test
  void aDamagedFileIsNamed() throws Exception {
    SqlJobQueue queue = open();
    for (int i = 0; i < 50; i++) {
      queue.put(NewJob.of(new byte[5000]));
    }
    queue.close();
    byte[] bytes = Files.readAllBytes(file);
    java.util.Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
    Files.write(file, bytes);
    assertThatThrownBy(
            () -> {
              SqlJobQueue damaged = open();
              damaged.put(NewJob.of("x"));
            })
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::lasting)
        .hasMessageContaining(file + " is damaged");
  }

  @Test
  void aFolderThatIsMissingOrInTheWayIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> SqlJobQueue.sqlite(missing.resolve("jobs.db")))
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::lasting)
        .hasMessageContaining("its folder " + missing + " does not exist: create it");
    assertThatThrownBy(() -> SqlJobQueue.sqlite(folder))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining(folder + ": it is a folder");
  }

  @Test
  void rightsThatAreMissingAreNamed() throws Exception {
    open().close();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    Assumptions.assumeFalse(Files.isWritable(file), "this user may write everything");
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(QueueException.class, SqliteFaultTest::lasting)
        .hasMessageContaining("may not read and write it");
  }

  @Test
  void whoAsksForItWaitsForTheDiskIfTheOptionsSaySo() throws Exception {
    SqlQueueOptions full = SqlQueueOptions.defaults();
    SqlQueueOptions normal = full.withSynchronousNormal();
    for (int again = 0; again < 2; again++) {
      assertThat(synchronous(full, Flush.AT_COMMIT, Flush.LATER)).containsExactly(2, 1);
      assertThat(synchronous(full, Flush.LATER, Flush.AT_COMMIT, Flush.LATER, Flush.AT_COMMIT))
          .containsExactly(1, 2, 1, 2);
      assertThat(synchronous(normal, Flush.AT_COMMIT, Flush.LATER)).containsExactly(1, 1);
    }
  }

  /** As after a power cut, before which the claim had not come to the disk. */
  @Test
  void aClaimThatWasForgottenIsNotGivenTwice() throws Exception {
    try (SqlJobQueue queue = open();
        JobConsumer consumer = queue.consume("test", QueueContract.LEASE)) {
      queue.put(NewJob.of("x"));
      Claim forgotten = consumer.claim(1, Duration.ZERO).getFirst();
      long claimed = System.currentTimeMillis();
      while (System.currentTimeMillis() == claimed) {
        Thread.onSpinWait(); // The power is not back within a millisecond.
      }
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
        connection
            .createStatement()
            .executeUpdate(
                "UPDATE curfew_job SET state = 'due', worker = NULL, attempts = 0,"
                    + " token = put_at * 1000");
      }
      Claim again = consumer.claim(1, Duration.ZERO).getFirst();
      assertThat(again.token()).isGreaterThan(forgotten.token());
      assertThat(again.attempt()).isEqualTo(1);
    }
  }

  /** What SQLite says in these calls; 2 is FULL, 1 is NORMAL. */
  private List<Integer> synchronous(SqlQueueOptions options, Flush... calls) throws Exception {
    SqliteFile opened = new SqliteFile(file, options);
    opened.check();
    List<Integer> seen = new ArrayList<>();
    try (SqliteThread thread =
        new SqliteThread("test", file, () -> opened.open(0), new Hints(), true)) {
      for (Flush flush : calls) {
        seen.add(
            thread.call(
                "ask",
                Interrupts.END,
                flush,
                connection ->
                    connection.query("PRAGMA synchronous", row -> row.getInt(1)).getFirst()));
      }
    }
    return seen;
  }
}
