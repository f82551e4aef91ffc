// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * How an exploration looks: an immutable setting, made by {@link Microscope#lens()}.
 *
 * @param seeds how many seeds to try, from 0 on
 * @param stalls whether the clock may also move on while threads could still run, as it does when a
 *     machine is slow; then a time-out can overtake anything
 * @param maxSteps after how many interleaving points and switches a seed counts as run away
 * @param maxTime after how much virtual time a seed counts as run away
 * @param patience how long in real time a thread may run without giving way
 */
public record Lens(int seeds, boolean stalls, long maxSteps, Duration maxTime, Duration patience) {

  static final Lens DEFAULT =
      new Lens(200, false, 1_000_000, Duration.ofDays(1), Duration.ofSeconds(20));

  /** Refuses what can find nothing. */
  public Lens {
    if (seeds < 1) {
      throw new IllegalArgumentException("seeds was " + seeds + ", expected at least 1");
    }
  }

  /** The same lens with another number of seeds. */
  public Lens seeds(int seeds) {
    return new Lens(seeds, stalls, maxSteps, maxTime, patience);
  }

  /** The same lens with a clock that may move on while threads could still run. */
  public Lens stalling() {
    return new Lens(seeds, true, maxSteps, maxTime, patience);
  }

  /** The same lens with another bound on steps. */
  public Lens maxSteps(long maxSteps) {
    return new Lens(seeds, stalls, maxSteps, maxTime, patience);
  }

  /** The same lens with another bound on virtual time. */
  public Lens maxTime(Duration maxTime) {
    return new Lens(seeds, stalls, maxSteps, maxTime, patience);
  }

  /** The same lens with another bound on the real time without giving way. */
  public Lens patience(Duration patience) {
    return new Lens(seeds, stalls, maxSteps, maxTime, patience);
  }

  /**
   * Runs the body once for each seed, or for the one seed that the system property {@code
   * curfew.seed} names; {@code curfew.seeds} sets another number of seeds.
   *
   * @throws AssertionError for the first seed that fails, with the way to replay it
   */
  public Exploration explore(Microscope.Body body) {
    Long only = Long.getLong("curfew.seed");
    if (only != null) {
      return explore(only, only + 1, body);
    }
    return explore(0, Integer.getInteger("curfew.seeds", seeds), body);
  }

  /** Runs the body under one seed, whatever the system properties say. */
  public Observation observe(long seed, Microscope.Body body) {
    try (Watchdog watchdog = new Watchdog(patience)) {
      return observe(seed, body, watchdog, Replay.here());
    }
  }

  private Exploration explore(long first, long end, Microscope.Body body) {
    String replay = Replay.here();
    Set<Long> schedules = new HashSet<>();
    long steps = 0;
    Duration longest = Duration.ZERO;
    try (Watchdog watchdog = new Watchdog(patience)) {
      for (long seed = first; seed < end; seed++) {
        Observation observed = observe(seed, body, watchdog, replay);
        schedules.add(observed.schedule());
        steps += observed.steps();
        longest = observed.elapsed().compareTo(longest) > 0 ? observed.elapsed() : longest;
      }
    }
    return new Exploration((int) (end - first), schedules.size(), steps, longest);
  }

  private Observation observe(long seed, Microscope.Body body, Watchdog watchdog, String replay) {
    if (!Host.STEPS) {
      throw new IllegalStateException(
          "The interleaving points are off: start the test JVM with -Dcurfew.microscope=true");
    }
    if (Host.current() instanceof SeededHost) {
      throw new IllegalStateException(
          "An exploration is already running in this JVM; explorations run one after the other");
    }
    SeededHost host = new SeededHost(this, seed, replay, Host.current());
    Host outside = Host.install(host);
    try {
      watchdog.watch(host);
      return host.run(body);
    } finally {
      watchdog.watch(null);
      Host.install(outside);
    }
  }
}
