// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The result for people. */
final class ResultText {
  private final DemoResult result;
  private final Screen screen;

  ResultText(DemoResult result, Screen screen) {
    this.result = result;
    this.screen = screen;
  }

  void print() {
    printRequests();
    printJobs();
    printReport();
    printVerdict();
  }

  private void printRequests() {
    Requests killed = result.untilKill();
    Requests stopped = result.untilTerm();
    screen.line("");
    if (killed.sent() > 0) {
      long cut = killed.lost() + killed.lostNew();
      row(
          "requests",
          String.format("%d until the kill -9 = %d answered", killed.sent(), killed.answered())
              + String.format(" + %d cut off by it, in flight", cut));
    }
    row(
        killed.sent() > 0 ? "" : "requests",
        String.format("%d until the SIGTERM = %d answered + ", stopped.sent(), stopped.answered())
            + count(stopped.lost(), "lost")
            + (stopped.lostNew() == 0 ? "" : " + " + stopped.lostNew() + " never taken"));
    row("", screen.dim("answers by status: " + statuses(killed, stopped)));
    if (killed.byStatus().containsKey(502) || stopped.byStatus().containsKey(502)) {
      row("", screen.dim("502 is an answer, too: the upstream fails now and then, on purpose"));
    }
    if (stopped.lost() > 0) {
      row(
          "",
          "lost: "
              + stopped.lostInFlight()
              + " in flight, "
              + stopped.lostKeptAlive()
              + " on a kept-alive connection that was closed without a word");
    }
    printNeverTaken(stopped);
  }

  private void printNeverTaken(Requests requests) {
    if (requests.lostNew() > 0) {
      row("", screen.dim("never taken: sent on a connection opened while the socket closed,"));
      row("", screen.dim("which no server can save; a load balancer sends nothing there by then"));
    }
  }

  private static String statuses(Requests... requests) {
    Map<Integer, Long> sums = new TreeMap<>();
    for (Requests each : requests) {
      each.byStatus().forEach((status, count) -> sums.merge(status, count, Long::sum));
    }
    return sums.entrySet().stream()
        .map(entry -> entry.getKey() + " ×" + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private void printJobs() {
    Jobs jobs = result.jobs();
    row(
        "jobs",
        jobs.accepted()
            + " accepted = "
            + jobs.delivered().size()
            + " delivered + "
            + jobs.dead().size()
            + " refused for good + "
            + (jobs.queued().isEmpty() ? "" : jobs.queued().size() + " still in the queue + ")
            + count(jobs.lost().size(), "lost"));
    if (result.options().mode() == DemoOptions.Mode.PLAIN) {
      List<String> killed = lost("job-1-");
      List<String> stopped = lost("job-2-");
      list(killed.size() + " lost by the kill -9, although answered with 202: ", killed);
      list(stopped.size() + " lost by the SIGTERM, although answered with 202: ", stopped);
      return;
    }
    list("refused by the upstream, and kept in the queue as dead letters: ", jobs.dead());
    list("lost, although answered with 202: ", jobs.lost());
    printTwice(jobs);
    if (jobs.unanswered() > 0) {
      row(
          "",
          jobs.unanswered() + " more was put and delivered, its 202 was cut off by the kill -9");
    }
    printCrossCheck();
    printPace();
  }

  private void printTwice(Jobs jobs) {
    if (!jobs.unexplained().isEmpty()) {
      list("delivered twice, without a kill that explains it: ", jobs.unexplained());
    } else if (jobs.duplicates() > 0) {
      row(
          "",
          jobs.duplicates()
              + " of them delivered twice: in hand at the kill -9, their end not noted down;");
      row("", "the upstream was sent the same idempotency key again, by which it can tell");
    } else if (result.ended().stream().anyMatch(Ended::killed)) {
      row("", "none of them delivered twice: none had just been done at the kill -9");
    }
  }

  private List<String> lost(String prefix) {
    return result.jobs().lost().stream().filter(job -> job.startsWith(prefix)).toList();
  }

  private void printCrossCheck() {
    List<CrossCheck> checks = result.crossChecks();
    if (!checks.isEmpty() && checks.stream().allMatch(check -> check.wrong().isEmpty())) {
      row(
          "",
          screen.dim(
              String.format(
                  "%s the same as the upstream's log: %d done, %d failed attempts, %d back",
                  checks.size() == 1 ? "the report says" : checks.size() + " reports say",
                  sum(checks, CrossCheck::done),
                  sum(checks, CrossCheck::failed),
                  sum(checks, CrossCheck::givenBack))));
    }
  }

  private static long sum(List<CrossCheck> checks, ToLongFunction<CrossCheck> figure) {
    return checks.stream().mapToLong(figure).sum();
  }

  private void printPace() {
    Limits limits = Limits.under(result.options().rate());
    Pace pace = result.pace();
    row(
        "budget",
        String.format(
            "%d calls and %d tokens a second; the upstream has seen %d and %d at most",
            limits.perSecond(), limits.tokensPerSecond(), pace.calls(), pace.tokens()));
    if (pace.calls() > limits.perSecond()) {
      row(
          "",
          screen.dim("more than that after a rest or a start: a budget saves up what it holds"));
    }
  }

  private void printReport() {
    Ended stopped = result.stopped();
    String report = stopped.report();
    if (report.isEmpty()) {
      row("report", screen.dim("none: nobody says what was left"));
    } else if (report.lines().count() == 1) {
      row("report", screen.bold(report));
    } else {
      // As the service printed it, so that its lines fit and can be compared.
      row("report", "as the service printed it:");
      screen.line("");
      report.lines().forEach(line -> screen.line("    " + weighted(line)));
      screen.line("");
    }
    row("exit", stopped.exitCode() + ", " + stopped.seconds() + " s after SIGTERM");
    screen.line("");
  }

  private String weighted(String line) {
    return switch (line.strip().split(" ", 2)[0]) {
      case "CURFEW", "pending", "resource" -> screen.bold(line);
      case "now", "hung", "cause", "mend" -> line;
      default -> screen.dim(line);
    };
  }

  private void printVerdict() {
    List<String> broken = result.broken();
    for (String what : broken) {
      screen.line("  " + screen.judged(false, "not as promised: " + what));
    }
    if (broken.isEmpty()) {
      screen.line("  " + screen.judged(lostNothing(), verdict()));
    }
    screen.line("");
    String label = "Next";
    for (DemoOptions.Mode other : DemoOptions.Mode.values()) {
      if (other != result.options().mode()) {
        String command = ("./curfew demo " + other.option()).strip();
        screen.line(String.format("  %-4s   %-25s %s", label, command, other.promise()));
        label = "";
      }
    }
    screen.line("");
  }

  private boolean lostNothing() {
    return result.untilTerm().lost() == 0 && result.jobs().lost().isEmpty();
  }

  private String verdict() {
    return switch (result.options().mode()) {
      case CURFEW -> "Killed once, stopped once: no job was lost, and no request by the stop.";
      case POSTGRES ->
          "A worker was killed, another and the front were stopped: no job, no request was lost.";
      case STUCK ->
          "Two things hung. It ended by its curfew all the same, and both are named above.";
      case PLAIN ->
          lostNothing()
              ? "Nothing was lost this time."
              : "Lost: "
                  + result.untilTerm().lost()
                  + " requests and "
                  + result.jobs().lost().size()
                  + " accepted jobs, and nothing says so: the exit code is "
                  + result.stopped().exitCode()
                  + " whatever was lost.";
    };
  }

  private String count(long lost, String what) {
    return screen.judged(lost == 0, lost + " " + what);
  }

  private void list(String what, List<String> jobs) {
    if (!jobs.isEmpty()) {
      String first = jobs.stream().limit(3).collect(Collectors.joining(" "));
      row("", screen.dim(what + first + (jobs.size() > 3 ? " … " + jobs.getLast() : "")));
    }
  }

  private void row(String name, String text) {
    screen.line(String.format("  %-8s  %s", name, text));
  }
}
