// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static java.time.Duration.ofMillis;

import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;

/**
 * The service of the demo under Curfew: an HTTP API, a queue with four workers, a poller, and one
 * client that they share. Compare {@link PlainService}.
 */
final class DemoService {
  static final int WORKERS = 4;

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
    Backlog backlog = service.own("backlog", new Backlog(2_000, settings));
    UpstreamClient upstream = new UpstreamClient(http, settings.upstream());
    Catalog catalog = new Catalog(upstream);
    if (settings.stuck()) {
      service.own("ledger", new Ledger());
      service.background("mirror", new Mirror());
    }

    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpIntake api = HttpIntake.listen(address, new Api(backlog, upstream, catalog));
    service.intake("api", api); // goes quiet first
    for (int i = 0; i < WORKERS; i++) {
      service.background("worker", stop -> work(backlog, new Attempts(upstream), stop));
    }
    service.background("hand-over", stop -> handOver(backlog, stop));
    service.background("poller", stop -> poll(catalog, stop));
    Handshake.announce(settings.portFile(), api.port());
  }

  private static void work(Backlog backlog, Attempts attempts, StopSignal stop)
      throws InterruptedException {
    for (String job = backlog.begin(); job != null; job = backlog.begin()) {
      Attempts.End end = Attempts.End.GIVE_BACK;
      try {
        end = attempts.work(job, stop::await); // a pause between attempts ends when asked to stop
      } finally {
        backlog.end(job, end);
      }
    }
  }

  private static void handOver(Backlog backlog, StopSignal stop) throws InterruptedException {
    stop.await();
    backlog.handOver();
  }

  private static void poll(Catalog catalog, StopSignal stop) throws InterruptedException {
    do {
      catalog.refresh();
    } while (!stop.await(ofMillis(500)));
  }
}
