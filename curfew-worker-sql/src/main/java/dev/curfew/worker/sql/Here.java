// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** This process, as others see it in the workers' table. */
final class Here {
  /** The machine's name, asked without a name server, which may take seconds. */
  static final String HOST = host();

  static final long PID = ProcessHandle.current().pid();

  private Here() {}

  private static String host() {
    for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
      String name = System.getenv(variable);
      if (name != null && !name.isBlank()) {
        return name;
      }
    }
    @Nullable String name = null;
    try {
      name = Files.readString(Path.of("/etc/hostname")).strip();
    } catch (IOException | RuntimeException e) {
      // Not a Linux: the name is for people, who do without.
    }
    return name == null || name.isEmpty() ? "?" : name;
  }
}
