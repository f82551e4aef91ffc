// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.JobView;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Jobs as an operator sees them. */
final class PostgresViews {
  private PostgresViews() {}

  static List<JobView> all(PreparedStatement statement) throws SQLException {
    List<JobView> views = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        views.add(view(rows));
      }
    }
    return views;
  }

  private static JobView view(ResultSet rows) throws SQLException {
    return new JobView(
        rows.getObject(1, UUID.class),
        rows.getString(2),
        Rows.state(rows.getString(3)),
        rows.getBytes(4),
        rows.getInt(5),
        rows.getString(6),
        PostgresStore.instant(rows, 7),
        PostgresStore.instant(rows, 8),
        rows.getInt(9),
        rows.getInt(10),
        rows.getInt(11),
        Rows.worker(rows.getString(12), rows.getString(13), rows.getString(14), rows.getLong(15)),
        rows.getString(16));
  }
}
