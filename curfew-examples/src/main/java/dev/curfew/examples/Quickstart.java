// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static java.time.Duration.ofSeconds;

import com.sun.net.httpserver.HttpExchange;
import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** The smallest complete service: an HTTP API, a client, and a task that polls. */
public final class Quickstart {
  private Quickstart() {}

  /** Serves on port 8080 until it is stopped. */
  public static void main(String... args) {
    Service.named("quickstart").main(Quickstart::start);
  }

  private static void start(Service service) throws IOException {
    HttpClient http = service.own("http", HttpClient.newHttpClient()); // closed last
    service.intake("api", HttpIntake.listen(8080, Quickstart::hello)); // goes quiet first
    service.background("poller", stop -> poll(http, stop)); // asked once the requests are done
  }

  private static void poll(HttpClient http, StopSignal stop) throws Exception {
    HttpRequest peer = HttpRequest.newBuilder(URI.create("http://localhost:9090/")).build();
    while (!stop.await(ofSeconds(1))) {
      try {
        http.send(peer, BodyHandlers.discarding());
      } catch (IOException down) {
        System.out.println("the peer is down: " + down); // a failure would stop the service
      }
    }
  }

  private static void hello(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, -1);
  }
}
