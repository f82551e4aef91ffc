// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.function.IntSupplier;

/**
 * The service's HTTP API, the same in both programs: {@code GET /catalog} is answered from what the
 * poller last saw, {@code GET /quote/<n>} calls the upstream, {@code POST /jobs/<job>} answers 202
 * once the job is in the queue: from then on the service owes it.
 */
final class Api implements HttpHandler {
  /** Where jobs are put. */
  @FunctionalInterface
  interface Inbox {
    /** Whether the job was taken in: from then on the service owes it. */
    boolean put(String job) throws InterruptedException;
  }

  private final Inbox inbox;
  private final UpstreamClient upstream;
  private final IntSupplier catalog;

  Api(Inbox inbox, UpstreamClient upstream, IntSupplier catalog) {
    this.inbox = inbox;
    this.upstream = upstream;
    this.catalog = catalog;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(answer(exchange.getRequestURI().getPath()), -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int answer(String path) throws InterruptedException {
    if (path.startsWith("/jobs/")) {
      return inbox.put(path.substring("/jobs/".length())) ? 202 : 503;
    }
    if (path.startsWith("/quote/")) {
      return quote(path);
    }
    return path.equals("/catalog") ? catalog.getAsInt() : 404;
  }

  private int quote(String path) throws InterruptedException {
    try {
      return upstream.get(path) == 200 ? 200 : 502;
    } catch (IOException e) {
      return 502;
    }
  }
}
