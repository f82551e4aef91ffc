// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.task.RollCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A roll call of many blocked tasks, beside the JDK's own dump of the same process. */
final class RollCallFigures {
  private static final String TITLE = "roll call without stacks";
  private static final String CURFEW = "curfew, RollCall.now()";
  private static final double GOAL_MILLIS = 15;
  private static final double LEAST_MILLIS = 1;
  private static final double TIMES_FASTER = 80;

  private RollCallFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    if (!hold(Holder.CURFEW, settings, sheet, progress)) {
      // Still worth knowing: what the dump costs where nobody can call the roll.
      hold(Holder.RAW, settings, sheet, progress);
    }
  }

  private static boolean hold(Holder holder, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    Crowd.Visitor visitor =
        new Crowd.Visitor() {
          @Override
          public void blocked() throws Exception {
            look(holder, settings, sheet, progress);
          }

          @Override
          public void home() {}
        };
    try {
      holder.run().hold(new Crowd(settings.tasks(), Crowd.Kind.PARKED, visitor));
      return true;
    } catch (UnsupportedOperationException e) {
      sheet.add(Figure.missing(TITLE, holder.name(), String.valueOf(e.getMessage())));
      return false;
    }
  }

  private static void look(Holder holder, Settings settings, Sheet sheet, Progress progress)
      throws Exception {
    List<Double> dumps = new ArrayList<>();
    Path file = Files.createTempDirectory("roll-call").resolve("threads.json");
    try {
      int runs = Math.max(1, Math.min(5, settings.runs()));
      for (int run = 0; run < runs; run++) {
        progress.say("jcmd Thread.dump_to_file: " + (run + 1) + " of " + runs);
        double idle = jcmd("VM.uptime");
        double dump = jcmd("Thread.dump_to_file", "-overwrite", "-format=json", file.toString());
        // Starting jcmd is not the dump's fault. A tiny dump is lost in how that scatters.
        dumps.add(Math.max(LEAST_MILLIS, dump - idle));
      }
      Spread dump = Spread.of(dumps, x -> x);
      sheet.add(
          Figure.plain(TITLE, "jcmd Thread.dump_to_file, net of jcmd's start", "ms", dump)
              .noting(holder.name() + ", " + Files.size(file) / 1_000_000 + " MB"));
      if (holder.equals(Holder.CURFEW)) {
        call(settings, sheet, progress, dump);
      }
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.getParent());
    }
  }

  private static void call(Settings settings, Sheet sheet, Progress progress, Spread dump)
      throws IOException {
    progress.say(TITLE);
    int rounds = settings.rounds() + settings.warmUp();
    List<Double> now = new ArrayList<>();
    List<Double> text = new ArrayList<>();
    List<Double> json = new ArrayList<>();
    Sink first = new Sink();
    double cold = 0;
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      RollCall call = RollCall.now();
      long called = System.nanoTime();
      int length = call.text().length();
      long written = System.nanoTime();
      Sink sink = new Sink();
      call.writeJson(sink);
      long streamed = System.nanoTime();
      if (length == 0 || sink.characters == 0) {
        throw new IllegalStateException("the roll call of " + settings.tasks() + " tasks is empty");
      }
      if (round == 0) {
        first = sink;
        cold = (called - start) * 1e-6;
      }
      if (round >= settings.warmUp()) {
        now.add((called - start) * 1e-6);
        text.add((written - called) * 1e-6);
        json.add((streamed - written) * 1e-6);
      }
    }
    Spread taken = Spread.of(now, x -> x);
    sheet.add(Figure.plain(TITLE, CURFEW, "ms", taken).atMost(GOAL_MILLIS));
    sheet.add(Figure.plain(TITLE, CURFEW + ", the first", "ms", cold));
    sheet.add(Figure.plain(TITLE, "curfew, its text as a string", "ms", Spread.of(text, x -> x)));
    sheet.add(
        Figure.plain(TITLE, "curfew, its JSON to nowhere", "ms", Spread.of(json, x -> x))
            .noting(first.characters / 1000 + " k characters"));
    sheet.add(
        Figure.plain(TITLE, "curfew / jcmd dump", "x", taken.median() / dump.median())
            .atMost(1 / TIMES_FASTER));
  }

  /** Milliseconds that a jcmd of this process takes, its own start included. */
  private static double jcmd(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Child.tool("jcmd"));
    command.add(Long.toString(ProcessHandle.current().pid()));
    command.addAll(List.of(args));
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int exit = process.waitFor();
    if (exit != 0) {
      throw new IllegalStateException(command + " ended with " + exit + "; expected 0");
    }
    return (System.nanoTime() - start) * 1e-6;
  }

  /** Counts what it is given and keeps nothing. */
  private static final class Sink implements Appendable {
    long characters;

    @Override
    public Appendable append(CharSequence text) {
      characters += text.length();
      return this;
    }

    @Override
    public Appendable append(CharSequence text, int start, int end) {
      characters += end - start;
      return this;
    }

    @Override
    public Appendable append(char c) {
      characters++;
      return this;
    }
  }
}
