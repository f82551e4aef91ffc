// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A process that is one engine's worker until a signal ends it. Arguments: engine, URL of its
 * database, file of effects, budget of a stop in milliseconds. Prints READY.
 */
final class WorkerMain {
  private WorkerMain() {}

  @SuppressWarnings("resource") // As long as the process.
  public static void main(String[] args) throws Exception {
    Effects effects = new Effects(Path.of(args[2]));
    Duration budget = Duration.ofMillis(Long.parseLong(args[3]));
    Engine.named(args[0])
        .open(args[1])
        .serve(
            Chore.recordingTo(effects),
            () -> {
              System.out.println("READY");
              System.out.flush();
            },
            budget);
    new CountDownLatch(1).await();
  }
}
