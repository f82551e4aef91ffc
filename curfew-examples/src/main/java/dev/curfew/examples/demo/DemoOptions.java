// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the demo runs.
 *
 * @param url of a PostgreSQL that is there; null to start one
 * @param seconds how long the service is under load before something is done to it
 * @param rate requests per second
 * @param seed what decides which request is what, and which upstream calls fail
 * @param keep whether the reports, the queue and the logs are kept
 */
record DemoOptions(
    Mode mode, @Nullable String url, boolean json, int seconds, int rate, long seed, boolean keep) {
  /** Which service is run, and what is promised. */
  enum Mode {
    /** Under Curfew: no job is lost, whatever ends the service. */
    CURFEW(
        "",
        "a service under load: kill -9, start, SIGTERM, start",
        "the same service under Curfew",
        DemoService.class,
        Duration.ofSeconds(25)),
    /** The same with one process that takes requests, and three that do the jobs. */
    POSTGRES(
        "--postgres",
        "a front and three workers under load: kill -9 to one, SIGTERM to the others",
        "with three workers on one PostgreSQL",
        DemoService.class,
        Duration.ofSeconds(25)),
    /** As most people write it: see what is lost. */
    PLAIN(
        "--plain",
        "a service without Curfew under load: kill -9, start, SIGTERM",
        "the same service without Curfew: what it loses",
        PlainService.class,
        Duration.ofSeconds(25)),
    /** Under Curfew, with a task and a client that hang: they are named. */
    STUCK(
        "--stuck",
        "a service under load, with two that hang: SIGTERM, start",
        "with a task and a client that hang: who is named",
        DemoService.class,
        Duration.ofSeconds(5));

    private final String option;
    private final String title;
    private final String promise;
    private final Class<?> service;
    private final Duration curfew;

    Mode(String option, String title, String promise, Class<?> service, Duration curfew) {
      this.option = option;
      this.title = title;
      this.promise = promise;
      this.service = service;
      this.curfew = curfew;
    }

    /** How it is asked for. */
    String option() {
      return option;
    }

    /** What is done. */
    String title() {
      return title;
    }

    /** Why one would want to see it. */
    String promise() {
      return promise;
    }

    Class<?> service() {
      return service;
    }

    Duration curfew() {
      return curfew;
    }
  }

  static final String EXPECTED =
      "--postgres, --url URL, --plain, --stuck, --json, --keep, --seconds N, --rate N or --seed N";

  static DemoOptions parse(String... args) throws UsageException {
    Mode mode = Mode.CURFEW;
    String url = null;
    boolean json = false;
    boolean keep = false;
    long seconds = 4;
    long rate = 300;
    long seed = 1;
    Arguments arguments = new Arguments("curfew demo", EXPECTED, args);
    while (arguments.hasNext()) {
      String option = arguments.next();
      switch (option) {
        case "--postgres" -> mode = select(mode, Mode.POSTGRES);
        case "--url" -> url = arguments.text(option, "a URL such as jdbc:postgresql://host/base");
        case "--plain" -> mode = select(mode, Mode.PLAIN);
        case "--stuck" -> mode = select(mode, Mode.STUCK);
        case "--json" -> json = true;
        case "--keep" -> keep = true;
        case "--seconds" -> seconds = arguments.number(option, 1, 600);
        case "--rate" -> rate = arguments.number(option, 1, 5000);
        case "--seed" -> seed = arguments.number(option, 0, Integer.MAX_VALUE);
        default -> throw arguments.unknown(option);
      }
    }
    if (url != null && mode != Mode.POSTGRES) {
      throw new UsageException("curfew demo: --url is for --postgres");
    }
    return new DemoOptions(mode, url, json, (int) seconds, (int) rate, seed, keep);
  }

  private static Mode select(Mode before, Mode now) throws UsageException {
    if (before != Mode.CURFEW && before != now) {
      throw new UsageException(
          "curfew demo: got "
              + before.option()
              + " and "
              + now.option()
              + "; expected one of them");
    }
    return now;
  }
}
