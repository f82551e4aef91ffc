// SPDX-License-Identifier: Apache-2.0
package com.example.crawler;

import static java.time.Duration.ofSeconds;

import com.sun.net.httpserver.HttpExchange;
import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import dev.curfew.worker.HttpJobs;
import dev.curfew.worker.Job;
import dev.curfew.worker.Worker;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Takes addresses over HTTP, and fetches them. */
public final class Crawler {
  private Crawler() {}

  /** Argument: the port, 8080 unless given. The jobs are in the current folder. */
  public static void main(String... args) {
    int port = args.length == 0 ? 8080 : Integer.parseInt(args[0]);
    Service.named("crawler").curfew(ofSeconds(10)).main(service -> start(service, port));
  }

  private static void start(Service service, int port) throws IOException {
    HttpClient http = service.own("http", HttpClient.newHttpClient());
    JobQueue queue = service.own("frontier", SqlJobQueue.sqlite(Path.of("frontier.db")));
    Worker fetcher =
        Worker.of(queue).concurrency(16).jobTimeout(ofSeconds(60)).handle(job -> fetch(http, job));
    service.background("fetch", fetcher);
    HttpIntake api = HttpIntake.at(port).listen(exchange -> take(queue, exchange));
    service.intake("api", api);
    System.out.println("POST an address to http://localhost:" + api.port() + "/");
  }

  private static void take(JobQueue queue, HttpExchange exchange) throws IOException {
    String address =
        new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      queue.put(NewJob.of(address).withUniqueKey(address));
    } catch (InterruptedException e) {
      // Nobody knows whether it is there. No answer says so; the caller may put it again.
      throw new InterruptedIOException("the service stops");
    }
    exchange.sendResponseHeaders(202, -1); // It is on the disk.
  }

  private static void fetch(HttpClient http, Job job) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(job.text())).build();
    HttpResponse<String> page = HttpJobs.of(http).send(job, request, BodyHandlers.ofString());
    System.out.println(job.text() + ": " + page.body().length() + " characters");
  }
}
