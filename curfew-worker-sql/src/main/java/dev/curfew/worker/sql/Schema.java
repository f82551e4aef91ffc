// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.QueueException;

/** Which form of the tables this library knows. */
final class Schema {
  static final int VERSION = 1;

  private Schema() {}

  /** Refuses tables of a version that this library does not know. */
  static void check(int found, String where) {
    if (found > VERSION) {
      throw new QueueException(
          where
              + " has schema version "
              + found
              + ", this library knows "
              + VERSION
              + ": upgrade curfew-worker-sql here to the version that the other users of the queue"
              + " have; nothing was changed",
          false,
          null);
    }
    if (found < 1) {
      throw new QueueException(
          where + " has schema version " + found + ": it was not made by this library",
          false,
          null);
    }
  }

  static QueueException missing(String where) {
    return new QueueException(
        where
            + " has no tables of a queue, and the options say not to create them: run what"
            + " SqlJobQueue.postgresDdl or SqlJobQueue.sqliteDdl returns, or leave"
            + " withoutCreatingTables() out",
        false,
        null);
  }
}
