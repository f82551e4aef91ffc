// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Which process this is, for an operator who looks at a queue. */
final class Identity {
  private static final String TEXT = host() + " pid " + ProcessHandle.current().pid();

  private Identity() {}

  /** Such as {@code web-3 pid 4711}. */
  static String text() {
    return TEXT;
  }

  private static String host() {
    String given = System.getenv("HOSTNAME");
    if (given != null && !given.isBlank()) {
      return given;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown host";
    }
  }
}
