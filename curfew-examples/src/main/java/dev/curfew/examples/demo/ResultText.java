// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.List;
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
    Requests requests = result.requests();
    screen.line("");
    row(
        "requests",
        requests.sent()
            + " sent = "
            + requests.answered()
            + " answered + "
            + count(requests.lost(), "lost")
            + (requests.lostNew() == 0 ? "" : " + " + requests.lostNew() + " never taken"));
    row("", screen.dim("answers by status: " + statuses(requests)));
    if (requests.lost() > 0) {
      row(
          "",
          "lost: "
              + requests.lostInFlight()
              + " in flight, "
              + requests.lostKeptAlive()
              + " on a kept-alive connection that was closed without a word");
    }
    printNeverTaken(requests);
  }

  private void printNeverTaken(Requests requests) {
    if (requests.lostNew() > 0) {
      row("", screen.dim("never taken: sent on a connection opened while the socket closed,"));
      row("", screen.dim("which no server can save; a load balancer sends nothing there by then"));
    }
  }

  private static String statuses(Requests requests) {
    return requests.byStatus().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .map(entry -> entry.getKey() + " ×" + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private void printJobs() {
    Jobs jobs = result.jobs();
    row(
        "jobs",
        jobs.accepted()
            + " accepted = "
            + jobs.completed().size()
            + " completed + "
            + jobs.failed().size()
            + " failed + "
            + jobs.givenBack().size()
            + " given back + "
            + jobs.reported().size()
            + " reported + "
            + count(jobs.lost().size(), "lost"));
    list("given back, the next start takes them up: ", jobs.givenBack());
    list("reported as still running: ", jobs.reported());
    list("lost, although answered with 202: ", jobs.lost());
    printCrossCheck();
  }

  private void printCrossCheck() {
    CrossCheck check = result.crossCheck();
    if (check != null && check.wrong().isEmpty()) {
      row(
          "",
          screen.dim(
              "the report file says the same as the upstream's log: "
                  + check.completed()
                  + " done, "
                  + check.failed()
                  + " failed, "
                  + check.givenBack()
                  + " back"));
    }
  }

  private void printReport() {
    if (result.report().isEmpty()) {
      row("report", screen.dim("none: nobody says what was left"));
    } else if (result.report().lines().count() == 1) {
      row("report", screen.bold(result.report()));
    } else {
      // As the service printed it, so that its lines fit and can be compared.
      row("report", "as the service printed it:");
      screen.line("");
      result.report().lines().forEach(line -> screen.line("    " + weighted(line)));
      screen.line("");
    }
    row("exit", result.exitCode() + ", " + result.seconds() + " s after SIGTERM");
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
    String next =
        switch (result.options().mode()) {
          case CURFEW ->
              """
                Next   ./curfew demo --plain   the same service without Curfew: what it loses
                       ./curfew demo --stuck   with a task and a client that hang: who is named\
              """;
          case PLAIN ->
              """
                Next   ./curfew demo           the same service under Curfew
                       ./curfew demo --stuck   with a task and a client that hang: who is named\
              """;
          case STUCK ->
              """
                Next   ./curfew demo --plain   the same service without Curfew: what it loses
                       ./curfew storm          start and stop it 500 times, and count\
              """;
        };
    next.lines().forEach(screen::line);
    screen.line("");
  }

  private boolean lostNothing() {
    return result.requests().lost() == 0 && result.jobs().lost().isEmpty();
  }

  private String verdict() {
    return switch (result.options().mode()) {
      case CURFEW -> "Nothing was lost, nothing was left pending.";
      case STUCK ->
          "Two things hung. It ended by its curfew all the same, and both are named above.";
      case PLAIN ->
          lostNothing()
              ? "Nothing was lost this time."
              : "Lost: "
                  + result.requests().lost()
                  + " requests and "
                  + result.jobs().lost().size()
                  + " accepted jobs, and nothing says so: the exit code is "
                  + result.exitCode()
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
