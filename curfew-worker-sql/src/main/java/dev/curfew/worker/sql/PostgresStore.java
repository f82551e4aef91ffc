// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.queue.Settlement;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A queue in PostgreSQL. */
final class PostgresStore implements Store {
  private final PostgresDoor door;
  private final PostgresSql sql;
  private final SqlQueueOptions options;
  private final Hints hints;
  private final PostgresSignals signals;

  PostgresStore(PostgresDoor door, PostgresSql sql, SqlQueueOptions options, Hints hints) {
    this.door = door;
    this.sql = sql;
    this.options = options;
    this.hints = hints;
    this.signals = new PostgresSignals(door, options, hints);
  }

  @Override
  public List<Put> putAll(List<NewJob> jobs) throws InterruptedException {
    // One statement is a transaction of its own. More than one is needed where a unique key is
    // taken: then the holder of the key is looked up, and may be gone already.
    boolean plain = jobs.stream().allMatch(job -> job.uniqueKey() == null);
    List<Put> puts =
        door.call(
            "put",
            PostgresDoor.PUTS,
            Interrupts.END,
            again ->
                plain
                    ? connection -> putInside(connection, jobs, again, false)
                    : connection ->
                        door.inTransaction(
                            connection, () -> putInside(connection, jobs, again, false)));
    if (Rows.anyDue(jobs)) {
      signal();
    }
    return puts;
  }

  @Override
  public List<Put> putInside(Connection connection, List<NewJob> jobs) throws SQLException {
    return putInside(connection, jobs, false, Rows.anyDue(jobs));
  }

  private List<Put> putInside(
      Connection connection, List<NewJob> jobs, boolean again, boolean notify) throws SQLException {
    Map<UUID, NewJob> missing = new LinkedHashMap<>();
    // Ordered by what two puts may wait for each other, so that they don't do so in a circle.
    jobs.stream()
        .sorted(
            Comparator.comparing((NewJob job) -> job.uniqueKey() == null ? "" : job.uniqueKey())
                .thenComparing(NewJob::id, Rows.BY_ID))
        .forEach(job -> missing.putIfAbsent(job.id(), job));
    Map<UUID, Put> puts = new HashMap<>();
    for (int round = 1; !missing.isEmpty(); round++) {
      if (round > 20) {
        throw new SQLException(
            "the holder of a unique key was gone whenever it was looked up", "40001");
      }
      for (UUID id : insert(connection, missing.values())) {
        missing.remove(id);
        puts.put(id, new Put(id, true));
      }
      if (!missing.isEmpty()) {
        findHolders(connection, missing, puts);
      }
    }
    if (notify) {
      signals.tell(connection);
    }
    List<Put> answers = new ArrayList<>(jobs.size());
    Set<UUID> answered = new HashSet<>();
    for (NewJob job : jobs) {
      Put put = puts.get(job.id());
      if (put == null) {
        throw new IllegalStateException("put: no answer for job " + job.id());
      }
      // One that is there by its own id was added by the attempt whose answer was lost.
      boolean added = put.added() || (again && put.id().equals(job.id()));
      answers.add(new Put(put.id(), answered.add(job.id()) && added));
    }
    return answers;
  }

  private List<UUID> insert(Connection connection, Collection<NewJob> jobs) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.put)) {
      statement.setString(1, options.queue());
      set(statement, 2, "uuid", jobs, NewJob::id);
      set(statement, 3, "int4", jobs, NewJob::priority);
      set(statement, 4, "int8", jobs, job -> Rows.millis(job.delay()));
      set(statement, 5, "text", jobs, NewJob::uniqueKey);
      Array payloads =
          connection.createArrayOf(
              "bytea", jobs.stream().map(NewJob::payload).toArray(byte[][]::new));
      statement.setArray(6, payloads);
      return ids(statement);
    }
  }

  /** Says who was there already, of those that could not be added. */
  private void findHolders(Connection connection, Map<UUID, NewJob> missing, Map<UUID, Put> puts)
      throws SQLException {
    Set<UUID> ids = new HashSet<>();
    Map<String, UUID> holders = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.there)) {
      set(statement, 1, "uuid", missing.keySet(), id -> id);
      statement.setString(2, options.queue());
      set(
          statement,
          3,
          "text",
          missing.values().stream().filter(job -> job.uniqueKey() != null).toList(),
          NewJob::uniqueKey);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          UUID id = rows.getObject(1, UUID.class);
          ids.add(id);
          String key = rows.getString(2);
          if (key != null) {
            holders.put(key, id);
          }
        }
      }
    }
    missing
        .values()
        .removeIf(job -> {
          UUID holder = ids.contains(job.id()) ? job.id() : holders.get(job.uniqueKey());
          if (holder != null) {
            puts.put(job.id(), new Put(holder, false));
          }
          return holder != null;
        });
  }

  @Override
  public void register(Lessee lessee) throws InterruptedException {
    door.call(
        "consume",
        PostgresDoor.BEATS,
        Interrupts.END,
        again ->
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql.register)) {
                statement.setObject(1, lessee.id());
                statement.setString(2, options.queue());
                statement.setString(3, Rows.text(lessee.name()));
                statement.setString(4, Here.HOST);
                statement.setLong(5, Here.PID);
                statement.setLong(6, lessee.lease().toMillis());
                statement.setLong(7, lessee.lease().toMillis());
                return statement.executeUpdate();
              }
            });
  }

  @Override
  public Taken take(Lessee lessee, int most) throws InterruptedException {
    return door.call(
        "claim",
        PostgresDoor.CLAIMS,
        Interrupts.END,
        again ->
            connection -> {
              List<Rows.Claimed> claimed = new ArrayList<>();
              try (PreparedStatement statement = connection.prepareStatement(sql.promoteAndClaim)) {
                statement.setString(1, options.queue());
                statement.setObject(2, lessee.id());
                statement.setString(3, options.queue());
                statement.setInt(4, most);
                statement.setObject(5, lessee.id());
                statement.execute();
                statement.getMoreResults();
                try (ResultSet rows = statement.getResultSet()) {
                  while (rows.next()) {
                    claimed.add(claimed(rows));
                  }
                }
              }
              return claimed.isEmpty()
                  ? new Taken(List.of(), nanosUntilNext(connection))
                  : new Taken(Rows.ordered(claimed), 0);
            });
  }

  private static Rows.Claimed claimed(ResultSet rows) throws SQLException {
    Claim claim =
        new Claim(
            rows.getObject(1, UUID.class),
            rows.getLong(2),
            rows.getBytes(3),
            rows.getInt(4),
            rows.getInt(5),
            rows.getInt(6),
            rows.getInt(7),
            instant(rows, 8));
    return new Rows.Claimed(claim, instant(rows, 9));
  }

  private long nanosUntilNext(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.next)) {
      statement.setString(1, options.queue());
      statement.setString(2, options.queue());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        if (rows.getBoolean(1)) {
          return 0;
        }
        double seconds = rows.getDouble(2);
        return rows.wasNull() ? Long.MAX_VALUE : Math.max(0, (long) (seconds * 1e9));
      }
    }
  }

  @Override
  public Applied settle(Lessee lessee, List<Settlement> settlements) throws InterruptedException {
    List<Rows.Change> changes = Rows.Change.of(settlements);
    boolean finish = changes.stream().allMatch(change -> change.state() == null);
    Applied applied =
        door.call(
            "settle",
            PostgresDoor.SETTLES,
            Interrupts.END,
            again ->
                connection ->
                    new Applied(settleReadably(connection, lessee, changes, finish), again));
    if (changes.stream().anyMatch(Rows.Change::isDue)) {
      signal();
    }
    return applied;
  }

  /** An error that the database's encoding can't keep must not keep a job from being settled. */
  private Set<Key> settleReadably(
      Connection connection, Lessee lessee, List<Rows.Change> changes, boolean finish)
      throws SQLException {
    try {
      return settle(connection, lessee, changes, finish);
    } catch (SQLException e) {
      if (!PostgresErrors.isUntranslatable(e)) {
        throw e;
      }
      return settle(connection, lessee, Rows.Change.inAscii(changes), finish);
    }
  }

  private Set<Key> settle(
      Connection connection, Lessee lessee, List<Rows.Change> changes, boolean finish)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(finish ? sql.finish : sql.settle)) {
      set(statement, 1, "uuid", changes, change -> change.key().id());
      set(statement, 2, "int8", changes, change -> change.key().token());
      if (finish) {
        statement.setObject(3, lessee.id());
      } else {
        set(statement, 3, "text", changes, Rows.Change::state);
        set(statement, 4, "int8", changes, Rows.Change::delay);
        set(statement, 5, "int4", changes, Rows.Change::unspent);
        set(statement, 6, "int4", changes, Rows.Change::interrupted);
        set(statement, 7, "text", changes, Rows.Change::why);
        statement.setObject(8, lessee.id());
      }
      try (ResultSet rows = statement.executeQuery()) {
        return keys(rows);
      }
    }
  }

  @Override
  public Set<UUID> present(Collection<UUID> ids) throws InterruptedException {
    return door.call(
        "settle",
        PostgresDoor.SETTLES,
        Interrupts.END,
        again ->
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql.present)) {
                set(statement, 1, "uuid", ids, id -> id);
                return new HashSet<>(ids(statement));
              }
            });
  }

  @Override
  public Renewed renew(Lessee lessee) throws InterruptedException {
    AtomicBoolean passed = new AtomicBoolean();
    Renewed renewed =
        door.call(
            "beat",
            PostgresDoor.BEATS,
            Interrupts.END,
            again ->
                connection -> {
                  try (PreparedStatement statement =
                      connection.prepareStatement(sql.renewAndLook)) {
                    statement.setObject(1, lessee.id());
                    statement.setObject(2, lessee.id());
                    statement.setString(3, options.queue());
                    statement.setString(4, options.queue());
                    statement.execute();
                    final boolean had = statement.getUpdateCount() == 1;
                    statement.getMoreResults();
                    Set<Key> running;
                    try (ResultSet rows = statement.getResultSet()) {
                      running = keys(rows);
                    }
                    statement.getMoreResults();
                    try (ResultSet rows = statement.getResultSet()) {
                      rows.next();
                      passed.set(rows.getBoolean(1) || rows.getBoolean(2));
                    }
                    return new Renewed(had, running, false);
                  }
                });
    boolean given = passed.get() && takeBack();
    return new Renewed(renewed.had(), renewed.running(), given);
  }

  /** Takes back the jobs of those whose lease has passed. */
  private boolean takeBack() throws InterruptedException {
    Integer taken =
        door.callLeniently(
            PostgresDoor.BEATS,
            connection -> door.inTransaction(connection, () -> takeBack(connection)));
    boolean any = taken != null && taken > 0;
    if (any) {
      signal();
    }
    return any;
  }

  private int takeBack(Connection connection) throws SQLException {
    int taken = 0;
    Map<UUID, String> passed = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.lockPassed)) {
      statement.setString(1, options.queue());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          passed.put(
              rows.getObject(1, UUID.class),
              Rows.who(rows.getString(2), rows.getString(3), rows.getLong(4)));
        }
      }
    }
    for (Map.Entry<UUID, String> worker : passed.entrySet()) {
      // A statement later than the lock, so that it sees all that was claimed before.
      try (PreparedStatement statement = connection.prepareStatement(sql.takeBack)) {
        statement.setObject(1, worker.getKey());
        taken += takeBack(statement, 2, worker.getValue());
      }
      update(connection, sql.removeWorker, worker.getKey());
    }
    List<Key> orphans;
    try (PreparedStatement statement = connection.prepareStatement(sql.orphans)) {
      statement.setString(1, options.queue());
      try (ResultSet rows = statement.executeQuery()) {
        orphans = List.copyOf(keys(rows));
      }
    }
    if (!orphans.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(sql.takeBackOrphans)) {
        set(statement, 1, "uuid", orphans, Key::id);
        set(statement, 2, "int8", orphans, Key::token);
        taken += takeBack(statement, 3, "that is not in curfew_worker");
      }
    }
    return taken;
  }

  private int takeBack(PreparedStatement statement, int from, String worker) throws SQLException {
    String lost = Rows.lost(worker);
    statement.setInt(from, options.crashLimit());
    statement.setInt(from + 1, options.crashLimit());
    statement.setString(from + 2, lost + Rows.deadly(options.crashLimit()));
    statement.setString(from + 3, lost);
    return statement.executeUpdate();
  }

  @Override
  public void giveBack(Lessee lessee, Collection<Key> keys) throws InterruptedException {
    List<Rows.Change> changes = new ArrayList<>();
    keys.stream()
        .sorted(Comparator.comparing(Key::id, Rows.BY_ID))
        .forEach(key -> changes.add(new Rows.Change(key, Rows.DUE, null, 1, 0, null)));
    door.call(
        "beat",
        PostgresDoor.BEATS,
        Interrupts.END,
        again -> connection -> settle(connection, lessee, changes, false));
    signal();
  }

  @Override
  public void leave(Lessee lessee) {
    Integer given =
        door.callUninterrupted(
            "close a consumer",
            PostgresDoor.BEATS,
            Interrupts.IGNORE,
            connection ->
                door.inTransaction(
                    connection,
                    () -> {
                      try (PreparedStatement statement =
                          connection.prepareStatement(sql.lockWorker)) {
                        statement.setObject(1, lessee.id());
                        statement.executeQuery().close();
                      }
                      int jobs = update(connection, sql.giveBackAll, lessee.id());
                      update(connection, sql.removeWorker, lessee.id());
                      return jobs;
                    }));
    if (given > 0) {
      signal();
    }
  }

  @Override
  public void watch() {
    signals.listen();
  }

  @Override
  public void unwatch() {
    // One connection listens until the queue is closed.
  }

  @Override
  public QueueStats stats() {
    return door.callUninterrupted(
        "stats",
        PostgresDoor.PUTS,
        Interrupts.SHORTEN,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.stats)) {
            statement.setString(1, options.queue());
            statement.setString(2, options.queue());
            try (ResultSet rows = statement.executeQuery()) {
              rows.next();
              return new QueueStats(
                  rows.getLong(1),
                  rows.getLong(2),
                  rows.getLong(3),
                  rows.getLong(4),
                  Duration.ofNanos((long) (rows.getDouble(5) * 1e9)),
                  rows.getInt(6));
            }
          }
        });
  }

  @Override
  public List<JobView> list(JobState state, int most) {
    String[] states =
        switch (state) {
          case WAITING -> new String[] {Rows.DUE, Rows.LATER};
          case RUNNING -> new String[] {Rows.RUNNING};
          case DEAD -> new String[] {Rows.DEAD};
        };
    return door.callUninterrupted(
        "list",
        PostgresDoor.PUTS,
        Interrupts.SHORTEN,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.list)) {
            statement.setString(1, options.queue());
            statement.setArray(2, connection.createArrayOf("text", states));
            statement.setInt(3, most);
            return PostgresViews.all(statement);
          }
        });
  }

  @Override
  public Optional<JobView> find(UUID id) {
    return door.callUninterrupted(
        "find",
        PostgresDoor.PUTS,
        Interrupts.SHORTEN,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.find)) {
            statement.setString(1, options.queue());
            statement.setObject(2, id);
            return PostgresViews.all(statement).stream().findFirst();
          }
        });
  }

  @Override
  public List<UUID> requeue(Collection<UUID> ids) {
    List<UUID> requeued =
        door.callUninterrupted(
            "requeue",
            PostgresDoor.PUTS,
            Interrupts.SHORTEN,
            connection -> {
              try (PreparedStatement statement = connection.prepareStatement(sql.requeue)) {
                statement.setString(1, options.queue());
                set(statement, 2, "uuid", ids, id -> id);
                statement.setString(3, options.queue());
                return ids(statement);
              } catch (SQLException e) {
                if (PostgresErrors.isUniqueViolation(e)) {
                  // A put has taken the key after this statement has looked: look again.
                  throw new SQLException(e.getMessage(), "40001", e);
                }
                throw e;
              }
            });
    if (!requeued.isEmpty()) {
      signal();
    }
    return requeued;
  }

  @Override
  public List<UUID> drop(Collection<UUID> ids) {
    return door.callUninterrupted(
        "drop",
        PostgresDoor.PUTS,
        Interrupts.SHORTEN,
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql.drop)) {
            statement.setString(1, options.queue());
            set(statement, 2, "uuid", ids, id -> id);
            return ids(statement);
          }
        });
  }

  @Override
  public void close() {
    signals.close();
    door.close();
  }

  /** Tells those who wait here at once, and those elsewhere soon. */
  private void signal() {
    hints.give();
    signals.tellSoon();
  }

  private static int update(Connection connection, String statement, UUID id) throws SQLException {
    try (PreparedStatement prepared = connection.prepareStatement(statement)) {
      prepared.setObject(1, id);
      return prepared.executeUpdate();
    }
  }

  private static <E> void set(
      PreparedStatement statement,
      int index,
      String type,
      Collection<E> elements,
      Function<E, @Nullable Object> value)
      throws SQLException {
    @Nullable Object[] values = new @Nullable Object[elements.size()];
    int i = 0;
    for (E element : elements) {
      values[i++] = value.apply(element);
    }
    statement.setArray(index, statement.getConnection().createArrayOf(type, values));
  }

  private static List<UUID> ids(PreparedStatement statement) throws SQLException {
    List<UUID> ids = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
    }
    return ids;
  }

  private static Set<Key> keys(ResultSet rows) throws SQLException {
    Set<Key> keys = new HashSet<>();
    while (rows.next()) {
      keys.add(new Key(rows.getObject(1, UUID.class), rows.getLong(2)));
    }
    return keys;
  }

  static Instant instant(ResultSet rows, int column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }
}
