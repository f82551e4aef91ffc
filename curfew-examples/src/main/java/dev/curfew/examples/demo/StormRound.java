// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.worker.queue.JobQueue;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Starts the service, puts it under load as soon as it serves, stops it at a random moment: every
 * other round early, start-up included, the others not before it serves.
 */
final class StormRound {
  private static final long LATEST_NANOS = Duration.ofSeconds(2).toNanos();
  private static final int RATE = 100;

  private final int number;
  private final Path calls;
  private final Duration moment;
  private final String jobPrefix;
  private final ServiceSettings settings;
  private final Tally tally = new Tally();

  /** Counted down by the thread that loads, read by the one that stops. */
  private final CountDownLatch serving = new CountDownLatch(1);

  StormRound(int number, long seed, int upstreamPort, Path folder, Path calls) throws IOException {
    this.number = number;
    this.calls = calls;
    this.moment =
        Duration.ofNanos(
            new SplittableRandom(seed * 1_000_003 + number).split().nextLong(LATEST_NANOS));
    this.jobPrefix = "round-" + number + "-job-";
    Path own = Files.createDirectory(folder.resolve("round-" + number));
    this.settings =
        new ServiceSettings(
            "round-" + number,
            ServiceSettings.Role.BOTH,
            URI.create("http://127.0.0.1:" + upstreamPort),
            Limits.under(RATE),
            JobStore.file(own.resolve("jobs.db")),
            own,
            Round.CURFEW,
            false);
  }

  Round play() throws IOException, InterruptedException {
    List<String> arguments = settings.toArguments();
    try (Child child = Child.start("service", DemoService.class, settings.folder(), arguments)) {
      long start = System.nanoTime();
      Thread loading = Thread.startVirtualThread(() -> load(child));
      try {
        if (number % 2 == 0) {
          awaitServing(child);
        }
        Thread.sleep(moment);
        Round.Reached reached = reached(child);
        long signalled = System.nanoTime();
        child.terminate();
        OptionalInt exit = child.awaitExit(Round.CURFEW.plusSeconds(10));
        Duration took = Duration.ofNanos(System.nanoTime() - signalled);
        if (exit.isEmpty()) {
          child.kill();
        }
        loading.join();
        return round(Duration.ofNanos(signalled - start), reached, exit.orElse(-1), took, child);
      } finally {
        loading.interrupt();
      }
    }
  }

  /** Returns early if it ends by itself: its exit code is a wrong one then. */
  private void awaitServing(Child child) throws InterruptedException {
    boolean isServing = false;
    while (!isServing && child.isAlive()) {
      isServing = serving.await(50, TimeUnit.MILLISECONDS);
    }
  }

  private Round.Reached reached(Child child) throws IOException {
    if (serving.getCount() == 0) {
      return Round.Reached.SERVING;
    }
    return Round.reached(child.log());
  }

  private void load(Child child) {
    try {
      int port = Handshake.awaitPort(settings.portFile(), child);
      Load load = new Load(port, RATE, number, jobPrefix, tally);
      Handshake.awaitServing(load, child);
      serving.countDown();
      load.start();
      while (child.isAlive()) {
        if (child.awaitExit(Duration.ofMillis(50)).isPresent()) {
          break;
        }
      }
      load.end();
    } catch (IOException e) {
      // It was stopped before it served: there was nothing to load.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Round round(
      Duration after, Round.Reached reached, int exitCode, Duration took, Child child)
      throws IOException {
    List<Call> own =
        Call.read(calls).stream().filter(call -> call.run().equals(settings.run())).toList();
    Left left;
    try (JobQueue queue = settings.jobs().open()) {
      left = Left.in(queue);
    }
    Requests requests = tally.requests();
    Path report = settings.reportFile();
    return new Round(
        number,
        after,
        reached,
        exitCode,
        took,
        requests,
        Jobs.account(tally.acceptedJobs(), own, left, List.of()),
        left.inHand(),
        Files.exists(report)
            ? CrossCheck.of(Files.readString(report), own, requests.answered(), settings.limits())
            : null,
        child.log());
  }
}
