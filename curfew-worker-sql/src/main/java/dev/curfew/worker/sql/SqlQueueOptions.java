// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link SqlJobQueue} is opened.
 *
 * <pre>{@code
 * SqlJobQueue.sqlite(file, SqlQueueOptions.defaults().withQueue("mails").withCrashLimit(5));
 * }</pre>
 *
 * @param queue which of the queues that share the tables; {@code "jobs"} unless given
 * @param crashLimit how often a job may be taken back from a worker whose lease has passed, before
 *     it is dead; 3 unless given
 * @param schema in PostgreSQL the schema that has the tables; null, unless given, for the first of
 *     the connection's search path. SQLite has none
 * @param createTables whether tables that are missing are created; true unless given. If false,
 *     they are expected to be there, made from {@link SqlJobQueue#postgresDdl} or {@link
 *     SqlJobQueue#sqliteDdl}
 * @param survivePowerLoss in SQLite whether a put and a settlement wait for the disk ({@code
 *     synchronous=FULL}); true unless given. Claims and renewed leases never do. If false ({@code
 *     NORMAL}), the last commits may be lost when the machine loses power, but none when only the
 *     process dies. PostgreSQL has settings of its own
 */
public record SqlQueueOptions(
    String queue,
    int crashLimit,
    @Nullable String schema,
    boolean createTables,
    boolean survivePowerLoss) {
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  private static final SqlQueueOptions DEFAULTS = new SqlQueueOptions("jobs", 3, null, true, true);

  /** Checks what was given. */
  public SqlQueueOptions {
    Objects.requireNonNull(queue, "queue was null, expected a name");
    if (queue.isEmpty() || queue.length() > 200 || queue.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "SqlQueueOptions: the queue's name has "
              + queue.length()
              + " characters; give 1 to 200, none of them NUL");
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(queue)) {
      throw new IllegalArgumentException(
          "SqlQueueOptions: the queue's name has half of a surrogate pair in it, which no database"
              + " can store");
    }
    if (crashLimit < 1) {
      throw new IllegalArgumentException(
          "SqlQueueOptions: the crash limit is " + crashLimit + "; give at least 1");
    }
    if (schema != null && !IDENTIFIER.matcher(schema).matches()) {
      throw new IllegalArgumentException(
          "SqlQueueOptions: the schema is '"
              + schema
              + "'; give up to 63 letters, digits and underscores, no digit first");
    }
  }

  /** {@return what is used unless something else is given} */
  public static SqlQueueOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The same with another queue in the same tables.
   *
   * @param name 1 to 200 characters
   * @return the options
   */
  public SqlQueueOptions withQueue(String name) {
    return new SqlQueueOptions(name, crashLimit, schema, createTables, survivePowerLoss);
  }

  /**
   * The same with another crash limit.
   *
   * @param limit at least 1
   * @return the options
   */
  public SqlQueueOptions withCrashLimit(int limit) {
    return new SqlQueueOptions(queue, limit, schema, createTables, survivePowerLoss);
  }

  /**
   * The same with the tables in this schema, which exists.
   *
   * @param name up to 63 letters, digits and underscores, no digit first
   * @return the options
   */
  public SqlQueueOptions withSchema(String name) {
    return new SqlQueueOptions(queue, crashLimit, name, createTables, survivePowerLoss);
  }

  /**
   * The same, expecting tables that somebody has created.
   *
   * @return the options
   */
  public SqlQueueOptions withoutCreatingTables() {
    return new SqlQueueOptions(queue, crashLimit, schema, false, survivePowerLoss);
  }

  /**
   * The same with commits that don't wait for the disk: several times as many a second, of which
   * the last may be lost when the machine loses power. For SQLite.
   *
   * @return the options
   */
  public SqlQueueOptions withSynchronousNormal() {
    return new SqlQueueOptions(queue, crashLimit, schema, createTables, false);
  }
}
