// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

/** One way to start many tasks and to wait until all have ended. */
record Spawner(String name, Run run) {
  /** Starts that many tasks, each of which runs {@link Work#once()}; returns when all have. */
  @FunctionalInterface
  interface Run {
    void spawn(int tasks) throws Exception;
  }

  /** As a variant of a measurement with rounds. */
  Rounds.Variant of(int tasks) {
    return new Rounds.Variant() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Meter.Sample once() throws Exception {
        Meter meter = Meter.start();
        run.spawn(tasks);
        return meter.stop();
      }
    };
  }

  /** Starts tasks from that many platform threads, each its share, and waits for these threads. */
  static void fromOthers(int threads, int tasks, Runnable start) throws InterruptedException {
    Thread[] others = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      int share = tasks / threads + (i < tasks % threads ? 1 : 0);
      others[i] =
          Thread.ofPlatform()
              .start(() -> {
                for (int j = 0; j < share; j++) {
                  start.run();
                }
              });
    }
    for (Thread other : others) {
      other.join();
    }
  }
}
