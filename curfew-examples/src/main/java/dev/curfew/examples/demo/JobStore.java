// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.sql.SqlJobQueue;
import dev.curfew.worker.sql.SqlQueueOptions;
import java.nio.file.Path;

/**
 * Where the jobs are.
 *
 * @param place a SQLite file, or the JDBC URL of a PostgreSQL
 * @param schema in PostgreSQL the one that has the tables; empty for SQLite, which has none
 */
record JobStore(String place, String schema) {
  static JobStore file(Path file) {
    return new JobStore(file.toString(), "");
  }

  /** Whether it serves several processes at once. */
  boolean isShared() {
    return !schema.isEmpty();
  }

  JobQueue open() {
    return isShared()
        ? SqlJobQueue.postgres(place, SqlQueueOptions.defaults().withSchema(schema))
        : SqlJobQueue.sqlite(Path.of(place));
  }
}
