// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.QueueException;
import java.nio.file.Path;
import java.sql.SQLException;

/** What an error of SQLite means. */
final class SqliteErrors {
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int READONLY = 8;
  private static final int IOERR = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int CANTOPEN = 14;
  private static final int PROTOCOL = 15;
  private static final int NOTADB = 26;

  private SqliteErrors() {}

  /** Whether another connection holds a lock for a moment. */
  static boolean isBusy(SQLException error) {
    int code = code(error);
    return code == BUSY || code == LOCKED || code == PROTOCOL;
  }

  /** Whether the connection is of no more use after this. */
  static boolean isBroken(SQLException error) {
    int code = code(error);
    return code == IOERR || code == CANTOPEN || code == NOTADB || code == CORRUPT || code == 0;
  }

  static QueueException failure(String what, Path file, SQLException error) {
    if (error instanceof Call.LeftException left) {
      return new QueueException(
          what
              + ": "
              + file
              + ": "
              + error.getMessage()
              + (left.nothingDone() ? "; nothing was done" : "")
              + "; check the disk, and whether another process holds the file locked",
          true,
          error);
    }
    int code = code(error);
    boolean passing = isBusy(error) || code == IOERR || code == FULL;
    return new QueueException(
        what
            + ": "
            + file
            + " "
            + meaning(code, file)
            + "; nothing was done. SQLite said: "
            + error.getMessage(),
        passing,
        error);
  }

  private static String meaning(int code, Path file) {
    return switch (code) {
      case BUSY, LOCKED, PROTOCOL ->
          "was locked by another process or connection for as long as was waited: end the"
              + " transaction that it keeps open, and try again";
      case READONLY ->
          "can't be written: give this process the right to write the file and its folder, which"
              + " also takes the files -wal and -shm";
      case IOERR -> "could not be read or written: check the disk and its file system";
      case CORRUPT ->
          "is damaged: keep a copy, then repair it with the .recover command of sqlite3, or restore"
              + " it";
      case FULL -> "could not grow: the disk or a quota is full; make room, and try again";
      case CANTOPEN ->
          "can't be opened: check that its folder exists ("
              + file.toAbsolutePath().getParent()
              + "), that it is a file, and that this process may read and write both";
      case NOTADB ->
          "is no SQLite database: a file that the queue has made, or none, was expected; move it"
              + " away, or give another path";
      default -> "refused this";
    };
  }

  private static int code(SQLException error) {
    return error.getErrorCode() & 0xff;
  }
}
