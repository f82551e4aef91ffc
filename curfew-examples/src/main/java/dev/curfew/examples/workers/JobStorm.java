// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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

  /** Long enough that what a kill has left is taken over by somebody who is idle. */
  private static final Duration LULL = StormWorker.LEASE.plusMillis(Waits.MARGIN + 1_000);

  private final StormArguments arguments;
  private final Path folder;
  private final PrintStream out;
  private final SplittableRandom random;
  private final @Nullable Server server;
  private final String place;
  private final String queueName = "storm-" + UUID.randomUUID();
  private final SqlJobQueue queue;
  private final JobSource source;
  private final Path events;

  private final List<WorkerProcess> workers = new ArrayList<>();
  private final List<Disturbance> disturbances = new ArrayList<>();
  private final Set<UUID> requeued = new HashSet<>();
  private int started;

  private JobStorm(StormArguments arguments, Path folder, PrintStream out)
      throws IOException, SQLException {
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
      place = server.urlOfQueue();
    }
    queue = Places.open(place, queueName);
    source = new JobSource(queue, random);
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
      worker.signal("KILL"); // Ends one that is frozen, too.
    }
    queue.close();
    if (server != null) {
      if (!server.mayRestart()) {
        server.forget();
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
      all = files.sorted(Comparator.reverseOrder()).toList();
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
      source.putSome(round);
      Thread.sleep(random.nextInt(400));
      disturb();
      replaceEnded();
      if (round % 10 == 5) {
        lull();
      }
      if (round % 20 == 0 || round == arguments.rounds()) {
        out.printf(
            Locale.ROOT,
            "  round %d, %d s: %d jobs put%n",
            round,
            Duration.ofNanos(System.nanoTime() - began).toSeconds(),
            source.accepted().size());
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

  /** Nobody is disturbed for a while, so that it can be seen who is idle beside what is due. */
  private void lull() throws IOException, InterruptedException {
    long end = System.nanoTime() + LULL.toNanos();
    while (System.nanoTime() - end < 0) {
      Thread.sleep(50);
      replaceEnded();
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
    if (!victim.isAlive()) {
      return; // By one of its jobs, which is noted when it is replaced.
    }
    long from = System.currentTimeMillis();
    long at = from;
    int code;
    Disturbance.Type what = type;
    if (type == Disturbance.Type.KILL) {
      victim.signal("KILL");
      at = System.currentTimeMillis();
      code = victim.awaitExit(Duration.ofSeconds(30));
    } else {
      victim.signal("TERM");
      code = victim.awaitExit(Duration.ofMillis(what == Disturbance.Type.TERM ? 30_000 : pause));
      if (code < 0) {
        victim.signal("KILL");
        at = System.currentTimeMillis();
        code = victim.awaitExit(Duration.ofSeconds(30));
      } else {
        what = Disturbance.Type.TERM; // It was quicker than the kill.
      }
    }
    long to = System.currentTimeMillis();
    if (code == 9) {
      what = Disturbance.Type.CRASH; // A job of that kind has met the stop.
      at = to;
    }
    disturbances.add(new Disturbance(what, victim.pid(), from, at, to, code));
  }

  private void freeze(WorkerProcess victim) throws IOException, InterruptedException {
    long from = System.currentTimeMillis();
    victim.signal("STOP");
    long at = System.currentTimeMillis();
    Thread.sleep(StormWorker.LEASE.toMillis() + 500 + random.nextInt(1_000));
    victim.signal("CONT");
    long to = System.currentTimeMillis();
    disturbances.add(new Disturbance(Disturbance.Type.FREEZE, victim.pid(), from, at, to, -1));
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
    disturbances.add(new Disturbance(type, 0, from, from, System.currentTimeMillis(), -1));
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
      long at = lastEventOf(worker.pid());
      long now = System.currentTimeMillis();
      disturbances.add(new Disturbance(Disturbance.Type.CRASH, worker.pid(), at, at, now, code));
    }
  }

  /** A job that ends its process has begun shortly before. */
  private long lastEventOf(long pid) throws IOException {
    return Event.read(events).stream()
            .filter(event -> event.pid() == pid)
            .mapToLong(Event::millis)
            .max()
            .orElse(System.currentTimeMillis())
        + 50;
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
            .filter(job -> job.crashes() >= 3 && !dies(job.id()))
            .map(JobView::id)
            .toList();
    requeued.addAll(queue.requeue(innocent));
  }

  private boolean dies(UUID job) {
    JobSource.Accepted accepted = source.accepted().get(job);
    return accepted == null || accepted.kind().dies();
  }

  // ---- the account

  private boolean report(QueueStats left, Duration calm) throws IOException, InterruptedException {
    for (WorkerProcess worker : workers) {
      worker.awaitReady();
      end(Disturbance.Type.TERM, worker, 0);
    }
    Files.write(
        folder.resolve("disturbances"), disturbances.stream().map(Object::toString).toList());
    List<JobView> dead = queue.list(JobState.DEAD, Integer.MAX_VALUE);
    Weather weather = new Weather(disturbances, !arguments.postgres());
    Verdict verdict = new Verdict(source.accepted(), Event.read(events), dead, requeued, weather);
    List<String> wrong = new ArrayList<>(verdict.wrong());
    if (left.due() + left.later() + left.running() > 0) {
      wrong.add("after " + CALM.toSeconds() + " s of calm there are still: " + left);
    }
    new StormText(arguments, out)
        .print(
            new StormText.Figures(
                source.accepted().size(),
                dead.size(),
                requeued.size(),
                source.refused(),
                calm,
                disturbances),
            verdict,
            wrong);
    return wrong.isEmpty();
  }
}
