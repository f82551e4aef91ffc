// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import com.sun.net.httpserver.HttpExchange;
import dev.curfew.http.HttpIntake;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A service with an HTTP API: {@code /work} takes 50 ms, {@code /exit} calls {@code
 * System.exit(7)}, {@code /loop} swallows every interrupt, {@code /sleep} is interrupted by a
 * cancel.
 */
public final class Serves {

  private static final AtomicLong begun = new AtomicLong();
  private static final AtomicLong answered = new AtomicLong();

  private Serves() {}

  public static void main(String[] arguments) {
    Settings.service("serves")
        .main(service -> {
          Settings.owns(service, "database");
          service.onClose(
              "counts", () -> Say.line("begun=" + begun.get() + " answered=" + answered.get()));
          HttpIntake api =
              service.intake(
                  "api",
                  HttpIntake.listen(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Serves::handles));
          service.background(
              "ready",
              stop -> {
                Say.line("port=" + api.port());
                Settings.saysReady(service);
                stop.await();
                Say.line("asked");
              });
        });
  }

  private static void handles(HttpExchange exchange) throws IOException {
    begun.incrementAndGet();
    try {
      switch (exchange.getRequestURI().getPath()) {
        case "/exit" -> {
          Say.line("exits");
          System.exit(7);
        }
        case "/loop" -> {
          Say.line("loops");
          Swallows.loop();
        }
        case "/sleep" -> {
          Say.line("sleeps");
          TimeUnit.HOURS.sleep(1);
        }
        default -> TimeUnit.MILLISECONDS.sleep(50);
      }
      byte[] body = "done\n".getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
      answered.incrementAndGet();
    } catch (InterruptedException cancelled) {
      Thread.currentThread().interrupt();
      throw new IOException("cancelled in " + exchange.getRequestURI(), cancelled);
    }
  }
}
