// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What jobs have done, recorded outside of any queue: a file to which each process appends a line
 * with one write, so that a kill leaves whole lines only.
 */
final class Effects implements AutoCloseable {
  static final String BEGIN = "begin";
  static final String END = "end";

  /** Not a channel, which an interrupt of the job would close. */
  private final FileOutputStream out;

  Effects(Path file) throws IOException {
    out = new FileOutputStream(file.toFile(), true);
  }

  void write(String what, int job) throws IOException {
    String line = what + " " + job + " " + System.currentTimeMillis() + "\n";
    out.write(line.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /**
   * One line.
   *
   * @param millis when, by the machine's clock
   */
  record Effect(String what, int job, long millis) {}

  static List<Effect> read(Path file) throws IOException {
    List<Effect> effects = new ArrayList<>();
    for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
      String[] words = line.split(" ", -1);
      effects.add(new Effect(words[0], Integer.parseInt(words[1]), Long.parseLong(words[2])));
    }
    return effects;
  }

  /** How often each job did this. */
  static Map<Integer, Integer> counts(List<Effect> effects, String what) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (Effect effect : effects) {
      if (effect.what().equals(what)) {
        counts.merge(effect.job(), 1, Integer::sum);
      }
    }
    return counts;
  }

  /** How many jobs did this at least once. */
  static int jobs(Path file, String what) throws IOException {
    return counts(read(file), what).size();
  }
}
