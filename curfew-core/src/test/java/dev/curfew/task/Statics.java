// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import dev.curfew.time.Microscope;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/**
 * What the process has only one of, as it is when the JVM starts. A stop of the process leaves its
 * marks there for good, and a seed that failed leaves its threads.
 */
final class Statics {
  private Statics() {}

  static void reset() {
    try {
      ((Collection<?>) get(Roots.class, null, "SERVICES")).clear();
      ((Collection<?>) get(Roots.class, null, "FOREIGN")).clear();
      set(Roots.class, null, "closeMark", Deadline.never());
      set(Roots.class, null, "cancel", null);
      set(Roots.class, null, "driver", null);
      Object signal = get(Roots.class, null, "SIGNAL");
      set(Signal.class, signal, "set", false);
      set(Signal.class, signal, "deadline", Deadline.never());
      set(Tally.class, get(Roots.class, null, "TALLY"), "swept", WorkCount.NONE);
      ((Map<?, ?>) get(Abandoned.class, null, "GROUPS")).clear();
      ((Map<?, ?>) get(Findings.class, null, "FOUND")).clear();
      ((Collection<?>) get(Helpers.class, null, "IDLE")).clear();
      ((Collection<?>) get(Timers.class, null, "QUEUE")).clear();
      set(Timers.class, null, "thread", null);
      ((Map<?, ?>) get(Finder.class, null, "WATCHES")).clear();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a field was renamed: follow it here", e);
    }
  }

  /** Under the microscope: waits until the threads that Curfew keeps for reuse have ended. */
  static void settle() throws InterruptedException {
    try {
      for (int idle = 0, looks = 0; idle < 8 && looks < 200; looks++) {
        Microscope.sleep(Duration.ofMillis(500));
        boolean quiet =
            ((Collection<?>) get(Helpers.class, null, "IDLE")).isEmpty()
                && get(Timers.class, null, "thread") == null;
        idle = quiet ? idle + 1 : 0;
      }
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a field was renamed: follow it here", e);
    }
  }

  private static Object get(Class<?> type, Object of, String field)
      throws ReflectiveOperationException {
    Field known = type.getDeclaredField(field);
    known.setAccessible(true);
    return known.get(of);
  }

  private static void set(Class<?> type, Object of, String field, Object value)
      throws ReflectiveOperationException {
    Field known = type.getDeclaredField(field);
    known.setAccessible(true);
    known.set(of, value);
  }
}
