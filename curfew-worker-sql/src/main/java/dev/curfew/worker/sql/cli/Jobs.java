// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * {@code curfew jobs}: shows what is in a queue, requeues and drops. Exit codes: 0 done, 1 not
 * found or not possible, 2 usage, 3 the queue can't be opened.
 */
public final class Jobs {
  private static final int BATCH = 500;

  private final JobQueue queue;
  private final JobsArguments arguments;
  private final PrintStream out;
  private final PrintStream err;

  private Jobs(JobQueue queue, JobsArguments arguments, PrintStream out, PrintStream err) {
    this.queue = queue;
    this.arguments = arguments;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs the command and ends the JVM.
   *
   * @param args see {@code ./curfew help}
   */
  public static void main(String... args) {
    System.exit(run(System.out, System.err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    JobsArguments arguments;
    JobQueue opened;
    try {
      arguments = JobsArguments.of(args);
      opened = open(arguments);
    } catch (UsageException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return 2;
    } catch (QueueException e) {
      err.println("curfew jobs: " + e.getMessage());
      return 3;
    }
    try (JobQueue queue = opened) {
      return new Jobs(queue, arguments, out, err).run();
    } catch (QueueException e) {
      err.println("curfew jobs: " + e.getMessage());
      return 3;
    } catch (IOException e) {
      err.println("curfew jobs: can't print: " + e);
      return 1;
    }
  }

  private static JobQueue open(JobsArguments arguments) {
    return arguments.file() != null
        ? SqlJobQueue.sqlite(arguments.file(), arguments.options())
        : SqlJobQueue.postgres(Objects.requireNonNull(arguments.url()), arguments.options());
  }

  private int run() throws IOException {
    return switch (arguments.action()) {
      case STATS -> {
        print(
            arguments.json()
                ? JobsJson.stats(queue.stats())
                : JobsText.stats(arguments.options().queue(), queue.stats()));
        yield 0;
      }
      case LIST -> list();
      case SHOW -> show();
      case REQUEUE, DROP -> change();
    };
  }

  private void print(String text) {
    out.print(text);
    out.flush();
  }

  private int list() throws IOException {
    // One more than is shown tells whether there are more; there is no more than the last int.
    int asked = Math.max(arguments.most(), arguments.most() + 1);
    List<JobView> found = queue.list(arguments.state(), asked);
    boolean more = found.size() > arguments.most();
    List<JobView> shown = more ? found.subList(0, arguments.most()) : found;
    print(
        arguments.json()
            ? JobsJson.list(shown, more)
            : JobsText.list(arguments.state(), shown, more));
    return 0;
  }

  private int show() throws IOException {
    List<JobView> found = new ArrayList<>();
    int missing = 0;
    for (UUID id : arguments.ids()) {
      Optional<JobView> job = queue.find(id);
      if (job.isPresent()) {
        found.add(job.get());
      } else {
        missing++;
        err.println("curfew jobs: no job " + id + " in this queue; one that is done leaves it");
      }
    }
    if (arguments.json()) {
      print(JobsJson.list(found, false));
    } else {
      for (JobView job : found) {
        print(JobsText.show(job));
      }
    }
    return missing == 0 ? 0 : 1;
  }

  private int change() throws IOException {
    boolean requeue = arguments.action() == JobsArguments.Action.REQUEUE;
    List<UUID> done = new ArrayList<>();
    if (arguments.all()) {
      changeAll(requeue, done);
    } else {
      done.addAll(change(requeue, arguments.ids()));
      List<UUID> left = new ArrayList<>(arguments.ids());
      left.removeAll(done);
      for (UUID id : left) {
        err.println("curfew jobs: " + id + " was left as it is: " + why(id));
      }
    }
    String word = requeue ? "requeued" : "dropped";
    print(
        arguments.json()
            ? JobsJson.changed(word, done)
            : JobsText.count(done.size(), "job") + " " + word + "\n");
    return arguments.all() || done.size() == arguments.ids().size() ? 0 : 1;
  }

  /** Each once, because some stay: those that can't be changed, and those that wait still. */
  private void changeAll(boolean requeue, List<UUID> done) {
    Set<UUID> seen = new HashSet<>();
    for (; ; ) {
      // Workers take some of them meanwhile, so it can't be told how many are to be skipped.
      List<UUID> ids =
          queue.list(arguments.state(), seen.size() + BATCH).stream()
              .map(JobView::id)
              .filter(seen::add)
              .toList();
      if (ids.isEmpty()) {
        return;
      }
      done.addAll(change(requeue, ids));
    }
  }

  private List<UUID> change(boolean requeue, List<UUID> ids) {
    return requeue ? queue.requeue(ids) : queue.drop(ids);
  }

  private String why(UUID id) {
    return queue
        .find(id)
        .map(job ->
            switch (job.state()) {
              case RUNNING -> "it runs, at " + JobsText.printable("" + job.worker());
              case DEAD, WAITING ->
                  "another job has its unique key, " + JobsText.printable("" + job.uniqueKey());
            })
        .orElse("it is not in this queue");
  }
}
