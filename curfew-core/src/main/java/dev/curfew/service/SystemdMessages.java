// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import dev.curfew.report.WorkCount;
import dev.curfew.task.RootGroup;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said to systemd next, in the words of {@code sd_notify}. For one thread.
 *
 * <p>More time ({@code EXTEND_TIMEOUT_USEC}) is asked for only when something has moved since the
 * last look: a stage began, a task ended, an intake or a resource closed. Time that has passed is
 * no progress, and neither is new work: a stop that hangs is systemd's to end, should its time-out
 * be shorter than the curfew. Nor is time asked for beyond the curfew, when the process ends by
 * itself.
 */
final class SystemdMessages {
  /** How far ahead time is asked for: several looks, so that one that is late does no harm. */
  static final Duration EXTENSION = Duration.ofSeconds(5);

  /**
   * A stop that has begun.
   *
   * @param reason what it is for, such as SIGTERM
   * @param end when the process ends, by the monotonic clock
   * @param counts what the services hold at the moment; any thread may ask
   */
  record StopUnderWay(String reason, long end, Supplier<Counts> counts) {}

  /**
   * What services hold.
   *
   * @param ended tasks that have ended since the start of the process
   * @param tasks tasks that have not
   * @param intakes intakes that are open
   * @param resources resources that are open
   */
  record Counts(long ended, long tasks, int intakes, int resources) {
    static Counts of(List<Member> members) {
      Counts sum = new Counts(0, 0, 0, 0);
      for (Member member : members) {
        RootGroup.Census census = member.root().census();
        WorkCount work = member.root().work();
        sum =
            new Counts(
                sum.ended + work.accepted() - work.open(),
                sum.tasks + work.open(),
                sum.intakes + census.intakes(),
                sum.resources + census.resources());
      }
      return sum;
    }

    /** Whether something has come home since then. */
    boolean isAheadOf(Counts before) {
      return ended > before.ended || intakes < before.intakes || resources < before.resources;
    }
  }

  private boolean saidReady;
  private boolean saidStopping;
  private String saidStage = "";
  private @Nullable Counts said;

  /**
   * The messages that are due, in their order: READY and STOPPING must not share one, because the
   * later one would win.
   *
   * @param ready whether all services were ready at some time
   * @param stop the stop under way, if there is one
   * @param stage of that stop
   * @param last the report, if the stop is over
   */
  List<String> next(
      boolean ready, @Nullable StopUnderWay stop, String stage, @Nullable StopReport last) {
    List<String> messages = new ArrayList<>(2);
    if (ready && !saidReady) {
      saidReady = true;
      messages.add("READY=1\nSTATUS=running");
    }
    String stopping = saidStopping || stop == null ? "" : "STOPPING=1\n";
    saidStopping |= stop != null;
    if (last != null) {
      messages.add(stopping + "STATUS=" + last.line());
    } else if (stop != null) {
      String news = news(stop, stage);
      if (!news.isEmpty()) {
        messages.add(stopping + news);
      }
    }
    return messages;
  }

  /** Empty if nothing is new; the first time something is. */
  private String news(StopUnderWay stop, String stage) {
    Counts before = said;
    String stageBefore = saidStage;
    Counts now = stop.counts().get();
    if (now.equals(before) && stage.equals(stageBefore)) {
      return "";
    }
    said = now;
    saidStage = stage;
    long left = stop.end() - Host.current().nanoTime();
    StringBuilder text = new StringBuilder(128);
    text.append("STATUS=stopping on ").append(stop.reason());
    text.append(stage.isEmpty() ? "" : ": ").append(stage);
    text.append(", tasks=").append(now.tasks());
    text.append(" intakes=").append(now.intakes());
    text.append(" resources=").append(now.resources());
    text.append(", ").append(Math.max(0, left) / 1_000_000_000L).append(" s left");
    boolean moved = before == null || !stage.equals(stageBefore) || now.isAheadOf(before);
    if (moved && left > 0) {
      text.append("\nEXTEND_TIMEOUT_USEC=").append(Math.min(EXTENSION.toNanos(), left) / 1000);
    }
    return text.toString();
  }
}
