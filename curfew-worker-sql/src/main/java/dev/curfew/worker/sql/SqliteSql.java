// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

/**
 * The statements for SQLite. Times are milliseconds since 1970; {@code unixepoch('subsec')} reads
 * the same clock as Java does, but anew for each row, so what handles many rows is given the time.
 * Ids are UUIDs as text, which is ordered as their bytes are.
 *
 * <p>No {@code IN} with a list in checks and indexes: SQLite builds a table of it for every row
 * that is written, which was a quarter of the time of a put.
 *
 * <p>All of them run within transactions that hold the file's only lock for writing.
 */
final class SqliteSql {
  private static final String NOW = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

  static final String DDL =
      """
      CREATE TABLE IF NOT EXISTS curfew_schema (
        version INTEGER PRIMARY KEY,
        created_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS curfew_worker (
        id TEXT PRIMARY KEY,
        queue TEXT NOT NULL,
        name TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        lease_ms INTEGER NOT NULL,
        lease_until INTEGER NOT NULL,
        started_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS curfew_job (
        id TEXT PRIMARY KEY,
        queue TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state = 'due' OR state = 'later' OR state = 'running' OR state = 'dead'),
        priority INTEGER NOT NULL,
        due INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        interruptions INTEGER NOT NULL DEFAULT 0,
        crashes INTEGER NOT NULL DEFAULT 0,
        token INTEGER NOT NULL,
        worker TEXT,
        unique_key TEXT,
        put_at INTEGER NOT NULL,
        claimed_at INTEGER,
        last_error TEXT,
        payload BLOB NOT NULL,
        CHECK ((state = 'running') = (worker IS NOT NULL))
      ) STRICT;
      CREATE INDEX IF NOT EXISTS curfew_job_due ON curfew_job (queue, priority DESC, due)
        WHERE state = 'due';
      CREATE INDEX IF NOT EXISTS curfew_job_later ON curfew_job (queue, due)
        WHERE state = 'later';
      CREATE INDEX IF NOT EXISTS curfew_job_running ON curfew_job (worker)
        WHERE state = 'running';
      CREATE UNIQUE INDEX IF NOT EXISTS curfew_job_unique ON curfew_job (queue, unique_key)
        WHERE unique_key IS NOT NULL AND state <> 'dead';
      INSERT OR IGNORE INTO curfew_schema (version, created_at) VALUES ({v}, {now});
      """
          .replace("{v}", String.valueOf(Schema.VERSION))
          .replace("{now}", NOW);

  static final String TABLES =
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'curfew_schema'";

  static final String VERSION = "SELECT max(version) FROM curfew_schema";

  static final String PUT =
      """
      INSERT INTO curfew_job
        (id, queue, state, priority, due, token, unique_key, put_at, payload)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING
      """;

  static final String HOLDER =
      """
      SELECT id FROM curfew_job WHERE id = ?
      UNION ALL
      SELECT id FROM curfew_job WHERE queue = ? AND unique_key = ? AND unique_key IS NOT NULL
        AND state <> 'dead'
      LIMIT 1
      """;

  static final String REGISTER =
      in(
          """
          INSERT INTO curfew_worker (id, queue, name, host, pid, lease_ms, lease_until, started_at)
          VALUES (?, ?, ?, ?, ?, ?, {now} + ?, {now}) ON CONFLICT DO NOTHING
          """);

  /** A thousand at a time: more would hold up all others, and outlast the patience of the claim. */
  static final String PROMOTE =
      in(
          """
          UPDATE curfew_job SET state = 'due'
          WHERE rowid IN (SELECT rowid FROM curfew_job
            WHERE queue = ? AND state = 'later' AND due <= {now} ORDER BY due LIMIT 1000)
          """);

  static final String CLAIM =
      """
      UPDATE curfew_job
      SET state = 'running', worker = ?1, token = max(token + 1, ?4 * 1000),
        attempts = attempts + 1, claimed_at = ?4
      WHERE EXISTS (SELECT 1 FROM curfew_worker WHERE id = ?1 AND lease_until > ?4)
        AND rowid IN (SELECT rowid FROM curfew_job WHERE queue = ?2 AND state = 'due'
          ORDER BY priority DESC, due, rowid LIMIT ?3)
      RETURNING id, token, payload, attempts, interruptions, crashes, priority, put_at, due
      """;

  static final String NEXT =
      in(
          """
          SELECT EXISTS (SELECT 1 FROM curfew_job WHERE queue = ? AND state = 'due'),
            (SELECT min(due) FROM curfew_job WHERE queue = ? AND state = 'later') - {now}
          """);

  static final String FINISH =
      """
      DELETE FROM curfew_job WHERE id = ? AND token = ? AND worker = ? AND state = 'running'
      """;

  static final String SETTLE =
      in(
          """
          UPDATE curfew_job SET state = ?, worker = NULL, claimed_at = NULL,
            due = coalesce({now} + ?, due),
            attempts = attempts - ?,
            interruptions = interruptions + ?,
            last_error = coalesce(?, last_error)
          WHERE id = ? AND token = ? AND worker = ? AND state = 'running'
          """);

  static final String PRESENT = "SELECT count(*) FROM curfew_job WHERE id = ?";

  static final String RENEW =
      in("UPDATE curfew_worker SET lease_until = {now} + lease_ms WHERE id = ?");

  static final String RUNNING =
      "SELECT id, token FROM curfew_job WHERE worker = ? AND state = 'running'";

  /** A lease that ends later than a new one would was renewed before the clock was set back. */
  static final String SHORTEN =
      in(
          """
          UPDATE curfew_worker SET lease_until = {now} + lease_ms
          WHERE queue = ? AND lease_until > {now} + lease_ms
          """);

  static final String PASSED =
      in("SELECT id, name, host, pid FROM curfew_worker WHERE queue = ? AND lease_until <= {now}");

  private static final String TAKE_BACK_SET =
      """
      UPDATE curfew_job SET crashes = crashes + 1, worker = NULL, claimed_at = NULL,
        state = CASE WHEN crashes + 1 >= ? THEN 'dead' ELSE 'due' END,
        due = {now},
        last_error = CASE WHEN crashes + 1 >= ? THEN ? ELSE ? END
      WHERE state = 'running' AND
      """;

  static final String TAKE_BACK = in(TAKE_BACK_SET + "worker = ?");

  static final String TAKE_BACK_ORPHANS =
      in(
          TAKE_BACK_SET
              + """
              queue = ? AND NOT EXISTS
                (SELECT 1 FROM curfew_worker w WHERE w.id = curfew_job.worker)
              """);

  static final String REMOVE_WORKER = "DELETE FROM curfew_worker WHERE id = ?";

  static final String GIVE_BACK_ALL =
      """
      UPDATE curfew_job SET state = 'due', worker = NULL, claimed_at = NULL,
        attempts = attempts - 1
      WHERE worker = ? AND state = 'running'
      """;

  static final String STATS =
      in(
          """
          SELECT count(*) FILTER (WHERE state = 'due' OR state = 'later' AND due <= {now}),
            count(*) FILTER (WHERE state = 'later' AND due > {now}),
            count(*) FILTER (WHERE state = 'running'),
            count(*) FILTER (WHERE state = 'dead'),
            coalesce({now}
              - min(due) FILTER (WHERE state IN ('due', 'later') AND due <= {now}), 0),
            (SELECT count(*) FROM curfew_worker WHERE queue = ? AND lease_until > {now})
          FROM curfew_job WHERE queue = ?
          """);

  private static final String VIEW =
      """
      SELECT j.id, j.queue, j.state, j.payload, j.priority, j.unique_key, j.put_at,
        CASE WHEN j.state = 'running' THEN j.claimed_at ELSE j.due END AS due_at,
        j.attempts, j.interruptions, j.crashes, j.worker, w.name, w.host, w.pid, j.last_error
      FROM curfew_job j LEFT JOIN curfew_worker w ON w.id = j.worker
      WHERE j.queue = ? AND
      """;

  static final String LIST = VIEW + "j.state IN (?, ?) ORDER BY due_at, j.id LIMIT ?";

  static final String FIND = VIEW + "j.id = ?";

  static final String REQUEUE =
      in(
          """
          UPDATE curfew_job SET state = 'due', due = min(due, {now}), attempts = 0, crashes = 0
          WHERE queue = ? AND id = ? AND state <> 'running'
            AND (state <> 'dead' OR unique_key IS NULL OR NOT EXISTS
              (SELECT 1 FROM curfew_job o WHERE o.queue = curfew_job.queue
                AND o.unique_key = curfew_job.unique_key
                AND o.state <> 'dead'))
          """);

  static final String DROP =
      "DELETE FROM curfew_job WHERE queue = ? AND id = ? AND state <> 'running'";

  private SqliteSql() {}

  private static String in(String statement) {
    return statement.replace("{now}", NOW);
  }
}
