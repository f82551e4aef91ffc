// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.time.Duration;

/**
 * How the demo runs.
 *
 * @param seconds how long the service is under load before it is stopped
 * @param rate requests per second
 * @param seed what decides which request is what, and which upstream calls fail
 * @param keep whether the report, the job lists and the logs are kept
 */
record DemoOptions(Mode mode, boolean json, int seconds, int rate, long seed, boolean keep) {
  /** Which service is run, and what is promised. */
  enum Mode {
    /** Under Curfew: nothing is lost. */
    CURFEW("DemoService, under Curfew", DemoService.class, Duration.ofSeconds(25)),
    /** As most people write it: see what is lost. */
    PLAIN("PlainService, pools and a shutdown hook", PlainService.class, Duration.ofSeconds(25)),
    /** Under Curfew, with a task and a client that hang: they are named. */
    STUCK("DemoService, with two that hang", DemoService.class, Duration.ofSeconds(5));

    private final String text;
    private final Class<?> service;
    private final Duration curfew;

    Mode(String text, Class<?> service, Duration curfew) {
      this.text = text;
      this.service = service;
      this.curfew = curfew;
    }

    String text() {
      return text;
    }

    Class<?> service() {
      return service;
    }

    Duration curfew() {
      return curfew;
    }
  }

  static final String EXPECTED =
      "--plain, --stuck, --json, --keep, --seconds N, --rate N or --seed N";

  static DemoOptions parse(String... args) throws UsageException {
    Mode mode = Mode.CURFEW;
    boolean json = false;
    boolean keep = false;
    long seconds = 4;
    long rate = 300;
    long seed = 1;
    Arguments arguments = new Arguments("curfew demo", EXPECTED, args);
    while (arguments.hasNext()) {
      String option = arguments.next();
      switch (option) {
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
    return new DemoOptions(mode, json, (int) seconds, (int) rate, seed, keep);
  }

  private static Mode select(Mode before, Mode now) throws UsageException {
    if (before != Mode.CURFEW && before != now) {
      throw new UsageException("curfew demo: got --plain and --stuck; expected one of them");
    }
    return now;
  }
}
