// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is in a queue, by the jobs' names.
 *
 * @param waiting due, now or later
 * @param inHand claimed by a worker
 * @param dead dead letters
 */
record Left(List<String> waiting, List<String> inHand, List<String> dead) {
  static final Left NOTHING = new Left(List.of(), List.of(), List.of());

  private static final int MOST = 1_000_000;

  static Left in(JobQueue queue) {
    return new Left(
        names(queue, JobState.WAITING),
        names(queue, JobState.RUNNING),
        names(queue, JobState.DEAD));
  }

  /** What the worker of a process has in hand. */
  static List<String> inHandOf(JobQueue queue, long pid) {
    Pattern name = Pattern.compile("\\bpid " + pid + "\\b");
    return queue.list(JobState.RUNNING, MOST).stream()
        .filter(job -> job.worker() != null && name.matcher(job.worker()).find())
        .map(Left::name)
        .toList();
  }

  private static List<String> names(JobQueue queue, JobState state) {
    return queue.list(state, MOST).stream().map(Left::name).toList();
  }

  private static String name(JobView job) {
    return new String(job.payload(), StandardCharsets.UTF_8);
  }

  List<String> queued() {
    return Stream.concat(waiting.stream(), inHand.stream()).toList();
  }
}
