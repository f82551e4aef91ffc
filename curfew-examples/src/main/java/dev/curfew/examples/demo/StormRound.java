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
  private final Duration moment;
  private final String jobPrefix;
  private final ServiceSettings settings;
  private final Tally tally = new Tally();

  /** Written by the thread that loads, read by the one that stops. */
  private volatile boolean serving;

  StormRound(int number, long seed, int upstreamPort, Path folder) throws IOException {
    this.number = number;
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

  Round play(Path effects) throws IOException, InterruptedException {
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
        return new Round(
            number,
            Duration.ofNanos(signalled - start),
            reached,
            exit.orElse(-1),
            took,
            tally.requests(),
            jobs(effects),
            child.log());
      } finally {
        loading.interrupt();
      }
    }
  }

  private Round.Reached reached(Child child) throws IOException {
    if (serving) {
      return Round.Reached.SERVING;
    }
    return child.log().contains(Round.SET_UP) ? Round.Reached.SET_UP : Round.Reached.JVM;
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

  private Jobs jobs(Path effects) throws IOException {
    return Jobs.account(
        tally.acceptedJobs(),
        new JobList(effects).read().stream().filter(job -> job.startsWith(jobPrefix)).toList(),
        new JobList(settings.failedFile()).read(),
        new JobList(settings.givenBackFile()).read(),
        new JobList(settings.abandonedFile()).read());
  }
}
