// SPDX-License-Identifier: Apache-2.0

/** A durable job queue in a SQLite file, or in PostgreSQL. */
@SuppressWarnings("requires-automatic") // PostgreSQL's driver is one.
module dev.curfew.worker.sql {
  requires transitive dev.curfew.worker;
  requires transitive java.sql;
  requires static transitive org.jspecify;
  requires com.zaxxer.hikari;
  requires org.postgresql.jdbc;
  requires org.xerial.sqlitejdbc;

  exports dev.curfew.worker.sql;
}
