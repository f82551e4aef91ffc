// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** Fork and finish of many tasks: CPU time as a ratio to raw virtual threads, and bytes a task. */
final class SpawnFigures {
  private static final double OWNER_GOAL = 1.05;
  private static final double OTHERS_GOAL = 1.08;
  private static final double BYTES_GOAL = 400;

  private static final String CPU = "spawn and finish, CPU as a ratio to raw threads";
  private static final String PEERS = "spawn and finish, CPU as a ratio to peers";
  private static final String NANOS = "spawn and finish, CPU a task, body included";
  private static final String BYTES = "spawn and finish, bytes a task";

  private SpawnFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    List<Spawner> wanted = new ArrayList<>();
    wanted.add(SpawnPeers.RAW);
    wanted.add(SpawnPeers.rawFromOthers(1));
    wanted.add(SpawnPeers.rawFromOthers(2));
    wanted.addAll(SpawnPeers.all());
    wanted.addAll(SpawnCurfew.all());

    List<String> names = new ArrayList<>();
    List<Rounds.Variant> variants = new ArrayList<>();
    for (Spawner spawner : wanted) {
      if (runsEveryTask(spawner, settings.tasks(), sheet)) {
        names.add(spawner.name());
        variants.add(spawner.of(settings.tasks()));
      }
    }

    Rounds rounds = Rounds.run("spawn", variants, settings, progress);
    sheet.add(Figure.plain(CPU, "the body alone", "ns", Work.nanos()));
    for (String name : names) {
      if (!name.equals(limitOf(name))) {
        Figure figure = Figure.plain(CPU, name, "x", rounds.ratio(name, limitOf(name)));
        sheet.add(isOurs(name) ? figure.atMost(isOwner(name) ? OWNER_GOAL : OTHERS_GOAL) : figure);
      }
    }
    if (names.contains(SpawnCurfew.OWNER.name())) {
      for (Spawner peer : SpawnPeers.all()) {
        if (names.contains(peer.name()) && !peer.name().startsWith("raw")) {
          Spread ratio = rounds.ratio(SpawnCurfew.OWNER.name(), peer.name());
          sheet.add(Figure.plain(PEERS, "curfew / " + peer.name(), "x", ratio).atMost(1));
        }
      }
    }
    double each = 1.0 / settings.tasks();
    for (String name : names) {
      Spread nanos = rounds.spread(name, Meter.Sample::cpuNanos).times(each);
      sheet.add(Figure.plain(NANOS, name, "ns", nanos));
    }
    for (String name : names) {
      Spread bytes = rounds.spread(name, Meter.Sample::bytes).times(each);
      Figure figure = Figure.plain(BYTES, name, "B", bytes);
      sheet.add(isOurs(name) ? figure.atMost(BYTES_GOAL) : figure);
    }
  }

  /** A variant that loses tasks, or can't run at all, is named instead of measured. */
  static boolean runsEveryTask(Spawner spawner, int tasks, Sheet sheet) throws Exception {
    long ran;
    try {
      ran = Work.countIn(() -> spawner.run().spawn(tasks));
    } catch (UnsupportedOperationException e) {
      sheet.add(Figure.missing(CPU, spawner.name(), String.valueOf(e.getMessage())));
      return false;
    }
    if (ran != tasks) {
      throw new IllegalStateException(spawner.name() + " ran " + ran + " tasks; expected " + tasks);
    }
    return true;
  }

  /** Raw threads started by as many threads as the variant uses. */
  private static String limitOf(String name) {
    for (int threads = 1; threads <= 2; threads++) {
      if (name.endsWith("from " + threads + " other")) {
        return SpawnPeers.rawFromOthers(threads).name();
      }
    }
    return SpawnPeers.RAW.name();
  }

  private static boolean isOurs(String name) {
    return name.startsWith("curfew");
  }

  private static boolean isOwner(String name) {
    return name.equals(SpawnCurfew.OWNER.name());
  }
}
