// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One stop of one process by SIGTERM.
 *
 * @param millis from the signal to the exit
 * @param beyondLastRequestMillis from the moment when the youngest request in flight at the signal
 *     was due until the exit, from the signal if it was overdue; the same as {@code millis} without
 *     load
 * @param load what the clients saw
 */
record Stop(double millis, int exitCode, double beyondLastRequestMillis, Load.Result load) {
  /** How long a request takes. */
  static final long REQUEST_MILLIS = 200;

  static final int CONNECTIONS = 50;

  private static final long IDLE_MILLIS = 300;
  private static final long PATIENCE_SECONDS = 60;

  /** Starts a process that prints READY and, if it serves, its port. */
  interface Starter {
    Process start() throws Exception;
  }

  /**
   * A kind of process, with the stops that were measured of it.
   *
   * @param thinkMillis longest pause of a client between two requests
   */
  record Kind(String name, boolean ours, long thinkMillis, Starter starter, List<Stop> stops) {
    Kind(String name, boolean ours, long thinkMillis, Starter starter) {
      this(name, ours, thinkMillis, starter, new ArrayList<>());
    }

    /** How often each exit code was seen. */
    Map<Integer, Integer> exitCodes() {
      Map<Integer, Integer> codes = new TreeMap<>();
      stops.forEach(stop -> codes.merge(stop.exitCode(), 1, Integer::sum));
      return codes;
    }
  }

  /** Stops one process of every kind a round, in an order drawn anew. */
  static void interleaved(String title, List<Kind> kinds, Settings settings, Progress progress)
      throws Exception {
    List<Kind> order = new ArrayList<>(kinds);
    Random random = new Random(settings.seed());
    for (int run = 0; run < settings.runs(); run++) {
      progress.say(title + ": run " + (run + 1) + " of " + settings.runs());
      Collections.shuffle(order, random);
      for (Kind kind : List.copyOf(order)) {
        Stop stop = of(kind.starter().start(), kind.thinkMillis(), settings);
        if (stop != null) {
          kind.stops().add(stop);
        } else if (kind.stops().isEmpty()) {
          order.remove(kind);
        } else {
          throw new IllegalStateException(
              kind.name() + " did not get ready in run " + (run + 1) + ", but did before");
        }
      }
    }
  }

  /** Waits until the process is ready, loads it if it has a port, ends it; null if never ready. */
  private static @Nullable Stop of(Process process, long thinkMillis, Settings settings)
      throws Exception {
    try (BufferedReader out = process.inputReader()) {
      String ready = out.readLine();
      if (ready == null || !ready.startsWith("READY")) {
        return null;
      }
      String port = ready.substring("READY".length()).strip();
      if (port.isEmpty()) {
        return idle(process);
      }
      Load load = new Load(Integer.parseInt(port), CONNECTIONS, thinkMillis);
      return loaded(process, load, settings.settleMillis());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Stop idle(Process process) throws InterruptedException {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS));
    long signal = System.nanoTime();
    double millis = (exit(process) - signal) * 1e-6;
    return new Stop(millis, process.exitValue(), millis, new Load.Result(0, 0, 0, 0, signal));
  }

  private static Stop loaded(Process process, Load load, long settleMillis)
      throws InterruptedException {
    // A service lives longer than its start: classes are loaded, and clients get out of step.
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(settleMillis));
    long signal = load.signalled();
    long exit = exit(process);
    Load.Result result = load.end();
    long due = result.lastSentBeforeSignal() + TimeUnit.MILLISECONDS.toNanos(REQUEST_MILLIS);
    // On a machine that is too busy answers are late before anybody stops anything.
    double beyond = Math.min(exit - due, exit - signal) * 1e-6;
    return new Stop((exit - signal) * 1e-6, process.exitValue(), beyond, result);
  }

  private static long exit(Process process) throws InterruptedException {
    process.destroy(); // SIGTERM
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "process " + process.pid() + " lives " + PATIENCE_SECONDS + " s after its SIGTERM");
    }
    return System.nanoTime();
  }
}
