// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import dev.curfew.report.JsonWriter;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.QueueStats;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** For machines: one document, one line. Times are UTC, in ISO 8601. */
final class JobsJson {
  private JobsJson() {}

  static String stats(QueueStats stats) throws IOException {
    StringBuilder text = new StringBuilder();
    JsonWriter json = new JsonWriter(text).object();
    json.field("schema", "curfew.jobs.stats/1");
    json.name("due").value(stats.due()).name("later").value(stats.later());
    json.name("running").value(stats.running()).name("dead").value(stats.dead());
    json.name("oldestDueMillis").value(stats.oldestDue().toMillis());
    json.name("workers").value(stats.workers()).end();
    return text.append('\n').toString();
  }

  static String list(List<JobView> jobs, boolean more) throws IOException {
    StringBuilder text = new StringBuilder();
    JsonWriter json = new JsonWriter(text).object();
    json.field("schema", "curfew.jobs/1").name("more").value(more).name("jobs").array();
    for (JobView job : jobs) {
      json.object();
      json.field("id", job.id().toString()).field("queue", job.queue());
      json.field("state", job.state().name().toLowerCase(Locale.ROOT));
      json.field("putAt", job.putAt().toString()).field("due", job.due().toString());
      json.name("priority").value(job.priority()).name("attempts").value(job.attempts());
      json.name("interruptions").value(job.interruptions());
      json.name("crashes").value(job.crashes());
      json.field("uniqueKey", job.uniqueKey()).field("worker", job.worker());
      json.field("lastError", job.lastError());
      json.field("payloadBase64", Base64.getEncoder().encodeToString(job.payload()));
      json.end();
    }
    json.end().end();
    return text.append('\n').toString();
  }

  static String changed(String what, List<UUID> ids) throws IOException {
    StringBuilder text = new StringBuilder();
    JsonWriter json = new JsonWriter(text).object();
    json.field("schema", "curfew.jobs.changed/1").name(what).array();
    for (UUID id : ids) {
      json.value(id.toString());
    }
    json.end().end();
    return text.append('\n').toString();
  }
}
