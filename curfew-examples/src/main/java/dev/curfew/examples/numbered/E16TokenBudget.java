// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.curfew.service.Service;
import dev.curfew.worker.Budget;
import dev.curfew.worker.HttpJobs;
import dev.curfew.worker.Job;
import dev.curfew.worker.Worker;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.QueueStats;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * Prints:
 *   one: 2000 tokens reserved, 700 used; 9300 of 10000 are left
 *   two is told to come back after 4 s: nobody calls until then
 *   three has 2000 tokens reserved and waits: 7300 are left
 *   stopped: 9300 are left, and 2 jobs for the next start
 *   CURFEW shutdown service=prompts outcome=CLEAN reason=requestStop … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/**
 * A token budget: each call of a language model reserves an estimate and settles what it has used.
 * One answer of 429 with {@code Retry-After} has all calls wait, and a stop ends the wait, gives
 * the job back and refunds what was reserved for it.
 */
final class E16TokenBudget {
  private static final int MOST = 10_000;
  private static final int ESTIMATE = 2_000;
  private static final Pattern USED = Pattern.compile("\"total_tokens\": *(\\d+)");

  private E16TokenBudget() {}

  public static void main(String... args) {
    Service.named("prompts").main(E16TokenBudget::start);
  }

  private static void start(Service service) throws Exception {
    HttpServer model = service.own("model", model(), server -> server.stop(0));
    HttpClient http = service.own("http", HttpClient.newHttpClient());
    Path file = service.own("file", Files.createTempFile("prompts-", ".db"), Files::delete);
    JobQueue prompts = service.own("prompts", SqlJobQueue.sqlite(file));
    for (String prompt : new String[] {"one", "two", "three"}) {
      prompts.put(NewJob.of(prompt));
    }

    Budget budget = Budget.named("model").requests(60, ofMinutes(1)).tokens(MOST, ofDays(1));
    HttpJobs calls = HttpJobs.of(http).budget(budget);
    URI uri = URI.create("http://127.0.0.1:" + model.getAddress().getPort());
    service.own("figures", budget, left -> tell(prompts.stats(), left));
    service.background(
        "ask", Worker.of(prompts).concurrency(1).handle(job -> ask(job, calls, uri, budget)));
    service.fork("watch", () -> watch(service, budget));
  }

  /** Called once the jobs have ended, before the queue is closed. */
  private static void tell(QueueStats jobs, Budget budget) {
    System.out.printf(
        "stopped: %d are left, and %d jobs for the next start%n",
        budget.availableTokens(), jobs.due() + jobs.later());
  }

  private static void ask(Job job, HttpJobs calls, URI uri, Budget budget)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(job.text())).build();
    HttpResponse<String> answer =
        calls.send(job, request, BodyHandlers.ofString(), ESTIMATE, E16TokenBudget::used);
    System.out.printf(
        "%s: %d tokens reserved, %d used; %d of %d are left%n",
        job.text(), ESTIMATE, used(answer), budget.availableTokens(), MOST);
  }

  private static long used(HttpResponse<String> answer) {
    Matcher used = USED.matcher(answer.body());
    return used.find() ? Long.parseLong(used.group(1)) : ESTIMATE;
  }

  /** Stops the service once a job waits for the end of the pause. */
  private static void watch(Service service, Budget budget) throws InterruptedException {
    long left = budget.availableTokens();
    while (budget.pausedFor().isZero() || left == MOST - 700) {
      Thread.sleep(5);
      left = budget.availableTokens();
    }
    System.out.printf("three has %d tokens reserved and waits: %d are left%n", ESTIMATE, left);
    service.requestStop("it is late");
  }

  /** Plays the language model. */
  private static HttpServer model() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", E16TokenBudget::answer);
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String prompt = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (!prompt.equals("one")) {
        System.out.println(prompt + " is told to come back after 4 s: nobody calls until then");
        exchange.getResponseHeaders().set("Retry-After", "4");
        exchange.sendResponseHeaders(429, -1);
        return;
      }
      byte[] body = "{\"usage\": {\"total_tokens\": 700}}".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
