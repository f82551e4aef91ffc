// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls the upstream through the client that the service shares. */
final class UpstreamClient {
  private final HttpClient http;
  private final URI base;
  private final String run;

  UpstreamClient(HttpClient http, ServiceSettings settings) {
    this.http = http;
    this.base = settings.upstream();
    this.run = settings.run();
  }

  /** The status of the answer. */
  int get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(base.resolve(path)).GET().build());
  }

  int send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.discarding()).statusCode();
  }

  /** The call that does a job; it still needs an idempotency key. */
  HttpRequest.Builder work(String job, int attempt) {
    return HttpRequest.newBuilder(base.resolve("/work/" + job))
        .header(Upstream.RUN, run)
        .header(Upstream.ATTEMPT, Integer.toString(attempt))
        .POST(BodyPublishers.noBody());
  }
}
