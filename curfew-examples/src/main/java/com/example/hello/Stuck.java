// SPDX-License-Identifier: Apache-2.0
package com.example.hello;

import static java.time.Duration.ofSeconds;

import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;

/** A service with the most common mistake: a task that swallows its interrupt. */
public final class Stuck {
  private Stuck() {}

  /** Runs until it is stopped, and then to the end of its curfew. */
  public static void main(String... args) {
    Service.named("stuck")
        .curfew(ofSeconds(10))
        .main(service -> service.background("copy", Stuck::copy));
  }

  private static void copy(StopSignal stop) {
    while (true) {
      try {
        Thread.sleep(100); // stands for the work; nobody asks the stop signal
      } catch (InterruptedException e) {
        System.out.println("interrupted, whatever that means");
      }
    }
  }
}
