// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** One run: starts the processes, sends the load and then the SIGTERM, and counts. */
final class DemoRun {
  private static final String LINE = "CURFEW shutdown ";

  private final DemoOptions options;
  private final Path folder;
  private final Screen screen;
  private final Tally tally = new Tally();

  DemoRun(DemoOptions options, Path folder, Screen screen) {
    this.options = options;
    this.folder = folder;
    this.screen = screen;
  }

  DemoResult run() throws IOException, InterruptedException {
    Path effects = folder.resolve("effects");
    Path upstreamPort = folder.resolve("upstream.port");
    List<String> upstreamArguments =
        List.of(upstreamPort.toString(), effects.toString(), Long.toString(options.seed()));
    try (Child upstream = Child.start("upstream", Upstream.class, folder, upstreamArguments)) {
      int port = Handshake.awaitPort(upstreamPort, upstream);
      ServiceSettings settings =
          new ServiceSettings(
              URI.create("http://127.0.0.1:" + port),
              folder,
              options.mode().curfew(),
              options.mode() == DemoOptions.Mode.STUCK);
      screen.line(process("upstream", upstream, "20 to 300 ms an answer, 7 % of them fail"));

      Class<?> main = options.mode().service();
      List<String> arguments = settings.toArguments();
      try (Child service = Child.start("service", main, folder, arguments)) {
        int servicePort = Handshake.awaitPort(settings.portFile(), service);
        screen.line(process("service", service, options.mode().text()));
        screen.line(
            String.format(
                Locale.ROOT,
                "  load      %d requests/s on %d kept-alive connections; seed %d",
                options.rate(),
                Load.connections(options.rate()),
                options.seed()));
        screen.line("");
        Load load = new Load(servicePort, options.rate(), options.seed(), "job-", tally);
        Handshake.awaitServing(load, service);
        Stop stop = stopUnderLoad(service, load);
        // Upstream calls still on their way end first: only then the effects are the whole truth.
        if (upstream.finish(Duration.ofSeconds(10)).isEmpty()) {
          throw new IOException("the upstream did not end; it printed:\n" + upstream.log());
        }
        return result(settings, service, stop, new JobList(effects).read());
      }
    }
  }

  private record Stop(int exitCode, Duration took) {}

  private Stop stopUnderLoad(Child service, Load load) throws IOException, InterruptedException {
    load.start();
    try {
      long start = System.nanoTime();
      for (int tick = 1; tick <= options.seconds() * 10; tick++) {
        sleepUntil(start + tick * 100_000_000L);
        if (!service.isAlive()) {
          throw new IOException("the service ended under load; it printed:\n" + service.log());
        }
        if (screen.isTerminal() || tick % 10 == 0) {
          screen.progress(progress(tick / 10.0));
        }
      }
      screen.line(
          String.format(
              Locale.ROOT,
              "  %4.1f s  SIGTERM to %d: %d requests in flight, %d connections open",
              options.seconds() * 1.0,
              service.pid(),
              tally.inFlight(),
              tally.connectionsOpen()));
      return terminate(service, load);
    } finally {
      load.end();
    }
  }

  private Stop terminate(Child service, Load load) throws InterruptedException {
    load.stopping();
    long signalled = System.nanoTime();
    service.terminate();
    long giveUp = signalled + options.mode().curfew().plusSeconds(20).toNanos();
    OptionalInt exit = OptionalInt.empty();
    while (exit.isEmpty() && System.nanoTime() < giveUp) {
      exit = service.awaitExit(Duration.ofMillis(100));
      double since = (System.nanoTime() - signalled) / 1e9;
      if (exit.isEmpty() && screen.isTerminal()) {
        screen.progress(progress(options.seconds() + since));
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - signalled);
    if (exit.isEmpty()) {
      service.kill();
    }
    screen.line(
        String.format(
            Locale.ROOT,
            "  %4.1f s  the service is gone: exit %s",
            options.seconds() + took.toNanos() / 1e9,
            exit.isPresent() ? exit.getAsInt() : "by SIGKILL, it did not end"));
    return new Stop(exit.orElse(-1), took);
  }

  private String process(String name, Child child, String what) {
    return String.format("  %-8s  pid %-8d %s", name, child.pid(), what);
  }

  private String progress(double seconds) {
    return String.format(
        Locale.ROOT,
        "  %4.1f s  %5d sent  %5d answered  %3d in flight  %4d jobs accepted",
        seconds,
        tally.sentSoFar(),
        tally.answeredSoFar(),
        tally.inFlight(),
        tally.acceptedSoFar());
  }

  private DemoResult result(
      ServiceSettings settings, Child service, Stop stop, List<String> effects) throws IOException {
    List<String> failed = new JobList(settings.failedFile()).read();
    List<String> givenBack = new JobList(settings.givenBackFile()).read();
    List<String> abandoned = new JobList(settings.abandonedFile()).read();
    Jobs jobs = Jobs.account(tally.acceptedJobs(), effects, failed, givenBack, abandoned);
    String file = readIfThere(settings.reportFile());
    CrossCheck crossCheck =
        file == null
            ? null
            : CrossCheck.of(
                file, effects.size(), failed.size(), givenBack.size(), abandoned.size());
    String log = service.log();
    int report = log.lastIndexOf(LINE);
    return new DemoResult(
        options,
        tally.requests(),
        jobs,
        stop.exitCode(),
        stop.took(),
        report < 0 ? "" : log.substring(report).stripTrailing(),
        file,
        crossCheck);
  }

  private static @Nullable String readIfThere(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file) : null;
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      Thread.sleep(Duration.ofNanos(left));
    }
  }
}
