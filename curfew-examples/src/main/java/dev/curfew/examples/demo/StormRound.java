// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/** Starts the service, puts it under load as soon as it serves, stops it at a random moment. */
final class StormRound {
  private static final int LATEST_MILLIS = 2_500;
  private static final int RATE = 100;

  private final int number;
  private final Path effects;
  private final Duration moment;
  private final String jobPrefix;
  private final ServiceSettings settings;
  private final Tally tally = new Tally();

  /** Written by the thread that loads, read by the one that stops. */
  private volatile boolean serving;

  StormRound(int number, long seed, int upstreamPort, Path folder, Path effects)
      throws IOException {
    this.number = number;
    this.effects = effects;
    this.moment =
        Duration.ofNanos(
            new SplittableRandom(seed * 1_000_003 + number)
                .split()
                .nextLong(LATEST_MILLIS * 1_000_000L));
    this.jobPrefix = "round-" + number + "-job-";
    this.settings =
        new ServiceSettings(
            URI.create("http://127.0.0.1:" + upstreamPort),
            Files.createDirectory(folder.resolve("round-" + number)),
            Round.CURFEW,
            false);
  }

  Round play() throws IOException, InterruptedException {
    List<String> arguments = settings.toArguments();
    try (Child child = Child.start("service", DemoService.class, settings.folder(), arguments)) {
      long start = System.nanoTime();
      Thread loading = Thread.startVirtualThread(() -> load(child));
      try {
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

  private Round.Reached reached(Child child) throws IOException {
    if (serving) {
      return Round.Reached.SERVING;
    }
    return Round.reached(child.log());
  }

  private void load(Child child) {
    try {
      int port = Handshake.awaitPort(settings.portFile(), child);
      Load load = new Load(port, RATE, number, jobPrefix, tally);
      Handshake.awaitServing(load, child);
      serving = true;
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
    List<String> done =
        new JobList(effects).read().stream().filter(job -> job.startsWith(jobPrefix)).toList();
    List<String> failed = new JobList(settings.failedFile()).read();
    List<String> givenBack = new JobList(settings.givenBackFile()).read();
    List<String> abandoned = new JobList(settings.abandonedFile()).read();
    // A start-up that was rolled back may have had no queue yet, and no file is as good as none.
    String report =
        Files.exists(settings.reportFile()) ? Files.readString(settings.reportFile()) : "";
    CrossCheck crossCheck =
        report.contains("backlog")
            ? CrossCheck.of(report, done.size(), failed.size(), givenBack.size(), abandoned.size())
            : null;
    return new Round(
        number,
        after,
        reached,
        exitCode,
        took,
        tally.requests(),
        Jobs.account(tally.acceptedJobs(), done, failed, givenBack, abandoned),
        crossCheck,
        child.log());
  }
}
