// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls the upstream through the client that the service shares. */
final class UpstreamClient {
  private final HttpClient http;
  private final URI base;

  UpstreamClient(HttpClient http, URI base) {
    this.http = http;
    this.base = base;
  }

  /** The status of the answer. */
  int get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(base.resolve(path)).GET().build());
  }

  /** Does a job: 200 if it is done, 422 if it can never be done. */
  int work(String job, int attempt) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(base.resolve("/work/" + job))
            .header("Attempt", Integer.toString(attempt))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build());
  }

  private int send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, BodyHandlers.discarding()).statusCode();
  }
}
