// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * For how long jobs were due while a worker had nothing to do. Idle is a process that is ready, was
 * not disturbed, and runs no attempt; and not in the time of a lease after somebody was killed, who
 * may have claimed the job.
 */
final class Waits {
  /** For how long an idle worker may leave a job that is due: a look, and a busy machine. */
  static final long MARGIN = 1_500;

  private record Span(long from, long to) {
    long length() {
      return to - from;
    }
  }

  private final Weather weather;
  private final List<Span> idle = new ArrayList<>();

  Waits(Weather weather, List<Event> events, List<Attempt> attempts) {
    this.weather = weather;
    Map<Long, List<Attempt>> byProcess = new HashMap<>();
    attempts.forEach(one -> byProcess.computeIfAbsent(one.pid(), p -> new ArrayList<>()).add(one));
    for (Event event : events) {
      if (event.type() == Event.Type.READY) {
        addIdle(event, byProcess.getOrDefault(event.pid(), List.of()));
      }
    }
  }

  private void addIdle(Event ready, List<Attempt> attempts) {
    long end = weather.endOf(ready.pid());
    for (Disturbance one : weather.all()) {
      if (one.pid() == ready.pid() && one.exitCode() >= 0) {
        end = Math.min(end, one.from());
      }
    }
    List<Span> spans = new ArrayList<>();
    long since = ready.millis();
    for (Attempt one : attempts) { // In the order in which they began.
      if (one.begin() > since) {
        spans.add(new Span(since, Math.min(end, one.begin())));
      }
      since = Math.max(since, one.end());
    }
    spans.add(new Span(since, end));
    for (Disturbance one : weather.all()) {
      spans = without(spans, one, ready.pid());
    }
    idle.addAll(spans);
  }

  private static List<Span> without(List<Span> spans, Disturbance one, long pid) {
    long until;
    if (one.type().isOfServer() || one.type() == Disturbance.Type.FREEZE) {
      until = one.to() + Weather.RETURN + StormWorker.LEASE.toMillis();
    } else if (one.type().kills()) {
      until = one.at() + StormWorker.LEASE.toMillis();
    } else if (one.pid() == pid) {
      until = one.to();
    } else {
      return spans;
    }
    List<Span> left = new ArrayList<>();
    for (Span span : spans) {
      if (span.to <= one.from() || span.from >= until) {
        left.add(span);
        continue;
      }
      if (span.from < one.from()) {
        left.add(new Span(span.from, one.from()));
      }
      if (span.to > until) {
        left.add(new Span(until, span.to));
      }
    }
    return left;
  }

  /** The longest time in which somebody was idle while this was due. */
  long longestIdle(long due, long begun) {
    long longest = 0;
    for (Span span : idle) {
      long both = Math.min(span.to, begun) - Math.max(span.from, due);
      longest = Math.max(longest, both);
    }
    return longest;
  }

  /** For how long anybody was idle, in all: what the figure above is worth. */
  long idleSeconds(long until) {
    return idle.stream()
            .map(span -> new Span(span.from, Math.min(span.to, until)))
            .mapToLong(span -> Math.max(0, span.length()))
            .sum()
        / 1_000;
  }
}
