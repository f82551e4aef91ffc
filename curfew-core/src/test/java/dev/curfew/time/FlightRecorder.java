// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The last events of a seed, kept as references and put into words only when it failed. */
final class FlightRecorder {

  private static final int SIZE = 64;

  private final long[] times = new long[SIZE];
  private final @Nullable Actor[] actors = new Actor[SIZE];
  private final String[] texts = new String[SIZE];
  private long count;

  void note(long nanos, @Nullable Actor actor, String text) {
    int at = (int) (count++ % SIZE);
    times[at] = nanos;
    actors[at] = actor;
    texts[at] = text;
  }

  void writeTo(StringBuilder out) {
    out.append("  the last ").append(Math.min(count, SIZE)).append(" of ").append(count);
    out.append(" events:\n");
    for (long i = Math.max(0, count - SIZE); i < count; i++) {
      int at = (int) (i % SIZE);
      Actor actor = actors[at];
      out.append("    ").append(Duration.ofNanos(times[at])).append("  ");
      out.append(actor == null ? "" : actor.name() + " ").append(texts[at]).append('\n');
    }
  }
}
