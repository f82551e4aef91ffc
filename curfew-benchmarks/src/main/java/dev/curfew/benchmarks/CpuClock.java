// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * CPU time of the whole process, in nanoseconds. {@code getProcessCpuTime} of the JDK counts in
 * steps of 10 ms on Linux, a tenth of what a round takes; {@code clock_gettime} does not.
 */
final class CpuClock {
  private static final OperatingSystemMXBean COARSE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final @Nullable MethodHandle CLOCK_GETTIME = find();
  private static final int PROCESS_CPUTIME = mac() ? 12 : 2;
  private static final MemorySegment TIMESPEC = Arena.global().allocate(16, 8);

  private CpuClock() {}

  static synchronized long nanos() {
    if (CLOCK_GETTIME == null) {
      return COARSE.getProcessCpuTime();
    }
    int failed;
    try {
      failed = (int) CLOCK_GETTIME.invokeExact(PROCESS_CPUTIME, TIMESPEC);
    } catch (Throwable e) {
      // A method handle is declared to throw anything; a C function throws nothing.
      throw new IllegalStateException("clock_gettime could not be called", e);
    }
    if (failed != 0) {
      throw new IllegalStateException("clock_gettime returned " + failed + "; expected 0");
    }
    return TIMESPEC.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000
        + TIMESPEC.get(ValueLayout.JAVA_LONG, 8);
  }

  @SuppressWarnings("restricted") // One C function, of a signature that every POSIX system shares.
  private static @Nullable MethodHandle find() {
    if (!mac() && !os().contains("linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("clock_gettime")
        .map(address ->
            linker.downcallHandle(
                address,
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS)))
        .orElse(null);
  }

  private static boolean mac() {
    return os().contains("mac");
  }

  private static String os() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
  }
}
