// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.queue.Settlement;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A queue in a SQLite file. */
final class SqliteStore implements Store {
  private final SqlQueueOptions options;
  private final Hints hints;
  private final SqliteThread writer;
  private final SqliteThread reader;

  private SqliteStore(SqliteFile file, Hints hints) {
    this.options = file.options();
    this.hints = hints;
    writer = new SqliteThread("curfew-queue-write", file.path(), () -> file.open(0), hints, true);
    reader = new SqliteThread("curfew-queue-read", file.path(), () -> file.open(100), hints, false);
  }

  static SqliteStore open(SqliteFile file, Hints hints) {
    file.check();
    SqliteStore store = new SqliteStore(file, hints);
    try {
      int version = store.writer.callUninterrupted("open", Interrupts.SHORTEN, file::prepare);
      if (version == 0) {
        throw Schema.missing(file.path().toString());
      }
      Schema.check(version, "queue file " + file.path());
      return store;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  @Override
  public List<Put> putAll(List<NewJob> jobs) throws InterruptedException {
    List<Put> puts = writer.call("put", Interrupts.END, connection -> putInside(connection, jobs));
    if (Rows.anyDue(jobs)) {
      hints.give();
    }
    return puts;
  }

  @Override
  public List<Put> putInside(Connection connection, List<NewJob> jobs) throws SQLException {
    SqliteStatements statements = new SqliteStatements(connection);
    try {
      return putInside(statements, jobs);
    } finally {
      statements.release();
    }
  }

  private List<Put> putInside(SqliteStatements connection, List<NewJob> jobs) throws SQLException {
    long now = System.currentTimeMillis();
    List<@Nullable Object[]> rows = new ArrayList<>(jobs.size());
    for (NewJob job : jobs) {
      long delay = Rows.millis(job.delay());
      rows.add(
          new @Nullable Object[] {
            job.id().toString(),
            options.queue(),
            Rows.waiting(delay),
            job.priority(),
            now + delay,
            now * 1000,
            job.uniqueKey(),
            now,
            job.payload()
          });
    }
    int[] added = connection.updateEach(SqliteSql.PUT, rows);
    List<Put> puts = new ArrayList<>(jobs.size());
    for (int i = 0; i < added.length; i++) {
      NewJob job = jobs.get(i);
      puts.add(added[i] == 1 ? new Put(job.id(), true) : new Put(holder(connection, job), false));
    }
    return puts;
  }

  /** Who has the id or the unique key of a job that was not added. */
  private UUID holder(SqliteStatements connection, NewJob job) throws SQLException {
    return connection
        .query(
            SqliteSql.HOLDER,
            row -> UUID.fromString(row.getString(1)),
            job.id().toString(),
            options.queue(),
            job.uniqueKey())
        .getFirst();
  }

  @Override
  public void register(Lessee lessee) throws InterruptedException {
    long millis = lessee.lease().toMillis();
    writer.call(
        "consume",
        Interrupts.END,
        Flush.LATER,
        connection ->
            connection.update(
                SqliteSql.REGISTER,
                lessee.id().toString(),
                options.queue(),
                Rows.text(lessee.name()),
                Here.HOST,
                Here.PID,
                millis,
                millis));
  }

  @Override
  public Taken take(Lessee lessee, int most) throws InterruptedException {
    String worker = lessee.id().toString();
    return writer.call(
        "claim",
        Interrupts.END,
        Flush.LATER,
        connection -> {
          connection.update(SqliteSql.PROMOTE, options.queue());
          List<Rows.Claimed> claimed =
              connection.query(
                  SqliteSql.CLAIM,
                  SqliteStore::claimed,
                  worker,
                  options.queue(),
                  most,
                  System.currentTimeMillis());
          return claimed.isEmpty()
              ? new Taken(List.of(), nanosUntilNext(connection))
              : new Taken(Rows.ordered(claimed), 0);
        });
  }

  private static Rows.Claimed claimed(ResultSet row) throws SQLException {
    Claim claim =
        new Claim(
            UUID.fromString(row.getString(1)),
            row.getLong(2),
            bytes(row, 3),
            row.getInt(4),
            row.getInt(5),
            row.getInt(6),
            row.getInt(7),
            Instant.ofEpochMilli(row.getLong(8)));
    return new Rows.Claimed(claim, Instant.ofEpochMilli(row.getLong(9)));
  }

  private long nanosUntilNext(SqliteStatements connection) throws SQLException {
    return connection
        .query(
            SqliteSql.NEXT,
            row -> {
              if (row.getBoolean(1)) {
                return 0L;
              }
              long millis = row.getLong(2);
              return row.wasNull() ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(millis);
            },
            options.queue(),
            options.queue())
        .getFirst();
  }

  @Override
  public Applied settle(Lessee lessee, List<Settlement> settlements) throws InterruptedException {
    List<Rows.Change> changes = Rows.Change.of(settlements);
    // Whether a commit has worked is always known here.
    Applied applied =
        new Applied(
            writer.call(
                "settle", Interrupts.END, connection -> settle(connection, lessee, changes)),
            false);
    if (changes.stream().anyMatch(Rows.Change::isDue)) {
      hints.give();
    }
    return applied;
  }

  private static Set<Key> settle(
      SqliteStatements connection, Lessee lessee, List<Rows.Change> changes) throws SQLException {
    String worker = lessee.id().toString();
    List<Key> finished = new ArrayList<>();
    List<Key> others = new ArrayList<>();
    List<@Nullable Object[]> finish = new ArrayList<>();
    List<@Nullable Object[]> settle = new ArrayList<>();
    for (Rows.Change change : changes) {
      String id = change.key().id().toString();
      long token = change.key().token();
      if (change.state() == null) {
        finished.add(change.key());
        finish.add(new @Nullable Object[] {id, token, worker});
      } else {
        others.add(change.key());
        settle.add(
            new @Nullable Object[] {
              change.state(),
              change.delay(),
              change.unspent(),
              change.interrupted(),
              change.why(),
              id,
              token,
              worker
            });
      }
    }
    Set<Key> applied = new HashSet<>();
    addChanged(applied, finished, connection.updateEach(SqliteSql.FINISH, finish));
    addChanged(applied, others, connection.updateEach(SqliteSql.SETTLE, settle));
    return applied;
  }

  private static void addChanged(Set<Key> applied, List<Key> keys, int[] rows) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] == 1) {
        applied.add(keys.get(i));
      }
    }
  }

  @Override
  public Set<UUID> present(Collection<UUID> ids) throws InterruptedException {
    return reader.call(
        "settle",
        Interrupts.END,
        connection -> {
          Set<UUID> present = new HashSet<>();
          for (UUID id : ids) {
            if (connection.query(SqliteSql.PRESENT, row -> row.getInt(1), id.toString()).getFirst()
                > 0) {
              present.add(id);
            }
          }
          return present;
        });
  }

  @Override
  public Renewed renew(Lessee lessee) throws InterruptedException {
    String worker = lessee.id().toString();
    return writer.call(
        "beat",
        Interrupts.END,
        Flush.LATER,
        connection -> {
          boolean had = connection.update(SqliteSql.RENEW, worker) == 1;
          List<Key> running =
              connection.query(
                  SqliteSql.RUNNING,
                  row -> new Key(UUID.fromString(row.getString(1)), row.getLong(2)),
                  worker);
          return new Renewed(had, new HashSet<>(running), takeBack(connection) > 0);
        });
  }

  /** Takes back the jobs of those whose lease has passed, or whose row is gone. */
  private int takeBack(SqliteStatements connection) throws SQLException {
    int limit = options.crashLimit();
    int taken = 0;
    connection.update(SqliteSql.SHORTEN, options.queue());
    record Passed(String id, String who) {}
    for (Passed passed :
        connection.query(
            SqliteSql.PASSED,
            row ->
                new Passed(
                    row.getString(1), Rows.who(row.getString(2), row.getString(3), row.getLong(4))),
            options.queue())) {
      String lost = Rows.lost(passed.who());
      taken +=
          connection.update(
              SqliteSql.TAKE_BACK, limit, limit, lost + Rows.deadly(limit), lost, passed.id());
      connection.update(SqliteSql.REMOVE_WORKER, passed.id());
    }
    String lost = Rows.lost("that is not in curfew_worker");
    return taken
        + connection.update(
            SqliteSql.TAKE_BACK_ORPHANS,
            limit,
            limit,
            lost + Rows.deadly(limit),
            lost,
            options.queue());
  }

  @Override
  public void giveBack(Lessee lessee, Collection<Key> keys) throws InterruptedException {
    List<Rows.Change> changes = new ArrayList<>();
    keys.forEach(key -> changes.add(new Rows.Change(key, Rows.DUE, null, 1, 0, null)));
    writer.call(
        "beat", Interrupts.END, Flush.LATER, connection -> settle(connection, lessee, changes));
  }

  @Override
  public void leave(Lessee lessee) {
    String worker = lessee.id().toString();
    writer.callUninterrupted(
        "close a consumer",
        Interrupts.IGNORE,
        connection ->
            connection.update(SqliteSql.GIVE_BACK_ALL, worker)
                + connection.update(SqliteSql.REMOVE_WORKER, worker));
  }

  @Override
  public void watch() {
    writer.watch();
  }

  @Override
  public void unwatch() {
    writer.unwatch();
  }

  @Override
  public QueueStats stats() {
    return reader.callUninterrupted(
        "stats",
        Interrupts.SHORTEN,
        connection ->
            connection
                .query(
                    SqliteSql.STATS,
                    row ->
                        new QueueStats(
                            row.getLong(1),
                            row.getLong(2),
                            row.getLong(3),
                            row.getLong(4),
                            Duration.ofMillis(row.getLong(5)),
                            row.getInt(6)),
                    options.queue(),
                    options.queue())
                .getFirst());
  }

  @Override
  public List<JobView> list(JobState state, int most) {
    String first =
        switch (state) {
          case WAITING -> Rows.DUE;
          case RUNNING -> Rows.RUNNING;
          case DEAD -> Rows.DEAD;
        };
    String second = state == JobState.WAITING ? Rows.LATER : first;
    return reader.callUninterrupted(
        "list",
        Interrupts.SHORTEN,
        connection ->
            connection.query(
                SqliteSql.LIST, SqliteStore::view, options.queue(), first, second, most));
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return reader.callUninterrupted(
        "find",
        Interrupts.SHORTEN,
        connection ->
            connection
                .query(SqliteSql.FIND, SqliteStore::view, options.queue(), id.toString())
                .stream()
                .findFirst());
  }

  private static JobView view(ResultSet row) throws SQLException {
    return new JobView(
        UUID.fromString(row.getString(1)),
        row.getString(2),
        Rows.state(row.getString(3)),
        bytes(row, 4),
        row.getInt(5),
        row.getString(6),
        Instant.ofEpochMilli(row.getLong(7)),
        Instant.ofEpochMilli(row.getLong(8)),
        row.getInt(9),
        row.getInt(10),
        row.getInt(11),
        Rows.worker(row.getString(12), row.getString(13), row.getString(14), row.getLong(15)),
        row.getString(16));
  }

  @Override
  public List<UUID> requeue(Collection<UUID> ids) {
    List<UUID> requeued = each("requeue", SqliteSql.REQUEUE, ids);
    if (!requeued.isEmpty()) {
      hints.give();
    }
    return requeued;
  }

  @Override
  public List<UUID> drop(Collection<UUID> ids) {
    return each("drop", SqliteSql.DROP, ids);
  }

  private List<UUID> each(String what, String statement, Collection<UUID> ids) {
    return writer.callUninterrupted(
        what,
        Interrupts.SHORTEN,
        connection -> {
          List<UUID> changed = new ArrayList<>();
          for (UUID id : new HashSet<>(ids)) {
            if (connection.update(statement, options.queue(), id.toString()) == 1) {
              changed.add(id);
            }
          }
          return changed;
        });
  }

  /**
   * SQLite has no pragma that outlives a connection: for tests, which limit the size of the file.
   */
  void runOnWriter(String statement) {
    writer.callUninterrupted(
        "run",
        Interrupts.SHORTEN,
        connection -> {
          connection.run(statement);
          return true;
        });
  }

  @Override
  public void close() {
    writer.close();
    reader.close();
  }

  /** The driver gives null for no bytes. */
  private static byte[] bytes(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? new byte[0] : bytes;
  }
}
