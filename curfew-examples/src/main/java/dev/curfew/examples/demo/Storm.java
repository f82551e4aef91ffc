// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts the demo's service again and again, two at a time, each stopped by SIGTERM at a random
 * moment, start-up included: {@code ./curfew storm}. Exits with 0 if every round was as it must be,
 * 1 if not, 2 if the command line can't be understood.
 */
public final class Storm {
  private static final int AT_A_TIME = 2;

  private Storm() {}

  /** Options: see {@link StormOptions}. */
  public static void main(String... args)
      throws IOException, InterruptedException, ExecutionException {
    System.exit(run(new PrintStream(System.out, true, StandardCharsets.UTF_8), args));
  }

  static int run(PrintStream out, String... args)
      throws IOException, InterruptedException, ExecutionException {
    StormOptions options;
    try {
      options = StormOptions.parse(args);
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    Screen screen = new Screen(out, false);
    screen.line(
        screen.bold("Curfew storm")
            + ": "
            + options.rounds()
            + " starts of the demo's service, each stopped at a random moment; seed "
            + options.seed());
    StormFigures figures = new StormFigures();
    try (RunFolder folder = RunFolder.create("curfew-storm-", false)) {
      play(options, folder.path(), screen, figures);
    }
    screen.line("");
    figures.lines().forEach(screen::line);
    screen.line("");
    screen.result(figures.lastLine());
    return figures.wrong() == 0 ? 0 : 1;
  }

  private static void play(StormOptions options, Path folder, Screen screen, StormFigures figures)
      throws IOException, InterruptedException, ExecutionException {
    Path calls = folder.resolve("upstream.calls");
    Path portFile = folder.resolve("upstream.port");
    List<String> arguments =
        List.of(portFile.toString(), calls.toString(), Long.toString(options.seed()));
    try (Child upstream = Child.start("upstream", Upstream.class, folder, arguments);
        ExecutorService lanes = Executors.newFixedThreadPool(AT_A_TIME)) {
      int port = Handshake.awaitPort(portFile, upstream);
      var rounds = new ExecutorCompletionService<Round>(lanes);
      try {
        for (int number = 1; number <= options.rounds(); number++) {
          int each = number;
          rounds.submit(() -> new StormRound(each, options.seed(), port, folder, calls).play());
        }
        for (int ended = 1; ended <= options.rounds(); ended++) {
          tell(rounds.take().get(), ended, options, screen, figures);
        }
      } finally {
        lanes.shutdownNow(); // Interrupted rounds kill their service; close() waits for them.
      }
    }
  }

  private static void tell(
      Round round, int ended, StormOptions options, Screen screen, StormFigures figures) {
    figures.add(round);
    for (String what : round.wrong()) {
      screen.line(
          String.format(
              Locale.ROOT,
              "  round %d, SIGTERM after %d ms (%s): %s",
              round.number(),
              round.moment().toMillis(),
              round.reached(),
              screen.judged(false, what)));
    }
    if (!round.wrong().isEmpty()) {
      round.log().lines().limit(40).forEach(line -> screen.line("    | " + line));
    }
    if (screen.isTerminal() || ended % 25 == 0 || ended == options.rounds()) {
      screen.progress(
          String.format(
              Locale.ROOT,
              "  %d of %d rounds, %d wrong",
              ended,
              options.rounds(),
              figures.wrong()));
    }
  }
}
