// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import java.util.concurrent.atomic.AtomicBoolean;

/*
 * Prints:
 *   order 7 is saved
 *   the database is closed
 *   CURFEW shutdown service=shop outcome=CLEAN … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/** Cause 5, order: the order of a stop is the shape of the tree, not a matter of luck. */
final class E05Order {
  private E05Order() {}

  public static void main(String... args) {
    Service.named("shop")
        .main(service -> {
          AtomicBoolean database = new AtomicBoolean(true);
          service.onClose(
              "database",
              () -> {
                database.set(false);
                System.out.println("the database is closed");
              });
          service.fork(
              "order",
              () -> {
                service.requestStop("the shop closes");
                Thread.sleep(300);
                System.out.println(
                    database.get() ? "order 7 is saved" : "order 7 is lost: no database");
              });
        });
  }
}
