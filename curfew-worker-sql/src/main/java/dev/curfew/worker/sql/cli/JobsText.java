// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.QueueStats;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** For people. */
final class JobsText {
  private static final int WIDTH = 60;

  private JobsText() {}

  static String stats(String queue, QueueStats stats) {
    StringBuilder text = new StringBuilder();
    line(text, "queue", queue);
    line(
        text,
        "due",
        stats.due() + (stats.due() == 0 ? "" : ", the oldest for " + period(stats.oldestDue())));
    line(text, "later", Long.toString(stats.later()));
    line(text, "running", stats.running() + " at " + count(stats.workers(), "worker"));
    line(text, "dead", stats.dead() + (stats.dead() == 0 ? "" : " (list --state dead shows them)"));
    return text.toString();
  }

  static String list(JobState state, List<JobView> jobs, boolean more) {
    String word = state.name().toLowerCase(Locale.ROOT);
    if (jobs.isEmpty()) {
      return "no job is " + word + "\n";
    }
    StringBuilder text = new StringBuilder();
    String format = "%-36s  %8s  %8s  %3s  %s%n";
    String since = state == JobState.WAITING ? "due" : "since";
    text.append(String.format(Locale.ROOT, format, "id", since, "attempts", "pri", "what"));
    for (JobView job : jobs) {
      text.append(
          String.format(
              Locale.ROOT, format, job.id(), due(job), job.attempts(), job.priority(), what(job)));
    }
    if (more) {
      text.append("and more; --most N shows as many\n");
    }
    return text.toString();
  }

  /** Its error if there is one, where it runs, or what is in it. */
  private static String what(JobView job) {
    if (job.state() == JobState.RUNNING) {
      return printable("at " + job.worker());
    }
    String what = job.lastError() == null ? payload(job) : job.lastError();
    String line = printable(what.lines().findFirst().orElse(""));
    return line.length() > WIDTH ? line.substring(0, WIDTH) + "…" : line;
  }

  static String show(JobView job) {
    StringBuilder text = new StringBuilder();
    line(text, "job", job.id().toString());
    line(text, "queue", job.queue());
    line(text, "state", job.state().name().toLowerCase(Locale.ROOT));
    line(text, "put", time(job.putAt()));
    line(text, job.state() == JobState.WAITING ? "due" : "since", time(job.due()));
    line(text, "attempts", Integer.toString(job.attempts()));
    line(text, "given back", count(job.interruptions(), "time") + " after it had begun");
    line(text, "crashes", Integer.toString(job.crashes()));
    line(text, "priority", Integer.toString(job.priority()));
    if (job.uniqueKey() != null) {
      line(text, "unique key", job.uniqueKey());
    }
    if (job.worker() != null) {
      line(text, "worker", job.worker());
    }
    if (job.lastError() != null) {
      line(text, "last error", job.lastError());
    }
    line(text, "payload", payload(job));
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-11s ", name));
    text.append(printable(value).replace("\n", "\n            ")).append('\n');
  }

  /** A payload may hold anything; a terminal must not obey it. */
  static String printable(String value) {
    StringBuilder text = new StringBuilder(value.length());
    value
        .codePoints()
        .forEach(c ->
            text.appendCodePoint(Character.isISOControl(c) && c != '\n' && c != '\t' ? '?' : c));
    return text.toString();
  }

  /** As text if it is UTF-8, else Base64. */
  static String payload(JobView job) {
    try {
      return printable(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(job.payload())).toString());
    } catch (CharacterCodingException e) {
      return "base64 " + Base64.getEncoder().encodeToString(job.payload());
    }
  }

  private static String time(Instant time) {
    Duration ago = Duration.between(time, Instant.now());
    String distance = ago.isNegative() ? "in " + period(ago.negated()) : period(ago) + " ago";
    return time.truncatedTo(ChronoUnit.SECONDS) + " (" + distance + ")";
  }

  private static String due(JobView job) {
    Duration ago = Duration.between(job.due(), Instant.now());
    if (job.state() != JobState.WAITING) {
      return period(ago);
    }
    return ago.isNegative() ? "in " + period(ago.negated()) : "now";
  }

  /** How many of what, in words that fit. */
  static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  static String period(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 2 * 3_600) {
      return seconds / 60 + " min";
    }
    return seconds < 2 * 86_400 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
  }
}
