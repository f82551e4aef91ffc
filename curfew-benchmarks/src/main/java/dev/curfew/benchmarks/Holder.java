// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.softwaremill.jox.structured.Scopes;
import dev.curfew.task.TaskGroup;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One way to hold many blocked tasks, to cancel them all and to wait for their end. */
record Holder(String name, Run run) {
  /**
   * Starts the crowd, calls its {@code blocked()}, cancels all, waits, calls its {@code home()}.
   */
  @FunctionalInterface
  interface Run {
    void hold(Crowd crowd) throws Exception;
  }

  static final Holder RAW = new Holder("raw", Holder::raw);
  static final Holder CURFEW = new Holder("curfew", Holder::curfew);

  static final List<Holder> ALL =
      List.of(
          RAW,
          new Holder("StructuredTaskScope", Holder::structured),
          new Holder("executor", Holder::executor),
          new Holder("jox", Holder::jox),
          CURFEW);

  static Holder named(String name) {
    return ALL.stream()
        .filter(holder -> holder.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no holder " + name + "; there are " + ALL));
  }

  private static void raw(Crowd crowd) throws Exception {
    CountDownLatch latch = new CountDownLatch(crowd.size());
    Runnable body =
        () -> {
          try {
            crowd.block();
          } catch (InterruptedException e) {
            // This is how it was to end.
          }
          latch.countDown();
        };
    Thread[] threads = new Thread[crowd.size()];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.startVirtualThread(body);
    }
    crowd.blocked();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    latch.await();
    crowd.home();
  }

  private static void structured(Crowd crowd) throws Exception {
    AtomicBoolean cancelled = new AtomicBoolean();
    CountDownLatch trigger = new CountDownLatch(1);
    Joiner<Object, Object> untilTriggered =
        new Joiner<>() {
          @Override
          public boolean onComplete(Subtask<? extends Object> subtask) {
            return cancelled.get();
          }

          @Override
          public Object result() {
            return "";
          }
        };
    try (StructuredTaskScope<Object, Object> scope = StructuredTaskScope.open(untilTriggered)) {
      scope.fork(() -> {
        trigger.await();
        cancelled.set(true);
        return "";
      });
      for (int i = 0; i < crowd.size(); i++) {
        scope.fork(() -> {
          crowd.block();
          return "";
        });
      }
      crowd.blocked();
      trigger.countDown();
      scope.join();
    }
    crowd.home();
  }

  private static void executor(Crowd crowd) throws Exception {
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    Future<?>[] futures = new Future<?>[crowd.size()];
    for (int i = 0; i < futures.length; i++) {
      futures[i] =
          executor.submit(() -> {
            crowd.block();
            return "";
          });
    }
    crowd.blocked();
    executor.shutdownNow();
    if (!executor.awaitTermination(120, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the executor did not end within 120 s");
    }
    crowd.home();
  }

  private static void jox(Crowd crowd) throws Exception {
    Scopes.supervised(scope -> {
      for (int i = 0; i < crowd.size(); i++) {
        scope.fork(() -> {
          crowd.block();
          return "";
        });
      }
      crowd.blocked();
      return "";
    });
    crowd.home();
  }

  private static void curfew(Crowd crowd) throws Exception {
    TaskGroup.run(
        "crowd",
        group -> {
          for (int i = 0; i < crowd.size(); i++) {
            group.fork("task", crowd::block);
          }
          try {
            crowd.blocked();
          } finally {
            group.cancel("measured");
          }
        });
    crowd.home();
  }
}
