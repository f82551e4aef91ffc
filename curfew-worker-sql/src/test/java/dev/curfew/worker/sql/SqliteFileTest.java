// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that is meant, and no other, whatever becomes of it. */
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SqliteFileTest {
  private static final SqlQueueOptions CREATING_NOTHING =
      SqlQueueOptions.defaults().withoutCreatingTables();

  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void deleteAll() throws IOException {
    for (String name : names()) {
      Files.delete(folder.resolve(name));
    }
  }

  private static void run(Path file, String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jobs?journal_mode=OFF&synchronous=OFF",
        "what?.db",
        "100%25.db",
        "a b#c;d'e.db",
        "file:x.db",
        ":memory:",
        "\u00fc\ud83d\ude00.db"
      })
  void aNameIsTakenAsItIs(String name) throws Exception {
    try (SqlJobQueue queue = SqlJobQueue.sqlite(folder.resolve(name))) {
      queue.put(NewJob.of("x"));
      assertThat(queue.stats().due()).isEqualTo(1);
      assertThat(names()).containsExactly(name, name + "-shm", name + "-wal");
    }
    assertThat(names()).containsExactly(name);
  }

  @Test
  void aFileThatIsNotThereIsNotCreatedForWhoCreatesNothing() throws Exception {
    Path file = folder.resolve("jobs.db");
    assertThatThrownBy(() -> SqlJobQueue.sqlite(file, CREATING_NOTHING))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining(file + ": there is no such file");
    assertThat(names()).isEmpty();
  }

  @Test
  void aFileOfSomebodyElseIsLeftAsItIs() throws Exception {
    Path file = folder.resolve("theirs.db");
    run(file, "CREATE TABLE theirs (a)");
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> SqlJobQueue.sqlite(file, CREATING_NOTHING))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining(file + " has no tables of a queue");
    assertThat(names()).containsExactly("theirs.db");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);

    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> SqlJobQueue.sqlite(empty, CREATING_NOTHING))
        .hasMessageContaining(empty + " has no tables of a queue");
    assertThat(empty).isEmptyFile();
  }

  @Test
  void tablesThatWereMadeInPartAreCompleted() throws Exception {
    Path file = folder.resolve("jobs.db");
    String ddl = SqlJobQueue.sqliteDdl();
    run(file, ddl.substring(0, ddl.indexOf(';')));
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file)) {
      assertThat(queue.put(NewJob.of("x")).added()).isTrue();
    }
  }

  @Test
  void nothingIsPutInAFileThatWasDeleted() throws Exception {
    Path file = folder.resolve("jobs.db");
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file)) {
      queue.put(NewJob.of("x"));
      assertThat(queue.stats().due()).isEqualTo(1);
      deleteAll();
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> queue.put(NewJob.of("y")))
            .isInstanceOf(QueueException.class)
            .hasMessageContaining(file + " can't be opened");
        assertThatThrownBy(queue::stats).isInstanceOf(QueueException.class);
      }
      assertThat(names()).isEmpty();
    }
  }

  @Test
  void whatIsPutAfterAFileWasReplacedIsInTheNewOne() throws Exception {
    Path file = folder.resolve("jobs.db");
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file);
        JobConsumer consumer = queue.consume("test", QueueContract.LEASE)) {
      queue.put(NewJob.of("x"));
      assertThat(queue.stats().due()).isEqualTo(1);
      deleteAll();
      try (SqlJobQueue other = SqlJobQueue.sqlite(file)) {
        other.put(NewJob.of("of the other"));
        queue.put(NewJob.of("y"));
        assertThat(queue.stats().due()).isEqualTo(2);
        assertThat(other.stats().due()).isEqualTo(2);
        assertThat(consumer.beat()).isFalse();
        assertThat(consumer.claim(5, Duration.ZERO)).hasSize(2);
      }
    }
  }
}
