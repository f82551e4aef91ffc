// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The second half of a cancel: interrupts what was marked. Strands with a hook get theirs after the
 * hook, on helpers, so that a hook which hangs holds up neither the canceller nor the others.
 * Delivering twice does no harm, so whoever has to bound it starts it again on another thread.
 */
final class Delivery {
  /** A hook that hangs takes one of these; the finder looks after those it kept waiting. */
  private static final int MOST_HELPERS = 4;

  private @Nullable Queue<Strand> hooked;

  private Delivery() {}

  /** To everything in the group, or to its forks only; any thread. */
  static void to(Group group, boolean all) {
    Delivery delivery = new Delivery();
    group.forEachStrand(all, delivery::visit);
    delivery.runHooks();
  }

  /** To a task and all that is inside it; any thread. */
  static void to(Strand strand) {
    Delivery delivery = new Delivery();
    delivery.visit(strand);
    Group.forEachInside(strand, null, delivery::visit);
    delivery.runHooks();
  }

  /** To one strand, after what held it off: also a second time. Any thread. */
  static void again(Strand strand) {
    if (Hook.anyDue(strand)) {
      afterHooks(List.of(strand));
    } else {
      strand.deliver(true);
    }
  }

  /** To strands that have hooks to run: also a second time. Any thread. */
  static void afterHooks(Collection<Strand> hooked) {
    Queue<Strand> queue = new ConcurrentLinkedQueue<>(hooked);
    int helpers = Math.min(MOST_HELPERS, queue.size());
    for (int i = 0; i < helpers; i++) {
      Helpers.run(
          "curfew-cancel",
          () -> {
            for (Strand strand = queue.poll(); strand != null; strand = queue.poll()) {
              Hook.runDue(strand);
              strand.deliver(true);
            }
          });
    }
  }

  private void visit(Strand strand) {
    if (!Hook.anyDue(strand)) {
      strand.deliver(false);
      return;
    }
    Queue<Strand> queue = hooked;
    if (queue == null) {
      queue = new ArrayDeque<>();
      hooked = queue;
    }
    queue.add(strand);
  }

  private void runHooks() {
    if (hooked != null) {
      afterHooks(hooked);
    }
  }
}
