// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/*
 * Prints:
 *   user 7 has 2 items
 *   no page in time: Group /page did not end by its deadline and was cancelled: cart was still out
 * Exit code: 0
 */

/**
 * Fan-out with a deadline: two calls side by side. The deadline cancels both, waits until they are
 * gone, and is a {@code TimeoutException} exactly where it was set.
 */
final class E10FanOut {
  private E10FanOut() {}

  public static void main(String... args) throws ExecutionException, InterruptedException {
    System.out.println(page(20));
    System.out.println(page(60_000));
  }

  private static String page(long millisOfTheCart) throws ExecutionException, InterruptedException {
    try {
      return TaskGroup.named("page")
          .deadline(Duration.ofSeconds(1))
          .call(group -> {
            Task<String> user = group.fork("user", () -> slow("user 7", 10));
            Task<String> cart = group.fork("cart", () -> slow("2 items", millisOfTheCart));
            group.join();
            return user.get() + " has " + cart.get();
          });
    } catch (TimeoutException e) {
      return "no page in time: " + e.getMessage();
    }
  }

  private static String slow(String answer, long millis) throws InterruptedException {
    Thread.sleep(millis);
    return answer;
  }
}
