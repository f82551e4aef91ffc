// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StageTime;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How long the stages of one stop take. For the warden only. */
final class Stages {
  /** A stage that outlived this is worth a snapshot of what is known. */
  static final Duration NOTABLE = Duration.ofMillis(100);

  private final Curfew curfew;
  private final List<StageTime> ended = new ArrayList<>();
  private @Nullable String current;
  private long since;

  /**
   * @param begin of the stop, by the monotonic clock: what passes before the first stage counts as
   *     that stage's
   */
  Stages(Curfew curfew, long begin) {
    this.curfew = curfew;
    this.since = begin;
  }

  /**
   * A stage begins, and the one before ends; true if that one was notably long. A stage that is
   * under way goes on.
   */
  boolean begin(String stage) {
    String before = current;
    if (stage.equals(before)) {
      return false;
    }
    boolean notable = false;
    if (before != null) {
      long now = Host.current().nanoTime();
      Duration used = Duration.ofNanos(now - since);
      ended.add(new StageTime(before, planned(before), used));
      notable = used.compareTo(NOTABLE) > 0;
      since = now;
    }
    current = stage;
    return notable;
  }

  /** The stages so far, the current one with the time that it has taken up to now. */
  List<StageTime> times() {
    List<StageTime> all = new ArrayList<>(ended);
    String open = current;
    if (open != null) {
      Duration used = Duration.ofNanos(Host.current().nanoTime() - since);
      all.add(new StageTime(open, planned(open), used));
    }
    return all;
  }

  /** How long these took together: all of the stop up to the last of them. */
  static Duration sum(List<StageTime> stages) {
    Duration sum = Duration.ZERO;
    for (StageTime stage : stages) {
      sum = sum.plus(stage.used());
    }
    return sum;
  }

  private Duration planned(String stage) {
    return switch (stage) {
      case "unready" -> curfew.unready();
      case "drain" -> curfew.drain();
      case "cancel" -> curfew.cancel();
      case "close" -> curfew.close();
      default -> curfew.total();
    };
  }
}
