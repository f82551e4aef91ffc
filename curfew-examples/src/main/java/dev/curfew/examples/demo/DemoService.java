// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import dev.curfew.worker.Retry;
import dev.curfew.worker.Worker;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.time.Duration;

/**
 * The service of the demo under Curfew: an HTTP API that puts jobs into a durable queue, a worker
 * that does them, a poller, and one client that they share. Compare {@link PlainService}.
 */
final class DemoService {
  /** Short, so that what a {@code kill -9} has cut off is done again soon. */
  static final Duration LEASE = ofSeconds(4);

  private DemoService() {}

  /** Arguments: see {@link ServiceSettings}. */
  public static void main(String... args) {
    System.out.println("main"); // The storm wants to know how far a start has come.
    ServiceSettings settings = ServiceSettings.of(args);
    Service.named("demo")
        .curfew(settings.curfew())
        .reportFile(settings.reportFile())
        .main(service -> start(service, settings));
  }

  private static void start(Service service, ServiceSettings settings) throws Exception {
    System.out.println("set-up");
    Lifeline.onDriverGone(() -> Runtime.getRuntime().halt(1));
    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpClient http = service.own("http", HttpClient.newHttpClient()); // closed last
    JobQueue jobs = service.own("jobs", settings.jobs().open());
    if (settings.stuck()) {
      service.own("ledger", new Ledger());
      service.background("mirror", new Mirror());
    }
    if (settings.role() != ServiceSettings.Role.FRONT) {
      service.background("dispatch", dispatcher(jobs, http, settings));
    }
    int port =
        settings.role() == ServiceSettings.Role.WORKER ? 0 : serve(service, http, jobs, settings);
    Handshake.announce(settings.portFile(), port);
  }

  private static Worker dispatcher(JobQueue jobs, HttpClient http, ServiceSettings settings) {
    return Worker.of(jobs)
        .concurrency(settings.limits().concurrency())
        .lease(LEASE)
        .retry(Retry.atMost(5).withBackoff(ofMillis(50), ofSeconds(1)))
        .handle(new Dispatch(http, settings));
  }

  private static int serve(
      Service service, HttpClient http, JobQueue jobs, ServiceSettings settings) throws Exception {
    UpstreamClient upstream = new UpstreamClient(http, settings);
    Catalog catalog = new Catalog(upstream);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpIntake api = HttpIntake.listen(address, new Api(job -> put(jobs, job), upstream, catalog));
    service.intake("api", api); // goes quiet first
    service.background("poller", stop -> poll(catalog, stop));
    return api.port();
  }

  /** Once this returns true, the job is committed: the API answers 202. */
  private static boolean put(JobQueue jobs, String job) throws InterruptedException {
    try {
      jobs.put(NewJob.of(job));
      return true;
    } catch (QueueException e) {
      System.out.println("refused " + job + ": " + e.getMessage());
      return false;
    }
  }

  private static void poll(Catalog catalog, StopSignal stop) throws InterruptedException {
    do {
      catalog.refresh();
    } while (!stop.await(ofMillis(500)));
  }
}
