// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

/**
 * How the storm runs.
 *
 * @param rounds how often the service is started and stopped
 * @param seed what decides the moments
 */
record StormOptions(int rounds, long seed) {
  static StormOptions parse(String... args) throws UsageException {
    long rounds = 500;
    long seed = 1;
    Arguments arguments = new Arguments("curfew storm", "--rounds N or --seed N", args);
    while (arguments.hasNext()) {
      String option = arguments.next();
      switch (option) {
        case "--rounds" -> rounds = arguments.number(option, 1, 100_000);
        case "--seed" -> seed = arguments.number(option, 0, Integer.MAX_VALUE);
        default -> throw arguments.unknown(option);
      }
    }
    return new StormOptions((int) rounds, seed);
  }
}
