// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import com.softwaremill.jox.structured.Scopes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;

/** Starting and finishing tasks as the JDK and other libraries do it. */
final class SpawnPeers {
  /** The least that any owner of virtual threads has to do; everything else is a ratio to it. */
  static final Spawner RAW = new Spawner("raw threads, one latch", SpawnPeers::raw);

  private SpawnPeers() {}

  static Spawner rawFromOthers(int threads) {
    return new Spawner(
        "raw threads, one latch, from " + threads + " other",
        tasks -> {
          CountDownLatch latch = new CountDownLatch(tasks);
          Runnable body = counted(latch);
          Spawner.fromOthers(threads, tasks, () -> Thread.startVirtualThread(body));
          latch.await();
        });
  }

  static List<Spawner> all() {
    return List.of(
        // The same once more: how far its ratio is from 1 is how far to trust the others.
        new Spawner("raw threads, one latch, again", SpawnPeers::raw),
        new Spawner("raw threads, join each", SpawnPeers::joinEach),
        new Spawner("StructuredTaskScope", SpawnPeers::structured),
        new Spawner("virtual-thread executor, execute", SpawnPeers::execute),
        new Spawner("virtual-thread executor, submit", SpawnPeers::submit),
        new Spawner("Guava listening decorator", SpawnPeers::guava),
        new Spawner("CompletableFuture", SpawnPeers::completableFuture),
        new Spawner("jox forkUser", SpawnPeers::jox));
  }

  private static Runnable counted(CountDownLatch latch) {
    return () -> {
      Work.once();
      latch.countDown();
    };
  }

  private static void raw(int tasks) throws InterruptedException {
    CountDownLatch latch = new CountDownLatch(tasks);
    Runnable body = counted(latch);
    for (int i = 0; i < tasks; i++) {
      Thread.startVirtualThread(body);
    }
    latch.await();
  }

  private static void joinEach(int tasks) throws InterruptedException {
    Thread[] threads = new Thread[tasks];
    for (int i = 0; i < tasks; i++) {
      threads[i] = Thread.startVirtualThread(Work::once);
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void structured(int tasks) throws InterruptedException {
    try (StructuredTaskScope<Object, Void> scope = StructuredTaskScope.open(Joiner.awaitAll())) {
      for (int i = 0; i < tasks; i++) {
        scope.fork(Work::once);
      }
      scope.join();
    }
  }

  private static void execute(int tasks) {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < tasks; i++) {
        executor.execute(Work::once);
      }
    }
  }

  private static void submit(int tasks) {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?>[] futures = new Future<?>[tasks];
      for (int i = 0; i < tasks; i++) {
        futures[i] = executor.submit(Work::once);
      }
    }
  }

  private static void guava(int tasks) {
    try (ListeningExecutorService executor =
        MoreExecutors.listeningDecorator(Executors.newVirtualThreadPerTaskExecutor())) {
      ListenableFuture<?>[] futures = new ListenableFuture<?>[tasks];
      for (int i = 0; i < tasks; i++) {
        futures[i] = executor.submit(Work::once);
      }
    }
  }

  private static void completableFuture(int tasks) {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<?>[] futures = new CompletableFuture<?>[tasks];
      for (int i = 0; i < tasks; i++) {
        futures[i] = CompletableFuture.runAsync(Work::once, executor);
      }
      CompletableFuture.allOf(futures).join();
    }
  }

  private static void jox(int tasks) throws InterruptedException {
    Scopes.supervised(scope -> {
      for (int i = 0; i < tasks; i++) {
        scope.forkUser(() -> {
          Work.once();
          return "";
        });
      }
      return "";
    });
  }
}
