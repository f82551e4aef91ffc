// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.service.Service;
import java.util.concurrent.CountDownLatch;

/** A fresh JVM that has nothing to do until a signal ends it. Prints READY when it is idle. */
final class IdleMain {
  private IdleMain() {}

  public static void main(String[] args) throws InterruptedException {
    switch (args[0]) {
      case "hook" -> {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
        ready();
        new CountDownLatch(1).await();
      }
      case "service" ->
          Service.named("idle")
              .main(service ->
                  service.background(
                      "wait",
                      stop -> {
                        ready();
                        stop.await();
                      }));
      default -> throw new IllegalArgumentException("expected hook or service, got " + args[0]);
    }
  }

  private static void ready() {
    System.out.println("READY");
    System.out.flush();
  }
}
