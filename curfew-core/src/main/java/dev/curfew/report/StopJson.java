// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The report for programs, as {@code docs/report.md} describes it. */
final class StopJson {
  static final String SCHEMA = "curfew-report/1";

  /** How many elements of a list are written; the counts are exact nevertheless. */
  static final int LONGEST_LIST = 1000;

  private static final int DEEPEST_STACK = 64;
  private static final int SLOWEST = 10;

  private final JsonWriter json;

  private StopJson(JsonWriter json) {
    this.json = json;
  }

  static void write(StopReport report, Appendable out) throws IOException {
    new StopJson(new JsonWriter(out)).report(report);
  }

  private void report(StopReport report) throws IOException {
    Account account = report.account();
    json.object().field("schema", SCHEMA);
    json.field("service", report.service()).field("version", report.version());
    json.field("outcome", report.outcome().name()).name("exitCode");
    if (report.exitCode() == StopReport.KEPT) {
      json.value(null);
    } else {
      json.value(report.exitCode());
    }
    json.field("tookMs", report.took().toMillis()).field("curfewMs", report.curfew().toMillis());
    process(report);
    trigger(report.trigger());
    budget(report.stages());
    work(account.work());
    pending(account);
    resources(account.resources());
    slowest(account);
    findings(account.findings());
    json.name("unseen").array();
    for (String unseen : report.unseen()) {
      json.value(unseen);
    }
    json.end().end();
  }

  private void process(StopReport report) throws IOException {
    ThisProcess process = ThisProcess.current();
    Trigger trigger = report.trigger();
    json.field("host", process.host()).field("pid", process.pid()).field("jdk", process.jdk());
    json.field("startedAt", process.startedAt() == null ? null : utc(process.startedAt()));
    json.name("uptimeMs");
    if (process.startedAt() == null || trigger == null) {
      json.value(null);
    } else {
      Duration uptime = Duration.between(process.startedAt(), trigger.at()).plus(report.took());
      json.value(Math.max(0, uptime.toMillis()));
    }
  }

  private void trigger(@Nullable Trigger trigger) throws IOException {
    json.name("trigger");
    if (trigger == null) {
      json.value(null);
      return;
    }
    json.object().field("origin", trigger.origin().name()).field("what", trigger.what());
    json.field("why", trigger.why()).field("at", utc(trigger.at()));
    stack("stack", trigger.stack());
    json.end();
  }

  private void budget(List<StageTime> stages) throws IOException {
    json.name("budget").array();
    for (StageTime stage : stages) {
      json.object().field("stage", stage.stage());
      json.field("plannedMs", stage.planned().toMillis()).field("usedMs", stage.used().toMillis());
      json.end();
    }
    json.end();
  }

  private void work(WorkCount work) throws IOException {
    json.name("work");
    count(work);
  }

  private void count(WorkCount work) throws IOException {
    json.object();
    json.field("accepted", work.accepted()).field("completed", work.completed());
    json.field("failed", work.failed()).field("givenBack", work.givenBack());
    json.field("cancelled", work.cancelled()).field("neverStarted", work.neverStarted());
    json.field("abandoned", work.abandoned()).field("rejectedAfterStop", work.rejected());
    json.field("open", work.open()).field("lost", work.lost());
    json.end();
  }

  private void pending(Account account) throws IOException {
    json.field("pendingTasks", account.pendingTasks()).name("pending").array();
    List<Pending> ranked = Ranking.ofPending(account.pending());
    for (int i = 0; i < Math.min(LONGEST_LIST, ranked.size()); i++) {
      Pending task = ranked.get(i);
      json.object().field("path", task.path()).field("state", task.state().name());
      json.field("elapsedMs", task.elapsed().toMillis());
      json.field("started", frame(task.started())).field("count", task.alike());
      stack("now", task.now());
      json.name("finding");
      finding(task.finding());
      json.end();
    }
    json.end();
  }

  private void resources(List<ResourceEnd> resources) throws IOException {
    List<ResourceEnd> shown = new ArrayList<>(Ranking.ofUnclosed(resources));
    for (ResourceEnd resource : resources) {
      if (resource.how() == ResourceEnd.How.CLOSED && shown.size() < LONGEST_LIST) {
        shown.add(resource);
      }
    }
    json.name("resourceCounts").object();
    for (ResourceEnd.How how : ResourceEnd.How.values()) {
      long count = 0;
      for (ResourceEnd resource : resources) {
        count += resource.how() == how ? 1 : 0;
      }
      json.field(how.name(), count);
    }
    json.end().name("resources").array();
    for (int i = 0; i < Math.min(LONGEST_LIST, shown.size()); i++) {
      resource(shown.get(i));
    }
    json.end();
  }

  private void resource(ResourceEnd end) throws IOException {
    int slash = end.path().lastIndexOf('/');
    json.object().field("path", end.path()).field("name", end.path().substring(slash + 1));
    json.field("owner", slash <= 0 ? "/" : end.path().substring(0, slash));
    json.field("how", end.how().name()).field("closeMs", end.took().toMillis());
    json.field("openedAt", frame(end.openedAt())).name("failure");
    if (end.failure() == null) {
      json.value(null);
    } else {
      FailureText failure = FailureText.of(end.failure());
      json.object().field("type", failure.type()).field("message", failure.message());
      json.field("at", frame(failure.at())).field("rootCause", failure.rootCause()).end();
    }
    stack("now", end.now());
    json.name("work");
    if (end.work().equals(WorkCount.NONE)) {
      json.value(null);
    } else {
      count(end.work());
    }
    json.end();
  }

  private void slowest(Account account) throws IOException {
    List<Timed> all = new ArrayList<>();
    for (Pending task : account.pending()) {
      all.add(new Timed("task", task.path(), task.elapsed()));
    }
    for (ResourceEnd resource : account.resources()) {
      all.add(new Timed("close", resource.path(), resource.took()));
    }
    List<Timed> ranked = Ranking.sorted(all, new Slowest());
    json.name("slowest").array();
    for (int i = 0; i < Math.min(SLOWEST, ranked.size()); i++) {
      Timed timed = ranked.get(i);
      json.object().field("kind", timed.kind()).field("path", timed.path());
      json.field("ms", timed.time().toMillis()).end();
    }
    json.end();
  }

  private void findings(List<Finding> findings) throws IOException {
    long count = 0;
    for (Finding finding : findings) {
      count += finding.count();
    }
    json.field("findingCount", count).name("findings").array();
    List<Finding> ranked = Ranking.ofFindings(findings);
    for (int i = 0; i < Math.min(LONGEST_LIST, ranked.size()); i++) {
      finding(ranked.get(i));
    }
    json.end();
  }

  private void finding(@Nullable Finding finding) throws IOException {
    if (finding == null) {
      json.value(null);
      return;
    }
    Cause cause = finding.cause();
    json.object().name("cause");
    if (cause == null) {
      json.value(null);
    } else {
      json.value(cause.number());
    }
    json.field("title", cause == null ? null : cause.title()).field("path", finding.path());
    json.field("evidence", finding.what()).field("at", frame(finding.at()));
    json.field("confidence", finding.certain() ? "certain" : "likely");
    json.field("remedy", finding.remedy()).field("count", finding.count()).end();
  }

  private void stack(String name, List<StackTraceElement> stack) throws IOException {
    json.name(name).array();
    for (int i = 0; i < Math.min(DEEPEST_STACK, stack.size()); i++) {
      json.value(stack.get(i).toString());
    }
    json.end();
  }

  private static @Nullable String frame(@Nullable StackTraceElement frame) {
    return frame == null ? null : frame.toString();
  }

  /**
   * ISO 8601 with milliseconds; without a formatter, for the reason that {@link StopText} gives.
   */
  static String utc(Instant instant) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(instant.getEpochSecond(), instant.getNano(), ZoneOffset.UTC);
    StringBuilder text = new StringBuilder(24).append(time.toLocalDate()).append('T');
    digits(text, time.getHour(), 10).append(':');
    digits(text, time.getMinute(), 10).append(':');
    digits(text, time.getSecond(), 10).append('.');
    return digits(text, time.getNano() / 1_000_000, 100).append('Z').toString();
  }

  private static StringBuilder digits(StringBuilder text, int number, int unit) {
    for (int rest = unit; rest > 1 && number < rest; rest /= 10) {
      text.append('0');
    }
    return text.append(number);
  }

  /** Something that took time. */
  private record Timed(String kind, String path, Duration time) {}

  private static final class Slowest implements Comparator<Timed> {
    @Override
    public int compare(Timed left, Timed right) {
      return right.time().compareTo(left.time());
    }
  }
}
