// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Worker processes on one queue, disturbed at random, and an account of each job afterwards. A
 * round is one disturbance: a stop, a kill, a stop that becomes a kill, a process that freezes for
 * longer than its lease; with PostgreSQL also a server that is restarted, or crashes, or loses all
 * its connections.
 */
final class JobStorm {
  private static final Duration CALM = Duration.ofMinutes(2);

  private final StormArguments arguments;
  private final Path folder;
  private final PrintStream out;
  private final SplittableRandom random;
  private final @Nullable Server server;
  private final String place;
  private final String queueName = "storm-" + UUID.randomUUID();
  private final SqlJobQueue queue;
  private final Path events;

  private final List<WorkerProcess> workers = new ArrayList<>();
  private final List<Disturbance> disturbances = new ArrayList<>();
  private final Map<UUID, Kind> put = new HashMap<>();
  private int started;
  private int refused;
  private int requeued;

  private JobStorm(StormArguments arguments, Path folder, PrintStream out) throws IOException {
    this.arguments = arguments;
    this.folder = folder;
    this.out = out;
    random = new SplittableRandom(arguments.seed());
    events = folder.resolve("events");
    if (!arguments.postgres()) {
      server = null;
      place = folder.resolve("jobs.db").toString();
    } else {
      server = arguments.url() == null ? Server.start(folder) : Server.existing(arguments.url());
      place = server.url();
    }
    queue = Places.open(place, queueName);
  }

  /** Runs it; whether all was as it must be. */
  static boolean run(StormArguments arguments, PrintStream out)
      throws IOException, InterruptedException, SQLException {
    Path folder = Files.createTempDirectory("curfew-storm");
    JobStorm storm = new JobStorm(arguments, folder, out);
    boolean good = false;
    try {
      good = storm.run();
    } finally {
      storm.end(good);
    }
    return good;
  }

  private void end(boolean good) throws IOException, InterruptedException, SQLException {
    for (WorkerProcess worker : workers) {
      worker.signal("CONT");
      worker.signal("KILL");
    }
    queue.close();
    if (server != null) {
      if (!server.mayRestart()) {
        server.forget(queueName);
      }
      server.close();
    }
    if (good && !arguments.keep()) {
      deleteFolder();
    } else {
      out.println("  kept      " + folder);
    }
  }

  private void deleteFolder() throws IOException {
    List<Path> all;
    try (var files = Files.walk(folder)) {
      all = files.sorted(java.util.Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  // ---- rounds

  private boolean run() throws IOException, InterruptedException, SQLException {
    int processes = arguments.postgres() ? 3 : 2;
    out.printf(
        Locale.ROOT,
        "Storm over %d worker processes on %s: %d rounds, seed %d; curfew %d s, lease %d s%n",
        processes,
        arguments.postgres() ? "PostgreSQL" : "SQLite",
        arguments.rounds(),
        arguments.seed(),
        StormWorker.CURFEW.toSeconds(),
        StormWorker.LEASE.toSeconds());
    for (int i = 0; i < processes; i++) {
      workers.add(start());
    }
    long began = System.nanoTime();
    for (int round = 1; round <= arguments.rounds(); round++) {
      putSome(round);
      Thread.sleep(random.nextInt(400));
      disturb();
      replaceEnded();
      if (round % 20 == 0 || round == arguments.rounds()) {
        out.printf(
            Locale.ROOT,
            "  round %d, %d s: %d jobs put%n",
            round,
            Duration.ofNanos(System.nanoTime() - began).toSeconds(),
            put.size());
      }
    }
    long calm = System.nanoTime();
    QueueStats left = calmDown();
    return report(left, Duration.ofNanos(System.nanoTime() - calm));
  }

  private WorkerProcess start() throws IOException {
    return WorkerProcess.start(
        folder.resolve("worker-" + ++started + ".log"),
        List.of(place, queueName, events.toString()));
  }

  private void putSome(int round) throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      put(choose(round, i));
    }
  }

  private Kind choose(int round, int i) {
    if (round % 40 == 7 && i == 0) {
      return Kind.CRASH;
    }
    int dice = random.nextInt(100);
    if (dice < 50) {
      return Kind.SHORT;
    }
    if (dice < 53) {
      return Kind.LONG;
    }
    if (dice < 54) {
      return Kind.STUBBORN;
    }
    if (dice < 58) {
      return Kind.POISON;
    }
    if (dice < 72) {
      return Kind.FLAKY;
    }
    if (dice < 76) {
      return Kind.LIMITED;
    }
    return dice < 88 ? Kind.THROTTLED : Kind.UNIQUE;
  }

  private void put(Kind kind) throws InterruptedException {
    String key = kind == Kind.UNIQUE ? "key-" + random.nextInt(5) : "-";
    NewJob job = NewJob.of(kind + " " + key).withPriority(random.nextInt(3) - 1);
    if (kind == Kind.UNIQUE) {
      job = job.withUniqueKey(key);
    }
    if (random.nextInt(5) == 0) {
      job = job.in(Duration.ofMillis(random.nextInt(1_500)));
    }
    for (int attempt = 1; ; attempt++) {
      try {
        Put answer = queue.put(job); // Again with the same id, if it is not known.
        if (answer.id().equals(job.id())) {
          put.put(job.id(), kind);
        }
        return;
      } catch (QueueException e) {
        refused++;
        if (attempt == 60) {
          throw e;
        }
        Thread.sleep(200);
      }
    }
  }

  private void disturb() throws IOException, InterruptedException, SQLException {
    WorkerProcess victim = workers.get(random.nextInt(workers.size()));
    victim.awaitReady();
    int dice = random.nextInt(server == null ? 85 : 100);
    if (dice < 30) {
      end(Disturbance.Type.TERM, victim, 0);
    } else if (dice < 55) {
      end(Disturbance.Type.KILL, victim, 0);
    } else if (dice < 75) {
      end(Disturbance.Type.TERM_THEN_KILL, victim, random.nextInt(1_500));
    } else if (dice < 85 || server == null) {
      freeze(victim);
    } else {
      disturbServer(server, dice);
    }
  }

  private void end(Disturbance.Type type, WorkerProcess victim, int pause)
      throws IOException, InterruptedException {
    long from = System.currentTimeMillis();
    if (type == Disturbance.Type.KILL) {
      victim.signal("KILL");
    } else {
      victim.signal("TERM");
    }
    int code =
        victim.awaitExit(
            type == Disturbance.Type.TERM_THEN_KILL
                ? Duration.ofMillis(pause)
                : Duration.ofSeconds(30));
    long to = System.currentTimeMillis();
    if (type == Disturbance.Type.TERM_THEN_KILL && code >= 0) {
      type = Disturbance.Type.TERM; // It was quicker.
    } else if (type == Disturbance.Type.TERM_THEN_KILL) {
      victim.signal("KILL");
      code = victim.awaitExit(Duration.ofSeconds(30));
      to = System.currentTimeMillis();
    }
    if (type == Disturbance.Type.TERM && code == 9) {
      type = Disturbance.Type.CRASH; // A job of that kind has met the stop.
    }
    disturbances.add(new Disturbance(type, victim.pid(), from, to, code));
  }

  private void freeze(WorkerProcess victim) throws IOException, InterruptedException {
    long from = System.currentTimeMillis();
    victim.signal("STOP");
    Thread.sleep(StormWorker.LEASE.toMillis() + 500 + random.nextInt(1_000));
    victim.signal("CONT");
    disturbances.add(
        new Disturbance(
            Disturbance.Type.FREEZE, victim.pid(), from, System.currentTimeMillis(), -1));
  }

  private void disturbServer(Server one, int dice)
      throws IOException, InterruptedException, SQLException {
    long from = System.currentTimeMillis();
    Disturbance.Type type =
        dice < 90 || !one.mayRestart()
            ? Disturbance.Type.CUT_CONNECTIONS
            : dice < 95 ? Disturbance.Type.RESTART_SERVER : Disturbance.Type.CRASH_SERVER;
    if (type == Disturbance.Type.CUT_CONNECTIONS) {
      one.cutConnections();
    } else {
      one.restart(type == Disturbance.Type.CRASH_SERVER);
    }
    disturbances.add(new Disturbance(type, 0, from, System.currentTimeMillis(), -1));
  }

  /** Starts another for each that has ended, by us or by one of its jobs. */
  private void replaceEnded() throws IOException, InterruptedException {
    for (int i = 0; i < workers.size(); i++) {
      WorkerProcess worker = workers.get(i);
      if (!worker.isAlive()) {
        noteCrash(worker);
        workers.set(i, start());
      }
    }
  }

  private void noteCrash(WorkerProcess worker) throws IOException, InterruptedException {
    int code = worker.awaitExit(Duration.ofSeconds(5));
    if (disturbances.stream().noneMatch(one -> one.pid() == worker.pid() && one.exitCode() >= 0)) {
      if (code == 1 && worker.output().contains("START_FAILED") && serverWasAway()) {
        return; // Whoever runs it starts it again, as is done here.
      }
      if (code != 9) {
        throw new IOException(
            "a worker ended with " + code + " by itself; it printed:\n" + worker.output());
      }
      long now = System.currentTimeMillis();
      disturbances.add(
          new Disturbance(Disturbance.Type.CRASH, worker.pid(), now - 3_000, now, code));
    }
  }

  private boolean serverWasAway() {
    long lately = System.currentTimeMillis() - 30_000;
    return disturbances.stream().anyMatch(one -> one.type().isOfServer() && one.to() > lately);
  }

  /** Nobody is disturbed any more: what is left must be done. */
  private QueueStats calmDown() throws IOException, InterruptedException {
    long limit = System.nanoTime() + CALM.toNanos();
    requeueInnocent();
    QueueStats stats = queue.stats();
    while (stats.due() + stats.later() + stats.running() > 0 && System.nanoTime() - limit < 0) {
      replaceEnded();
      Thread.sleep(50);
      requeueInnocent();
      stats = queue.stats();
    }
    return stats;
  }

  /**
   * Who is in flight at three kills is dead, because it might have been the cause. Here we know
   * that it was not, and do what an operator would.
   */
  private void requeueInnocent() {
    List<UUID> innocent =
        queue.list(JobState.DEAD, Integer.MAX_VALUE).stream()
            .filter(job -> job.crashes() >= 3 && !put.getOrDefault(job.id(), Kind.CRASH).dies())
            .map(JobView::id)
            .toList();
    requeued += queue.requeue(innocent).size();
  }

  // ---- the account

  private boolean report(QueueStats left, Duration calm) throws IOException, InterruptedException {
    for (WorkerProcess worker : workers) {
      worker.awaitReady();
      end(Disturbance.Type.TERM, worker, 0);
    }
    List<JobView> dead = queue.list(JobState.DEAD, Integer.MAX_VALUE);
    Verdict verdict = new Verdict(put, Event.read(events), dead, disturbances);
    List<String> wrong = new ArrayList<>(verdict.wrong());
    if (left.due() + left.later() + left.running() > 0) {
      wrong.add("after " + CALM.toSeconds() + " s of calm there are still: " + left);
    }
    long slowest =
        disturbances.stream()
            .filter(Disturbance::isGraceful)
            .mapToLong(Disturbance::took)
            .max()
            .orElse(0);
    int twice = verdict.duplicates().values().stream().mapToInt(Integer::intValue).sum();
    out.println();
    line("rounds", Verdict.count(disturbances).toString().toLowerCase(Locale.ROOT));
    line(
        "jobs",
        put.size() + " put, " + verdict.effects() + " effects, " + dead.size() + " dead letters");
    line("twice", twice == 0 ? "none" : twice + ", each in flight at: " + verdict.duplicates());
    line("innocent", requeued + " had been in flight at three kills, and were requeued");
    line("puts", refused + " had to be tried again");
    line("slowest", "graceful stop " + slowest + " ms, of a curfew of 3000");
    line("calm", "all that was left was done after " + calm.toMillis() + " ms");
    line("lost", Integer.toString(verdict.lost()));
    wrong.stream().limit(20).forEach(sentence -> line("WRONG", sentence));
    out.println();
    out.printf(
        Locale.ROOT,
        "STORM queue=%s rounds=%d jobs=%d lost=%d twice=%d dead=%d wrong=%d slowest_stop_ms=%d%n",
        arguments.postgres() ? "postgres" : "sqlite",
        arguments.rounds(),
        put.size(),
        verdict.lost(),
        twice,
        dead.size(),
        wrong.size(),
        slowest);
    return wrong.isEmpty();
  }

  private void line(String name, String text) {
    out.printf(Locale.ROOT, "  %-9s %s%n", name, text);
  }
}
