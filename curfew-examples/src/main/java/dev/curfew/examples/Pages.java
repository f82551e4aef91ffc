// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import java.io.IOException;
import java.util.concurrent.ExecutionException;

/** Two look-ups side by side: one result, or one failure and nothing left behind. */
final class Pages {
  /** Finds something by its number; may take a while, and may fail. */
  @FunctionalInterface
  interface Finder<T> {
    T find(int id) throws IOException, InterruptedException;
  }

  private final Finder<String> users;
  private final Finder<String> carts;

  Pages(Finder<String> users, Finder<String> carts) {
    this.users = users;
    this.carts = carts;
  }

  String page(int id) throws ExecutionException, InterruptedException {
    return TaskGroup.call(
        "page",
        group -> {
          Task<String> user = group.fork("user", () -> users.find(id));
          Task<String> cart = group.fork("cart", () -> carts.find(id));
          group.join(); // the first failure cancels the other, and is thrown here
          return user.get() + ": " + cart.get();
        });
  }
}
