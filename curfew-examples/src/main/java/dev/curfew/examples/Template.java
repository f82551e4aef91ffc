// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static java.time.Duration.ofSeconds;

import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import dev.curfew.task.TaskGroup;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * The complete template: a service that polls a URI, with two calls side by side in each round and
 * one client for all of them. On SIGTERM or Ctrl+C the round under way is finished, the client is
 * closed after it, and the process exits with 0.
 */
public final class Template {
  private Template() {}

  /** Argument: the URI. */
  public static void main(String... args) {
    Service.named("template").main(service -> start(service, URI.create(args[0])));
  }

  private static void start(Service service, URI uri) {
    HttpClient http = service.own("http", HttpClient.newHttpClient());
    service.background("poller", stop -> poll(http, uri, stop));
  }

  private static void poll(HttpClient http, URI uri, StopSignal stop) throws Exception {
    do {
      TaskGroup.run(
          "round",
          round -> {
            round.fork("first", () -> call(http, uri));
            round.fork("second", () -> call(http, uri));
          });
    } while (!stop.await(ofSeconds(1)));
  }

  private static void call(HttpClient http, URI uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(ofSeconds(5)).build();
    System.out.println(http.send(request, BodyHandlers.discarding()).statusCode());
  }
}
