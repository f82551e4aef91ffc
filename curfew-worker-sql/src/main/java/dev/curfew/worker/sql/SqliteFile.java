// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.QueueException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteOpenMode;

/** A file that is a SQLite database, or becomes one. */
record SqliteFile(Path path, SqlQueueOptions options) {
  /** Says at once, and in words, what SQLite would say only with a number. */
  void check() {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw wrong("its folder " + folder + " does not exist: create it, or give another path");
    }
    if (Files.isDirectory(path)) {
      throw wrong("it is a folder: give the path of a file");
    }
    if (Files.exists(path) && !(Files.isReadable(path) && Files.isWritable(path))) {
      throw wrong("this process may not read and write it: change its owner or its rights");
    }
    if (!Files.isWritable(folder)) {
      throw wrong(
          "this process may not write its folder "
              + folder
              + ", where SQLite keeps the files -wal and -shm: change its owner or its rights");
    }
    if (!Files.exists(path)) {
      create();
    }
  }

  /** SQLite takes an empty file for a new database. No later opening creates one. */
  private void create() {
    if (!options.createTables()) {
      throw wrong(
          "there is no such file, so it has no tables of a queue, and the options say not to create"
              + " them: give another path, or leave withoutCreatingTables() out");
    }
    try {
      Files.newByteChannel(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw wrong("it can't be created: " + e);
    }
  }

  /** {@return which file a path leads to now, as far as the system tells; null if to none} */
  static @Nullable Object key(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  private QueueException wrong(String what) {
    return new QueueException("open: " + path + ": " + what, false, null);
  }

  /** Opens a connection, which waits for a lock for some milliseconds. */
  SqliteStatements open(int busyMillis) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(busyMillis);
    config.setGetGeneratedKeys(false); // The driver would look for one after every statement.
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    SQLiteDataSource source = new SQLiteDataSource(config);
    // As a URI, because the driver would take what follows a question mark for options.
    source.setUrl("jdbc:sqlite:" + path.toAbsolutePath().toUri());
    Connection connection = source.getConnection();
    SqliteStatements statements = new SqliteStatements(connection);
    try {
      if (!options.createTables() && !hasTables(statements)) {
        throw Schema.missing(path.toString()); // Before it becomes 'wal'.
      }
      String mode =
          statements.query("PRAGMA journal_mode = WAL", row -> row.getString(1)).getFirst();
      if (!mode.equals("wal")) {
        throw wrong(
            "SQLite keeps its journal as '"
                + mode
                + "' there, expected 'wal': give a file on a local disk, not one in a network");
      }
      statements.run("PRAGMA synchronous = NORMAL");
      if (options.survivePowerLoss()) {
        statements.allowFlush();
      }
      statements.run("PRAGMA journal_size_limit = 67108864");
      // 16 MB instead of 4: a checkpoint waits for the disk twice, and writes most pages again.
      statements.run("PRAGMA wal_autocheckpoint = 4000");
      return statements;
    } catch (SQLException | RuntimeException e) {
      try {
        statements.close();
      } catch (SQLException broken) {
        e.addSuppressed(broken);
      }
      throw e;
    }
  }

  private static boolean hasTables(SqliteStatements connection) throws SQLException {
    return connection.query(SqliteSql.TABLES, row -> row.getInt(1)).getFirst() > 0;
  }

  /** Creates the tables if they may be, and refuses those that it does not know. */
  int prepare(SqliteStatements connection) throws SQLException {
    int version = hasTables(connection) ? version(connection) : 0;
    if (version == 0 && options.createTables()) {
      connection.run(SqliteSql.DDL);
      return version(connection);
    }
    return version;
  }

  private static int version(SqliteStatements connection) throws SQLException {
    return connection.query(SqliteSql.VERSION, row -> row.getInt(1)).getFirst();
  }
}
