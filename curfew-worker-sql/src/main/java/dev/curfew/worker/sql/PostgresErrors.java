// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.jspecify.annotations.Nullable;

/** What an error of PostgreSQL, of its driver or of a pool means. */
final class PostgresErrors {
  /** What is known after an error. */
  enum Kind {
    /** The server was not reached: nothing was done, and it may be reached a little later. */
    NOT_REACHED,
    /** The server has undone it, and it may work a little later. */
    UNDONE,
    /** The connection was lost while it worked: it may be done or not. */
    UNKNOWN,
    /** It would fail again. */
    LASTING
  }

  private PostgresErrors() {}

  static Kind kind(SQLException error) {
    if (error instanceof Call.LeftException left) {
      return left.nothingDone() ? Kind.NOT_REACHED : Kind.UNKNOWN;
    }
    String state = state(error);
    if (state == null || state.length() != 5) {
      if (error instanceof SQLTransientConnectionException) {
        return Kind.NOT_REACHED; // A pool without a connection.
      }
      return lostConnection(error) ? Kind.UNKNOWN : Kind.LASTING;
    }
    return switch (state) {
      case "08001", "08004", "57P03" -> Kind.NOT_REACHED;
      case "40003", "57P01", "57P02", "57P05" -> Kind.UNKNOWN;
      // Cancelled, a lock not available, an object in use, a server that only reads: a standby.
      // The server has ended a transaction that was idle for too long, because we stood still.
      case "57014", "55P03", "55006", "25006", "25P03", "25P04" -> Kind.UNDONE;
      default ->
          switch (state.substring(0, 2)) {
            case "08" -> Kind.UNKNOWN;
            case "40", "53", "58" -> Kind.UNDONE;
            default -> Kind.LASTING;
          };
    };
  }

  /** Whether two writers have taken the same unique key at the same moment. */
  static boolean isUniqueViolation(SQLException error) {
    return "23505".equals(state(error));
  }

  static boolean isMissingTable(SQLException error) {
    String state = state(error);
    return "42P01".equals(state) || "3F000".equals(state);
  }

  /** Whether the connection leads to a server that takes no writes. */
  static boolean isStandby(SQLException error) {
    return "25006".equals(state(error));
  }

  /** Whether a text has a character that the database's encoding has not. */
  static boolean isUntranslatable(SQLException error) {
    String state = state(error);
    return "22P05".equals(state) || "22021".equals(state);
  }

  /** What to do about it, for people. */
  static String advice(SQLException error) {
    String state = state(error);
    String kind = state == null || state.length() < 2 ? "" : state.substring(0, 2);
    return switch (kind) {
      case "28" -> "check the user and the password in the URL";
      case "3D" -> "create the database, or correct its name in the URL";
      case "42" ->
          "42501".equals(state)
              ? "grant this user the rights on the tables"
              : "check that the tables are as SqlJobQueue.postgresDdl makes them";
      case "3F" -> "create the schema, or name another";
      case "25" ->
          "25006".equals(state)
              ? "this server takes no writes: give one that does (targetServerType=primary)"
              : "this process stood still in a transaction: see whether it has pauses";
      case "53" ->
          "53100".equals(state)
              ? "the server's disk is full: make room"
              : "the server has run out of something: see its log, raise its limits";
      case "22", "23" -> "the server refuses what was given: see the cause";
      case "40", "55" -> "others hold locks on the same rows: try again";
      default ->
          "check that the server runs and can be reached; it was tried again for some seconds";
    };
  }

  private static boolean lostConnection(SQLException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String state(SQLException error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return null;
  }
}
