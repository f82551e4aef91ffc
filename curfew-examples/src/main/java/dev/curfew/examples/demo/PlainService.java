// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The service of the demo as most people write it: thread pools, and a shutdown hook that stops the
 * server, then the pool, each with a timeout. What {@link DemoService} is compared with; apart from
 * the way it stops it does the same with the same classes.
 */
final class PlainService {
  private PlainService() {}

  /** Arguments: see {@link ServiceSettings}. */
  public static void main(String... args) throws IOException {
    Lifeline.onDriverGone(() -> Runtime.getRuntime().halt(1));
    System.setProperty("sun.net.httpserver.nodelay", "true");
    ServiceSettings settings = ServiceSettings.of(args);
    JobList failed = new JobList(settings.failedFile());
    UpstreamClient upstream = new UpstreamClient(HttpClient.newHttpClient(), settings.upstream());
    Attempts attempts = new Attempts(upstream);
    Catalog catalog = new Catalog(upstream);

    ExecutorService workers = Executors.newFixedThreadPool(DemoService.WORKERS);
    ExecutorService requests = Executors.newFixedThreadPool(64);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(requests);
    server.createContext(
        "/",
        new Api(
            job -> {
              workers.execute(() -> work(job, attempts, failed));
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

  private static void work(String job, Attempts attempts, JobList failed) {
    try {
      Attempts.End end =
          attempts.work(
              job,
              pause -> {
                Thread.sleep(pause);
                return false;
              });
      if (end == Attempts.End.FAILED) {
        failed.add(List.of(job));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
