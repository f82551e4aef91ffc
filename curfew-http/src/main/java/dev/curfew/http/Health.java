// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/** The endpoints that say whether the process lives, and whether it wants work. */
final class Health {
  private final BooleanSupplier ready;
  private final BooleanSupplier retired;

  Health(BooleanSupplier ready, BooleanSupplier retired) {
    this.ready = ready;
    this.retired = retired;
  }

  void addTo(HttpServer server) {
    server.createContext("/livez", exchange -> answer(exchange, "/livez", true));
    server.createContext("/readyz", exchange -> answer(exchange, "/readyz", isReady()));
  }

  /** Whether the process wants work. */
  boolean isReady() {
    if (retired.getAsBoolean()) {
      return false;
    }
    try {
      return ready.getAsBoolean();
    } catch (RuntimeException | Error e) {
      // Foreign code, asked by a probe every few seconds: what can't say that it is ready, is not.
      // Errors, too: a probe without an answer looks like a process that hangs.
      return false;
    }
  }

  private void answer(HttpExchange exchange, String path, boolean good) throws IOException {
    try (exchange) {
      // A probe's connection is never kept: it would have to be settled in a stop.
      exchange.getResponseHeaders().set("Connection", "close");
      if (!exchange.getRequestURI().getPath().equals(path)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      byte[] text = (good ? "ok\n" : "not ready\n").getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(good ? 200 : 503, head ? -1 : text.length);
      if (!head) {
        exchange.getResponseBody().write(text);
      }
    }
  }
}
