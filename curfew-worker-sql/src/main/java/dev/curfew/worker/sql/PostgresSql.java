// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import org.jspecify.annotations.Nullable;

/**
 * The statements for PostgreSQL.
 *
 * <p>Locks are taken in this order: a worker's row, then jobs by id. A claim waits for no job, it
 * skips those that are locked. It holds its own worker's row against removal ({@code FOR KEY
 * SHARE}), so that a job can't be claimed for a worker while somebody takes all its jobs back; a
 * renewal does not wait for that, because it changes no key.
 *
 * <p>{@code statement_timestamp()} is the clock: {@code now()} would stand still in a caller's
 * transaction, and {@code clock_timestamp()} can't be looked up in an index.
 */
final class PostgresSql {
  /** What others are told by, with schema and queue as payload. */
  static final String CHANNEL = "curfew_job";

  private static final String DDL =
      """
      CREATE TABLE IF NOT EXISTS {p}curfew_schema (
        version int PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE IF NOT EXISTS {p}curfew_worker (
        id uuid PRIMARY KEY,
        queue text NOT NULL,
        name text NOT NULL,
        host text NOT NULL,
        pid bigint NOT NULL,
        lease_ms bigint NOT NULL,
        lease_until timestamptz NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 50);
      CREATE TABLE IF NOT EXISTS {p}curfew_job (
        id uuid PRIMARY KEY,
        queue text NOT NULL,
        state text NOT NULL CHECK (state IN ('due', 'later', 'running', 'dead')),
        priority int NOT NULL,
        due timestamptz NOT NULL,
        attempts int NOT NULL DEFAULT 0,
        interruptions int NOT NULL DEFAULT 0,
        crashes int NOT NULL DEFAULT 0,
        token bigint NOT NULL,
        worker uuid,
        unique_key text,
        put_at timestamptz NOT NULL,
        claimed_at timestamptz,
        last_error text,
        payload bytea NOT NULL,
        CHECK ((state = 'running') = (worker IS NOT NULL))
      ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
      CREATE INDEX IF NOT EXISTS curfew_job_due ON {p}curfew_job (queue, priority DESC, due, id)
        WHERE state = 'due';
      CREATE INDEX IF NOT EXISTS curfew_job_later ON {p}curfew_job (queue, due)
        WHERE state = 'later';
      CREATE INDEX IF NOT EXISTS curfew_job_running ON {p}curfew_job (worker)
        WHERE state = 'running';
      CREATE UNIQUE INDEX IF NOT EXISTS curfew_job_unique ON {p}curfew_job (queue, unique_key)
        WHERE unique_key IS NOT NULL AND state IN ('due', 'later', 'running');
      INSERT INTO {p}curfew_schema (version) VALUES ({v}) ON CONFLICT DO NOTHING;
      """;

  /** What has become due becomes so for the index by which jobs are claimed. */
  private static final String PROMOTE =
      """
      WITH ripe AS MATERIALIZED (
        SELECT id FROM {p}curfew_job
        WHERE queue = ? AND state = 'later' AND due <= statement_timestamp()
        ORDER BY due LIMIT 1000 FOR UPDATE SKIP LOCKED)
      UPDATE {p}curfew_job j SET state = 'due' FROM ripe WHERE j.id = ripe.id
      """;

  private static final String CLAIM =
      """
      WITH me AS MATERIALIZED (
        SELECT id FROM {p}curfew_worker
        WHERE id = ? AND lease_until > statement_timestamp() FOR KEY SHARE),
      picked AS MATERIALIZED (
        SELECT id FROM {p}curfew_job
        WHERE queue = ? AND state = 'due' AND EXISTS (SELECT 1 FROM me)
        ORDER BY priority DESC, due, id LIMIT ? FOR UPDATE SKIP LOCKED)
      UPDATE {p}curfew_job j
      SET state = 'running', worker = ?, token = j.token + 1, attempts = j.attempts + 1,
        claimed_at = statement_timestamp()
      FROM picked WHERE j.id = picked.id
      RETURNING j.id, j.token, j.payload, j.attempts, j.interruptions, j.crashes, j.priority,
        j.put_at, j.due
      """;

  private static final String NEXT =
      """
      SELECT EXISTS (SELECT 1 FROM {p}curfew_job WHERE queue = ? AND state = 'due'),
        (SELECT extract(epoch FROM min(due) - clock_timestamp()) FROM {p}curfew_job
         WHERE queue = ? AND state = 'later')
      """;

  private static final String PUT =
      """
      INSERT INTO {p}curfew_job
        (id, queue, state, priority, due, token, unique_key, put_at, payload)
      SELECT n.id, ?, CASE WHEN n.delay > 0 THEN 'later' ELSE 'due' END, n.priority,
        statement_timestamp() + n.delay * interval '1 millisecond',
        (extract(epoch FROM statement_timestamp()) * 1000000)::bigint,
        n.unique_key, statement_timestamp(), n.payload
      FROM unnest(?::uuid[], ?::int[], ?::bigint[], ?::text[], ?::bytea[])
        AS n (id, priority, delay, unique_key, payload)
      ON CONFLICT DO NOTHING
      RETURNING id
      """;

  private static final String THERE =
      """
      SELECT id, unique_key FROM {p}curfew_job
      WHERE id = ANY (?::uuid[])
        OR queue = ? AND unique_key = ANY (?::text[]) AND state IN ('due', 'later', 'running')
      """;

  /** All of them done, as most are. */
  private static final String FINISH =
      """
      WITH locked AS MATERIALIZED (
        SELECT j.id FROM {p}curfew_job j JOIN unnest(?::uuid[], ?::bigint[]) AS s (id, token)
          ON j.id = s.id AND j.token = s.token
        WHERE j.state = 'running' AND j.worker = ?
        ORDER BY j.id FOR UPDATE OF j)
      DELETE FROM {p}curfew_job j USING locked WHERE j.id = locked.id
      RETURNING j.id, j.token
      """;

  private static final String SETTLE =
      """
      WITH locked AS MATERIALIZED (
        SELECT j.id, s.state, s.delay, s.unspent, s.interrupted, s.why
        FROM {p}curfew_job j
        JOIN unnest(?::uuid[], ?::bigint[], ?::text[], ?::bigint[], ?::int[], ?::int[], ?::text[])
          AS s (id, token, state, delay, unspent, interrupted, why)
          ON j.id = s.id AND j.token = s.token
        WHERE j.state = 'running' AND j.worker = ?
        ORDER BY j.id FOR UPDATE OF j),
      gone AS (
        DELETE FROM {p}curfew_job j USING locked l WHERE j.id = l.id AND l.state IS NULL
        RETURNING j.id, j.token),
      back AS (
        UPDATE {p}curfew_job j SET state = l.state, worker = NULL, claimed_at = NULL,
          due = coalesce(statement_timestamp() + l.delay * interval '1 millisecond', j.due),
          attempts = j.attempts - l.unspent,
          interruptions = j.interruptions + l.interrupted,
          last_error = coalesce(l.why, j.last_error)
        FROM locked l WHERE j.id = l.id AND l.state IS NOT NULL
        RETURNING j.id, j.token)
      SELECT id, token FROM gone UNION ALL SELECT id, token FROM back
      """;

  private static final String PRESENT = "SELECT id FROM {p}curfew_job WHERE id = ANY (?::uuid[])";

  private static final String REGISTER =
      """
      INSERT INTO {p}curfew_worker (id, queue, name, host, pid, lease_ms, lease_until)
      VALUES (?, ?, ?, ?, ?, ?, statement_timestamp() + ? * interval '1 millisecond')
      ON CONFLICT DO NOTHING
      """;

  private static final String RENEW =
      """
      UPDATE {p}curfew_worker
      SET lease_until = statement_timestamp() + lease_ms * interval '1 millisecond' WHERE id = ?
      """;

  private static final String RUNNING =
      "SELECT id, token FROM {p}curfew_job WHERE worker = ? AND state = 'running'";

  /** Whether there is a lease that has passed, and whether a job's worker is not there. */
  private static final String PASSED =
      """
      SELECT EXISTS (SELECT 1 FROM {p}curfew_worker
          WHERE queue = ? AND lease_until <= statement_timestamp()),
        EXISTS (SELECT 1 FROM {p}curfew_job j
          WHERE queue = ? AND state = 'running'
            AND NOT EXISTS (SELECT 1 FROM {p}curfew_worker w WHERE w.id = j.worker))
      """;

  private static final String LOCK_PASSED =
      """
      SELECT id, name, host, pid FROM {p}curfew_worker
      WHERE queue = ? AND lease_until <= statement_timestamp()
      ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
      """;

  private static final String TAKE_BACK =
      """
      WITH locked AS MATERIALIZED (
        SELECT id FROM {p}curfew_job WHERE worker = ? AND state = 'running'
        ORDER BY id FOR UPDATE)
      UPDATE {p}curfew_job j SET crashes = j.crashes + 1, worker = NULL, claimed_at = NULL,
        state = CASE WHEN j.crashes + 1 >= ? THEN 'dead' ELSE 'due' END,
        due = statement_timestamp(),
        last_error = CASE WHEN j.crashes + 1 >= ? THEN ? ELSE ? END
      FROM locked WHERE j.id = locked.id
      """;

  private static final String ORPHANS =
      """
      SELECT j.id, j.token, j.worker FROM {p}curfew_job j
      WHERE queue = ? AND state = 'running'
        AND NOT EXISTS (SELECT 1 FROM {p}curfew_worker w WHERE w.id = j.worker)
      ORDER BY j.id LIMIT 1000
      """;

  /**
   * By id and token, because between the look for orphans and this somebody else may have taken one
   * back, and a worker whose row this statement does not see yet may have claimed it.
   */
  private static final String TAKE_BACK_ORPHANS =
      """
      WITH locked AS MATERIALIZED (
        SELECT j.id FROM {p}curfew_job j
        JOIN unnest(?::uuid[], ?::bigint[]) AS s (id, token) ON j.id = s.id AND j.token = s.token
        WHERE j.state = 'running' ORDER BY j.id FOR UPDATE OF j)
      UPDATE {p}curfew_job j SET crashes = j.crashes + 1, worker = NULL, claimed_at = NULL,
        state = CASE WHEN j.crashes + 1 >= ? THEN 'dead' ELSE 'due' END,
        due = statement_timestamp(),
        last_error = CASE WHEN j.crashes + 1 >= ? THEN ? ELSE ? END
      FROM locked WHERE j.id = locked.id
      """;

  private static final String REMOVE_WORKER = "DELETE FROM {p}curfew_worker WHERE id = ?";

  private static final String LOCK_WORKER =
      "SELECT id FROM {p}curfew_worker WHERE id = ? FOR UPDATE";

  private static final String GIVE_BACK_ALL =
      """
      WITH locked AS MATERIALIZED (
        SELECT id FROM {p}curfew_job WHERE worker = ? AND state = 'running'
        ORDER BY id FOR UPDATE)
      UPDATE {p}curfew_job j SET state = 'due', worker = NULL, claimed_at = NULL,
        attempts = j.attempts - 1
      FROM locked WHERE j.id = locked.id
      """;

  private static final String STATS =
      """
      SELECT count(*) FILTER (WHERE state = 'due' OR state = 'later' AND due <= now()),
        count(*) FILTER (WHERE state = 'later' AND due > now()),
        count(*) FILTER (WHERE state = 'running'),
        count(*) FILTER (WHERE state = 'dead'),
        coalesce(extract(epoch FROM now()
          - min(due) FILTER (WHERE state IN ('due', 'later') AND due <= now())), 0),
        (SELECT count(*) FROM {p}curfew_worker WHERE queue = ? AND lease_until > now())
      FROM {p}curfew_job WHERE queue = ?
      """;

  private static final String VIEW =
      """
      SELECT j.id, j.queue, j.state, j.payload, j.priority, j.unique_key, j.put_at,
        CASE WHEN j.state = 'running' THEN j.claimed_at ELSE j.due END AS due_at,
        j.attempts, j.interruptions, j.crashes, j.worker, w.name, w.host, w.pid, j.last_error
      FROM {p}curfew_job j LEFT JOIN {p}curfew_worker w ON w.id = j.worker
      WHERE j.queue = ? AND
      """;

  private static final String LIST =
      VIEW + "j.state = ANY (?::text[]) ORDER BY due_at, j.id LIMIT ?";

  private static final String FIND = VIEW + "j.id = ?";

  /** Of several dead ones with one unique key the first comes back, if nobody has the key now. */
  private static final String REQUEUE =
      """
      WITH locked AS MATERIALIZED (
        SELECT id, unique_key, state FROM {p}curfew_job
        WHERE queue = ? AND id = ANY (?::uuid[]) AND state <> 'running' ORDER BY id FOR UPDATE),
      dead AS (
        SELECT l.id, l.unique_key, row_number() OVER (PARTITION BY l.unique_key ORDER BY l.id) AS nth
        FROM locked l WHERE l.state = 'dead'),
      chosen AS MATERIALIZED (
        SELECT id FROM locked WHERE state <> 'dead'
        UNION ALL
        SELECT id FROM dead d WHERE d.unique_key IS NULL
          OR d.nth = 1 AND NOT EXISTS (SELECT 1 FROM {p}curfew_job o WHERE o.queue = ?
            AND o.unique_key = d.unique_key AND o.state IN ('due', 'later', 'running')))
      UPDATE {p}curfew_job j SET state = 'due', due = least(j.due, statement_timestamp()),
        attempts = 0, crashes = 0
      FROM chosen WHERE j.id = chosen.id
      RETURNING j.id
      """;

  private static final String DROP =
      """
      WITH locked AS MATERIALIZED (
        SELECT id FROM {p}curfew_job
        WHERE queue = ? AND id = ANY (?::uuid[]) AND state <> 'running' ORDER BY id FOR UPDATE)
      DELETE FROM {p}curfew_job j USING locked WHERE j.id = locked.id
      RETURNING j.id
      """;

  final String version;
  final String promoteAndClaim;
  final String next;
  final String put;
  final String there;
  final String finish;
  final String settle;
  final String present;
  final String register;
  final String renewAndLook;
  final String lockPassed;
  final String takeBack;
  final String orphans;
  final String takeBackOrphans;
  final String removeWorker;
  final String lockWorker;
  final String giveBackAll;
  final String stats;
  final String list;
  final String find;
  final String requeue;
  final String drop;
  private final String prefix;

  PostgresSql(@Nullable String schema) {
    prefix = schema == null ? "" : '"' + schema + "\".";
    version = in("SELECT max(version) FROM {p}curfew_schema");
    promoteAndClaim = in(PROMOTE + ";\n" + CLAIM);
    next = in(NEXT);
    put = in(PUT);
    there = in(THERE);
    finish = in(FINISH);
    settle = in(SETTLE);
    present = in(PRESENT);
    register = in(REGISTER);
    renewAndLook = in(RENEW + ";\n" + RUNNING + ";\n" + PASSED);
    lockPassed = in(LOCK_PASSED);
    takeBack = in(TAKE_BACK);
    orphans = in(ORPHANS);
    takeBackOrphans = in(TAKE_BACK_ORPHANS);
    removeWorker = in(REMOVE_WORKER);
    lockWorker = in(LOCK_WORKER);
    giveBackAll = in(GIVE_BACK_ALL);
    stats = in(STATS);
    list = in(LIST);
    find = in(FIND);
    requeue = in(REQUEUE);
    drop = in(DROP);
  }

  /** The statements that create the tables, where they are not there. */
  String ddl() {
    return in(DDL).replace("{v}", String.valueOf(Schema.VERSION));
  }

  private String in(String statement) {
    return statement.replace("{p}", prefix);
  }
}
