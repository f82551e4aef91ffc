// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Settlement;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the queue does a second. For people: run {@code main} with the test class path, give it a
 * folder on the disk that counts, the URL of a PostgreSQL, or {@code postgres} for one of its own.
 */
final class Figures {
  private static final int BATCH = 50; // For PostgreSQL.
  private static final byte[] PAYLOAD = new byte[100];

  private Figures() {}

  /** Runs one or the other. */
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].startsWith("jdbc:")) {
      postgres(arguments[0]);
    } else if (arguments[0].equals("postgres")) {
      try (EmbeddedPostgres server =
          EmbeddedPostgres.builder()
              .setServerConfig("synchronous_commit", "on")
              .setServerConfig("fsync", "on")
              .start()) {
        postgres(server.getJdbcUrl("postgres", "postgres"));
      }
    } else {
      for (int round = 0; round < 2; round++) {
        for (boolean full : new boolean[] {true, false}) {
          for (int batch : new int[] {10, 50, 200}) {
            sqlite(Path.of(arguments[0]), full, batch);
          }
        }
      }
    }
  }

  private static List<NewJob> jobs(int count) {
    List<NewJob> jobs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      jobs.add(NewJob.of(PAYLOAD));
    }
    return jobs;
  }

  private static List<Settlement> done(List<Claim> claims) {
    List<Settlement> settlements = new ArrayList<>(claims.size());
    claims.forEach(claim -> settlements.add(new Settlement(claim, QueueContract.DONE)));
    return settlements;
  }

  /** In turns, so that what else the machine does slows down both. */
  private static void sqlite(Path folder, boolean full, int batch) throws Exception {
    Path bareFile = Files.createTempFile(folder, "bare", ".db");
    Path file = Files.createTempFile(folder, "queue", ".db");
    int turns = 60;
    int rounds = full ? 20 : 1000 / batch;
    SqlQueueOptions options = SqlQueueOptions.defaults();
    try (Connection bare = openBare(bareFile, full);
        SqlJobQueue queue =
            SqlJobQueue.sqlite(file, full ? options : options.withSynchronousNormal());
        JobConsumer consumer = queue.consume("figures", Duration.ofDays(1))) {
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      for (int turn = -10; turn < turns; turn++) {
        double bareSeconds = bare(bare, rounds, batch);
        long start = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
          queue.putAll(jobs(batch));
          consumer.settle(done(consumer.claim(batch, Duration.ZERO)));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (turn >= 0) {
          ours.add(3 * rounds / seconds);
          theirs.add(2 * rounds / bareSeconds);
        }
      }
      ours.sort(null);
      theirs.sort(null);
      double our = ours.get(turns / 2);
      double their = theirs.get(turns / 2);
      print(
          "SQLite %s, batches of %d, medians of %d turns: %.0f commits/s (%.0f jobs/s);"
              + " bare loop %.0f commits/s: %.0f %%; best against best %.0f and %.0f: %.0f %%",
          full ? "FULL" : "NORMAL",
          batch,
          turns,
          our,
          our / 3 * batch,
          their,
          100 * our / their,
          ours.getLast(),
          theirs.getLast(),
          100 * ours.getLast() / theirs.getLast());
      for (int threads : batch == 50 ? new int[] {1, 8} : new int[0]) {
        print("  single puts by %d threads: %.0f/s", threads, puts(queue, threads));
      }
    }
    for (Path path : List.of(file, bareFile)) {
      for (String end : List.of("", "-wal", "-shm")) {
        Files.deleteIfExists(Path.of(path + end));
      }
    }
  }

  private static double puts(SqlJobQueue queue, int threads) throws Exception {
    int each = 4000 / threads;
    List<Thread> all = new ArrayList<>();
    long start = System.nanoTime();
    for (int t = 0; t < threads; t++) {
      all.add(
          QueueContract.start(() -> {
            for (int i = 0; i < each; i++) {
              queue.put(NewJob.of(PAYLOAD));
            }
          }));
    }
    for (Thread thread : all) {
      thread.join();
    }
    return 4000 / ((System.nanoTime() - start) / 1e9);
  }

  private static Connection openBare(Path file, boolean full) throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = " + (full ? "FULL" : "NORMAL"));
      statement.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, payload BLOB)");
    }
    connection.setAutoCommit(false);
    return connection;
  }

  /** What the disk allows: rows with a key and a payload, in batches, in and out. */
  private static double bare(Connection connection, int rounds, int batch) throws Exception {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO bare VALUES (?, ?)");
        PreparedStatement delete = connection.prepareStatement("DELETE FROM bare WHERE id = ?")) {
      long start = System.nanoTime();
      for (int round = 0; round < rounds; round++) {
        List<NewJob> jobs = jobs(batch);
        for (NewJob job : jobs) {
          insert.setString(1, job.id().toString());
          insert.setBytes(2, job.payload());
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
        for (NewJob job : jobs) {
          delete.setString(1, job.id().toString());
          delete.addBatch();
        }
        delete.executeBatch();
        connection.commit();
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static void postgres(String url) throws Exception {
    for (int workers : new int[] {1, 4, 1, 4}) {
      int count = 40_000;
      List<SqlJobQueue> queues = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        queues.add(SqlJobQueue.postgres(url));
      }
      long put = System.nanoTime();
      for (int i = 0; i < count; i += 500) {
        queues.getFirst().putAll(jobs(500));
      }
      double putSeconds = (System.nanoTime() - put) / 1e9;
      AtomicInteger left = new AtomicInteger(count);
      CountDownLatch go = new CountDownLatch(1);
      for (SqlJobQueue queue : queues) {
        JobConsumer consumer = queue.consume("figures", Duration.ofSeconds(60));
        threads.add(
            QueueContract.start(() -> {
              go.await();
              while (left.get() > 0) {
                List<Claim> claims = consumer.claim(BATCH, Duration.ofMillis(20));
                consumer.settle(done(claims));
                left.addAndGet(-claims.size());
              }
              consumer.close();
            }));
      }
      long start = System.nanoTime();
      go.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      print(
          "PostgreSQL, %d consumer(s), batches of %d: %.0f no-op jobs/s; put in batches of 500:"
              + " %.0f/s",
          workers, BATCH, count / seconds, count / putSeconds);
      start = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        queues.getFirst().put(NewJob.of(PAYLOAD));
      }
      print("  single puts by one thread: %.0f/s", 1000 / ((System.nanoTime() - start) / 1e9));
      drain(queues.getFirst());
      for (SqlJobQueue queue : queues) {
        queue.close();
      }
    }
  }

  private static void drain(SqlJobQueue queue) throws Exception {
    try (JobConsumer consumer = queue.consume("figures", Duration.ofSeconds(60))) {
      while (true) {
        List<Claim> claims = consumer.claim(500, Duration.ZERO);
        if (claims.isEmpty()) {
          break;
        }
        consumer.settle(done(claims));
      }
    }
  }

  private static void print(String format, Object... arguments) {
    System.out.printf(format + "%n", arguments);
  }
}
