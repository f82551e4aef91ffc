// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * A fresh JVM that serves slow requests until a signal ends it: {@code stop} and {@code closing} as
 * people write it with the JDK's server and a shutdown hook, {@code curfew} as a service with an
 * intake. Prints READY and its port.
 */
final class ServerMain {
  private static volatile boolean draining;

  private ServerMain() {}

  public static void main(String[] args) throws IOException {
    switch (args[0]) {
      case "stop" -> hooked(false);
      case "closing" -> hooked(true);
      case "curfew" -> service();
      default ->
          throw new IllegalArgumentException("expected stop, closing or curfew, got " + args[0]);
    }
  }

  private static void hooked(boolean closing) throws IOException {
    HttpServer server = HttpServer.create(loopback(), 0);
    server.createContext("/", ServerMain::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              draining = closing;
              // Without "Connection: close" busy clients would keep it waiting all the time.
              server.stop(closing ? 10 : 1);
            }));
    server.start();
    ready(server.getAddress().getPort());
  }

  private static void service() {
    Service.named("server")
        .main(service -> {
          HttpIntake api = HttpIntake.listen(loopback(), ServerMain::answer);
          service.intake("api", api);
          // It is bound: whoever connects now is served as soon as the service runs.
          ready(api.port());
        });
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void ready(int port) {
    System.out.println("READY " + port);
    System.out.flush();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try {
      Thread.sleep(Stop.REQUEST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted before the answer was ready", e);
    }
    if (draining) {
      exchange.getResponseHeaders().set("Connection", "close");
    }
    byte[] body = "done".getBytes(StandardCharsets.US_ASCII);
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
