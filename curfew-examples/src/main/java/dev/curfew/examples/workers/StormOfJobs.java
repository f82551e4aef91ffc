// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import java.io.IOException;
import java.sql.SQLException;

/** {@code curfew storm --queue sqlite|postgres}. Exit codes: 0 as it must be, 1 not so, 2 usage. */
public final class StormOfJobs {
  private StormOfJobs() {}

  /**
   * Runs the storm and ends the JVM.
   *
   * @param args see {@code ./curfew help}
   */
  public static void main(String... args) throws IOException, InterruptedException, SQLException {
    StormArguments arguments;
    try {
      arguments = StormArguments.of(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(JobStorm.run(arguments, System.out) ? 0 : 1);
  }
}
