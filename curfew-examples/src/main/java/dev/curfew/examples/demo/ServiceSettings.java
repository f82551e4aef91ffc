// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the driver tells a service.
 *
 * @param run which start of it this is: a name that the upstream notes down with every call
 * @param role what it does
 * @param upstream where the upstream listens
 * @param limits what the upstream allows it
 * @param jobs where the jobs are
 * @param folder where port and report go
 * @param curfew how long a stop may take
 * @param stuck whether to add what hangs
 */
record ServiceSettings(
    String run,
    Role role,
    URI upstream,
    Limits limits,
    JobStore jobs,
    Path folder,
    Duration curfew,
    boolean stuck) {
  /** What a service does. */
  enum Role {
    /** It takes requests and does the jobs. */
    BOTH,
    /** It takes requests, and puts jobs for others. */
    FRONT,
    /** It does the jobs that others put. */
    WORKER
  }

  static ServiceSettings of(String... args) {
    return new ServiceSettings(
        args[0],
        Role.valueOf(args[1]),
        URI.create(args[2]),
        new Limits(Integer.parseInt(args[3])),
        new JobStore(args[4], args[5]),
        Path.of(args[6]),
        Duration.parse(args[7]),
        Boolean.parseBoolean(args[8]));
  }

  List<String> toArguments() {
    return List.of(
        run,
        role.name(),
        upstream.toString(),
        Integer.toString(limits.perSecond()),
        jobs.place(),
        jobs.schema(),
        folder.toString(),
        curfew.toString(),
        Boolean.toString(stuck));
  }

  Path portFile() {
    return folder.resolve("service.port");
  }

  Path reportFile() {
    return folder.resolve("report.json");
  }
}
