// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a run has shown.
 *
 * @param ended how each service ended, in this order
 * @param calls what the upstream has noted down
 */
record DemoResult(DemoOptions options, Jobs jobs, List<Ended> ended, List<Call> calls) {
  private boolean isPlain() {
    return options.mode() == DemoOptions.Mode.PLAIN;
  }

  /** The service that was stopped by SIGTERM under load. */
  Ended stopped() {
    return ended.stream()
        .filter(each -> each.isServing() && !each.killed())
        .findFirst()
        .orElseThrow();
  }

  /** The requests to the service that was stopped by SIGTERM. */
  Requests untilTerm() {
    return stopped().requests();
  }

  /** The requests to the service that was killed; none if it had none. */
  Requests untilKill() {
    return ended.stream()
        .filter(each -> each.killed() && each.isServing())
        .map(Ended::requests)
        .findFirst()
        .orElse(Requests.NONE);
  }

  /** Of each service that did jobs and was not killed: its report beside the upstream's log. */
  List<CrossCheck> crossChecks() {
    return ended.stream().map(each -> each.crossCheck(calls)).filter(Objects::nonNull).toList();
  }

  Pace pace() {
    return Pace.of(calls);
  }

  /** What the mode promises and this run has not kept, a sentence each. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    for (Requests requests : List.of(untilKill(), untilTerm())) {
      expect(broken, requests.addsUp(), "the requests don't add up: " + requests);
    }
    expect(broken, jobs.addsUp(), "the jobs don't add up: " + jobs.accepted() + " were accepted");
    expect(broken, jobs.accepted() > 0, "no job was accepted, so nothing was shown");
    if (isPlain()) {
      return broken; // It promises nothing; what it lost is what the demo is about.
    }
    expect(broken, untilTerm().lost() == 0, untilTerm().lost() + " requests were lost");
    expect(broken, jobs.lost().isEmpty(), "jobs were lost: " + jobs.lost());
    expect(broken, jobs.queued().isEmpty(), "jobs are still in the queue: " + jobs.queued());
    expect(
        broken,
        jobs.unexplained().isEmpty(),
        "jobs were done twice that no kill had cut off: " + jobs.unexplained());
    Set<String> refused = refused();
    for (String dead : jobs.dead()) {
      expect(broken, refused.contains(dead), dead + " is dead, but was never refused for good");
    }
    ended.forEach(each -> broken.addAll(each.broken()));
    crossChecks().forEach(each -> broken.addAll(each.wrong()));
    int allowed = Limits.under(options.rate()).perSecond() * 2;
    expect(broken, pace().calls() <= allowed, pace().calls() + " calls came in a second");
    return broken;
  }

  private Set<String> refused() {
    return calls.stream()
        .filter(call -> call.is(Call.Outcome.REFUSED))
        .map(Call::job)
        .collect(Collectors.toSet());
  }

  private static void expect(List<String> broken, boolean kept, String otherwise) {
    if (!kept) {
      broken.add(otherwise);
    }
  }

  /** The line that every run ends with. */
  String lastLine() {
    return String.format(
        Locale.ROOT,
        "DEMO requests_lost=%d jobs_accepted=%d jobs_delivered=%d jobs_dead=%d duplicates=%d"
            + " jobs_lost=%d exit=%d seconds=%s",
        untilTerm().lost(),
        jobs.accepted(),
        jobs.delivered().size(),
        jobs.dead().size(),
        jobs.duplicates(),
        jobs.lost().size(),
        stopped().exitCode(),
        stopped().seconds());
  }
}
