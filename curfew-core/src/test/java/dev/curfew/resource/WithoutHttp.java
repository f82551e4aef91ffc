// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.time.Deadline;
import java.time.Duration;

/** The program of a child process that has no {@code java.net.http}. */
final class WithoutHttp {
  private WithoutHttp() {}

  public static void main(String[] args) throws Exception {
    try {
      Class.forName("java.net.http.HttpClient");
      System.out.print("java.net.http is there; ");
    } catch (ClassNotFoundException expected) {
      // That is the point of this process.
    }
    AutoCloseable resource = () -> System.out.print("closed without java.net.http");
    Managed.of(resource).close(Deadline.in(Duration.ofSeconds(1)));
  }
}
