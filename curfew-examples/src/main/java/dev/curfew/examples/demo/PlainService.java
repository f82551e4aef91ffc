// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The service of the demo as most people write it: thread pools with their queues in memory, and a
 * shutdown hook that stops the server, then the pool, each with a timeout. What {@link DemoService}
 * is compared with: the same API, the same calls.
 */
final class PlainService {
  /** What it prints before the name of a job that can't be done. */
  static final String FAILED = "failed ";

  private static final int ATTEMPTS = 5;

  private PlainService() {}

  /** Arguments: see {@link ServiceSettings}. */
  public static void main(String... args) throws IOException {
    Lifeline.onDriverGone(() -> Runtime.getRuntime().halt(1));
    System.setProperty("sun.net.httpserver.nodelay", "true");
    ServiceSettings settings = ServiceSettings.of(args);
    UpstreamClient upstream = new UpstreamClient(HttpClient.newHttpClient(), settings);
    Catalog catalog = new Catalog(upstream);

    ExecutorService workers = Executors.newFixedThreadPool(settings.limits().threads());
    ExecutorService requests = Executors.newFixedThreadPool(64);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(requests);
    server.createContext(
        "/",
        new Api(
            job -> {
              workers.execute(() -> work(job, upstream));
              return true;
            },
            upstream,
            catalog));
    server.start();
    Thread.ofPlatform().daemon().name("poller").start(() -> poll(catalog));

    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              server.stop(2);
              workers.shutdown();
              try {
                if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                  workers.shutdownNow();
                }
              } catch (InterruptedException e) {
                workers.shutdownNow();
              }
              requests.shutdown();
            }));
    Handshake.announce(settings.portFile(), server.getAddress().getPort());
  }

  private static void work(String job, UpstreamClient upstream) {
    try {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        int status = call(job, attempt, upstream);
        if (status == 200) {
          return;
        }
        if (status == 422) {
          break;
        }
        Thread.sleep(backoff(attempt));
      }
      System.out.println(FAILED + job);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int call(String job, int attempt, UpstreamClient upstream)
      throws InterruptedException {
    try {
      return upstream.send(upstream.work(job, attempt).header("Idempotency-Key", job).build());
    } catch (IOException e) {
      return 0; // The connection was cut, which is worth another attempt like a 500.
    }
  }

  /** 25, 50, 100, 200 ms, each give or take half of it, so that retries don't come in step. */
  private static Duration backoff(int attempt) {
    long full = 25L << (attempt - 1);
    return Duration.ofMillis(full / 2 + ThreadLocalRandom.current().nextLong(full + 1));
  }

  private static void poll(Catalog catalog) {
    try {
      while (true) {
        catalog.refresh();
        Thread.sleep(Duration.ofMillis(500));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
