// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.worker.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A durable job queue in a PostgreSQL database of its own, with a worker: Curfew's or a peer's. One
 * instance puts jobs, works them off in this JVM, or is the worker of a process of its own.
 */
interface Engine extends AutoCloseable {
  /** How many jobs a worker does at once, whoever's it is. */
  int WORKERS = 10;

  /** The most connections that one instance of a peer may hold: its threads and its own needs. */
  int CONNECTIONS = 16;

  /**
   * After how long without a sign of life the jobs of a worker are given to others. JobRunr's
   * shortest is {@link JobRunrEngine#LEASE}.
   */
  Duration LEASE = Duration.ofSeconds(4);

  /** Puts jobs that are due at once, all in one call; they are durable when this returns. */
  void put(List<String> jobs) throws Exception;

  /** Works in this JVM until it is closed. */
  void start(JobBody body) throws Exception;

  /**
   * Works as this process until a signal ends it, as the project's documentation has it. May
   * return.
   *
   * @param ready run once it works
   * @param budget how long a stop may take
   */
  void serve(JobBody body, Runnable ready, Duration budget) throws Exception;

  /** What its tables say now; asked from outside. */
  Standing standing() throws Exception;

  @Override
  void close();

  /**
   * How the jobs stand that are neither done nor given up.
   *
   * @param open how many there are
   * @param claimed of these, claimed by a worker
   * @param delayMillis until the last of the others is due; zero if all are
   * @param spent attempts counted against them
   */
  record Standing(long open, long claimed, long delayMillis, long spent) {}

  /**
   * Who it is.
   *
   * @param poll how often it looks for jobs that nobody has told it of
   * @param lease after how long the jobs of a process that was killed are given to others
   * @param factory makes it for a database
   */
  record Kind(String name, Duration poll, Duration lease, Factory factory) {
    /** Whether it only shows how long its poll is. */
    boolean onlyPolls() {
      return poll.compareTo(Duration.ofSeconds(1)) > 0;
    }

    boolean ours() {
      return name.startsWith("curfew");
    }

    Engine open(String url) throws Exception {
      return factory.open(url);
    }

    /** The name of its database. */
    String database() {
      return name.replaceAll("[^a-z]", "_");
    }
  }

  /** Opens an engine. */
  interface Factory {
    Engine open(String url) throws Exception;
  }

  /** All of them. */
  static List<Kind> all() {
    return List.of(
        new Kind("curfew", CurfewEngine.POLL, LEASE, url -> new CurfewEngine(url, null)),
        new Kind(
            "db-scheduler",
            DbSchedulerEngine.DEFAULT_POLL,
            LEASE,
            url -> new DbSchedulerEngine(url, null)),
        new Kind(
            "db-scheduler, tuned",
            DbSchedulerEngine.POLL,
            LEASE,
            url -> new DbSchedulerEngine(url, DbSchedulerEngine.Batch.DOCUMENTED)),
        new Kind("JobRunr", JobRunrEngine.POLL, JobRunrEngine.LEASE, JobRunrEngine::new));
  }

  /** These, and one that does nothing else well. */
  static List<Kind> forThroughput() {
    List<Kind> kinds = new ArrayList<>(all());
    kinds.add(
        new Kind(
            "db-scheduler, 1000 prefetched",
            DbSchedulerEngine.POLL,
            LEASE,
            url -> new DbSchedulerEngine(url, DbSchedulerEngine.Batch.HUGE)));
    return kinds;
  }

  /** Curfew's with a limit of requests, which no peer has. */
  static Kind limited() {
    Budget budget = Budget.named("upstream").requests(WORKERS, Duration.ofSeconds(4L * WORKERS));
    return new Kind(
        "curfew, one request in 4 s",
        CurfewEngine.POLL,
        LEASE,
        url -> new CurfewEngine(url, budget));
  }

  static Kind named(String name) {
    List<Kind> kinds = new ArrayList<>(forThroughput());
    kinds.add(limited());
    return kinds.stream()
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no engine " + name + "; there are " + kinds));
  }
}
