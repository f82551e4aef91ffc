// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.examples.demo.ServiceSettings.Role;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.QueueStats;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a run, what is done to them, and what is seen of it. Closing it ends them. Used
 * by one thread.
 */
final class Scene implements AutoCloseable {
  private final DemoOptions options;
  private final Path folder;
  private final Narrator narrator;
  private final JobStore jobs;
  private final Path calls;
  private final Child upstream;
  private final URI upstreamUri;

  /** A queue that is open all the time; null if it is opened for each look. */
  private final @Nullable JobQueue watched;

  private final List<Child> alive = new ArrayList<>();
  private final List<Ended> ended = new ArrayList<>();
  private final Set<String> accepted = new HashSet<>();
  private final Set<String> inHand = new HashSet<>();
  private int starts;
  private int attacks;

  /** The load that is under way; null if none is. */
  private @Nullable Attack attack;

  private record Attack(Running service, Load load, Tally tally) {}

  private Scene(DemoOptions options, Path folder, Screen screen, JobStore jobs)
      throws IOException, InterruptedException {
    this.options = options;
    this.folder = folder;
    this.jobs = jobs;
    calls = folder.resolve("upstream.calls");
    narrator = new Narrator(screen, calls);
    Path portFile = folder.resolve("upstream.port");
    List<String> arguments =
        List.of(portFile.toString(), calls.toString(), Long.toString(options.seed()));
    upstream = Child.start("upstream", Upstream.class, folder, arguments);
    boolean ready = false;
    try {
      upstreamUri = URI.create("http://127.0.0.1:" + Handshake.awaitPort(portFile, upstream));
      watched = jobs.isShared() ? jobs.open() : null;
      ready = true;
    } finally {
      if (!ready) {
        upstream.close();
      }
    }
  }

  /** Starts the upstream. */
  static Scene open(DemoOptions options, Path folder, Screen screen, JobStore jobs)
      throws IOException, InterruptedException {
    Scene scene = new Scene(options, folder, screen, jobs);
    scene.narrator.process(scene.upstream, "20 to 300 ms an answer, 7 % of them fail");
    return scene;
  }

  // ---- services

  /** Starts a service, and waits until it says that it is ready. */
  Running start(Role role, Limits limits, boolean stuck, String what)
      throws IOException, InterruptedException {
    return ready(begin(role, limits, stuck, what));
  }

  /** Starts a service, and does not wait for it. */
  Running begin(Role role, Limits limits, boolean stuck, String what) throws IOException {
    String name = role == Role.BOTH ? "service" : role.name().toLowerCase(Locale.ROOT);
    starts++;
    String run = name + "-" + starts;
    Path own = Files.createDirectory(folder.resolve(run));
    Duration curfew = options.mode().curfew();
    ServiceSettings settings =
        new ServiceSettings(run, role, upstreamUri, limits, jobs, own, curfew, stuck);
    Child child = Child.start(name, options.mode().service(), own, settings.toArguments());
    alive.add(child);
    narrator.process(child, what);
    return new Running(settings, child, 0);
  }

  /** It has said that it is ready. */
  Running ready(Running service) throws IOException, InterruptedException {
    int port = Handshake.awaitPort(service.settings().portFile(), service.child());
    return new Running(service.settings(), service.child(), port);
  }

  /** Keeps a service under load for so long: under the load that it has, if it has one. */
  void load(Running service, double seconds) throws IOException, InterruptedException {
    Attack now = attack == null ? attack(service) : attack;
    long begin = System.nanoTime();
    for (int tick = 1; tick <= seconds * 10; tick++) {
      sleepUntil(begin + tick * 100_000_000L);
      requireAlive(service.child());
      narrator.progress(tick, now.tally, accepted.size());
    }
  }

  private Attack attack(Running service) throws IOException, InterruptedException {
    attacks++;
    Tally tally = new Tally();
    String prefix = "job-" + attacks + "-";
    Load load = new Load(service.port(), options.rate(), options.seed() + attacks, prefix, tally);
    Handshake.awaitServing(load, service.child());
    narrator.begin(options);
    load.start();
    Attack begun = new Attack(service, load, tally);
    attack = begun;
    return begun;
  }

  // ---- signals

  /** Kills it, and notes down what it had in hand. */
  void kill(Running service) throws IOException, InterruptedException {
    awaitCalls(service);
    Attack now = attackOn(service);
    narrator.line("kill -9", underway(service, now));
    long signalled = System.nanoTime();
    service.child().kill();
    if (now != null) {
      now.load.halt();
    }
    OptionalInt exit = service.child().awaitExit(Duration.ofSeconds(10));
    end(service, true, exit, Duration.ofNanos(System.nanoTime() - signalled));
    if (options.mode() == DemoOptions.Mode.PLAIN) {
      narrator.line("", "gone, and with it all that its pool had");
      return;
    }
    List<String> held = look(queue -> Left.inHandOf(queue, service.pid()));
    inHand.addAll(held);
    long waiting = look(queue -> queue.stats().due() + queue.stats().later());
    narrator.line(
        "", "gone, with " + held.size() + " jobs in hand; " + waiting + " wait in the queue");
  }

  /** On a slow machine it may have called nobody yet: to kill it then would show nothing. */
  private void awaitCalls(Running service) throws IOException, InterruptedException {
    long giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    String run = service.settings().run();
    while (Call.read(calls).stream().noneMatch(call -> call.run().equals(run))) {
      requireAlive(service.child());
      if (System.nanoTime() > giveUp) {
        throw new IOException(run + " called nobody within 30 s");
      }
      Thread.sleep(20);
    }
  }

  /**
   * Looks into the queue. A file is opened for that only now, so that nobody helps it to survive a
   * kill; a server is watched all the time, because others soon take over what a worker had.
   */
  private <T> T look(Function<JobQueue, T> at) {
    if (watched != null) {
      return at.apply(watched);
    }
    try (JobQueue queue = jobs.open()) {
      return at.apply(queue);
    }
  }

  /** Stops it by SIGTERM. */
  void terminate(Running service) throws IOException, InterruptedException {
    ready(service); // Before that, the signals are not its own.
    Attack now = attackOn(service);
    narrator.line("SIGTERM", underway(service, now));
    if (now != null) {
      now.load.stopping();
    }
    long signalled = System.nanoTime();
    service.child().terminate();
    long giveUp = signalled + service.settings().curfew().plusSeconds(20).toNanos();
    OptionalInt exit = OptionalInt.empty();
    for (int tick = 1; exit.isEmpty() && System.nanoTime() < giveUp; tick++) {
      exit = service.child().awaitExit(Duration.ofMillis(100));
      if (exit.isEmpty() && attack != null) {
        narrator.progress(tick, attack.tally, accepted.size());
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - signalled);
    if (exit.isEmpty()) {
      service.child().kill();
    }
    end(service, false, exit, took);
    String code = exit.isPresent() ? "" + exit.getAsInt() : "by kill -9, it did not end";
    narrator.line("", "gone " + ended.getLast().seconds() + " s later: exit " + code);
  }

  private static String underway(Running service, @Nullable Attack attack) {
    String who = service.child().name() + ", pid " + service.pid();
    return attack == null
        ? who
        : who
            + ": "
            + attack.tally.inFlight()
            + " requests in flight, "
            + attack.tally.connectionsOpen()
            + " connections open";
  }

  private @Nullable Attack attackOn(Running service) {
    return attack != null && attack.service.child() == service.child() ? attack : null;
  }

  /** It has ended, and with it the load that was on it. */
  private void end(Running service, boolean killed, OptionalInt exit, Duration took)
      throws IOException, InterruptedException {
    alive.remove(service.child());
    Requests requests = Requests.NONE;
    Attack over = attackOn(service);
    if (over != null) {
      over.load.end();
      attack = null;
      accepted.addAll(over.tally.acceptedJobs());
      requests = over.tally.requests();
    }
    ended.add(service.ended(killed, exit.orElse(-1), took, requests));
  }

  // ---- the end

  /** Waits until the queue has nothing left but dead letters. */
  void awaitEmptyQueue() throws IOException, InterruptedException {
    long giveUp = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    QueueStats stats = look(JobQueue::stats);
    for (; left(stats) > 0; stats = look(JobQueue::stats)) {
      if (System.nanoTime() > giveUp) {
        throw new IOException("the queue was not empty after 5 min: " + stats);
      }
      for (Child child : alive) {
        requireAlive(child);
      }
      narrator.toGo(left(stats));
      Thread.sleep(100);
    }
    narrator.line("queue", "empty, but for " + stats.dead() + " dead letters");
  }

  private static long left(QueueStats stats) {
    return stats.due() + stats.later() + stats.running();
  }

  /** Counts, once all services have ended. */
  DemoResult result() throws IOException, InterruptedException {
    // Upstream calls still on their way end first: only then its log is the whole truth.
    if (upstream.finish(Duration.ofSeconds(10)).isEmpty()) {
      throw new IOException("the upstream did not end; it printed:\n" + upstream.log());
    }
    List<Call> all = Call.read(calls);
    Jobs counted = Jobs.account(accepted, all, left(), inHand);
    return new DemoResult(options, counted, List.copyOf(ended), all);
  }

  private Left left() {
    if (options.mode() == DemoOptions.Mode.PLAIN) {
      List<String> failed = ended.stream().flatMap(each -> each.failedJobs().stream()).toList();
      return new Left(List.of(), List.of(), failed);
    }
    return look(Left::in);
  }

  private static void requireAlive(Child child) throws IOException {
    if (!child.isAlive()) {
      throw new IOException(
          "the " + child.name() + " ended by itself; it printed:\n" + child.log());
    }
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    }
  }

  @Override
  public void close() {
    if (attack != null) {
      attack.load.halt();
    }
    alive.forEach(Child::close);
    upstream.close();
    if (watched != null) {
      watched.close();
    }
  }
}
