// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What identifies this process in a report. Read once, when the first report is written: asking for
 * it must not cost anything when the process ends.
 *
 * @param host the machine's, or container's, own name; empty if it is not known
 * @param pid the process id
 * @param startedAt when it was started, if the system tells
 * @param jdk the version of the JVM and who built it
 */
record ThisProcess(String host, long pid, @Nullable Instant startedAt, String jdk) {
  private static final ThisProcess CURRENT = read();

  static ThisProcess current() {
    return CURRENT;
  }

  private static ThisProcess read() {
    ProcessHandle self = ProcessHandle.current();
    String vendor = System.getProperty("java.vendor", "unknown vendor");
    // The property, because Runtime.version() prints itself through streams and lambdas.
    String version = System.getProperty("java.runtime.version", "unknown version");
    String jdk = version.concat(", ").concat(vendor);
    return new ThisProcess(readHost(), self.pid(), self.info().startInstant().orElse(null), jdk);
  }

  /** Not by InetAddress, which may ask a name server that does not answer. */
  private static String readHost() {
    String name = System.getenv("HOSTNAME");
    if (name == null) {
      name = System.getenv("COMPUTERNAME");
    }
    if (name == null) {
      try {
        name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      } catch (IOException | SecurityException unknown) {
        name = ""; // Not Linux; a report without it is still a report.
      }
    }
    return name;
  }
}
