// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static java.time.Duration.ofSeconds;

import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * The complete template: a service, a client that its tasks share, a poller, a group of tasks in
 * each round, and a stop on SIGTERM or Ctrl+C that leaves nothing pending.
 */
public final class Template {
  private Template() {}

  /** Polls the URI in the first argument, every second, until it is stopped. */
  public static void main(String... args) {
    URI uri = URI.create(args[0]);
    Service.named("template")
        .curfew(ofSeconds(10))
        .main(service -> {
          HttpClient http = service.own("http", HttpClient.newHttpClient());
          service.background("poller", stop -> poll(http, uri, stop));
        });
  }

  private static void poll(HttpClient http, URI uri, StopSignal stop) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
    do {
      int status =
          TaskGroup.call(
              "round",
              group -> {
                Task<Integer> first = group.fork("first", () -> status(http, request));
                Task<Integer> second = group.fork("second", () -> status(http, request));
                group.join();
                return Math.max(first.get(), second.get());
              });
      System.out.println(uri + " answers " + status);
    } while (!stop.await(ofSeconds(1)));
  }

  private static int status(HttpClient http, HttpRequest request) throws Exception {
    return http.send(request, BodyHandlers.discarding()).statusCode();
  }
}
