// SPDX-License-Identifier: Apache-2.0
package com.example.hello;

import static java.time.Duration.ofSeconds;

import com.sun.net.httpserver.HttpExchange;
import dev.curfew.http.HttpIntake;
import dev.curfew.service.Readiness;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Greets on port 8080; says on port 8081 whether it lives and whether it wants work. */
public final class Hello {
  private Hello() {}

  /** Arguments: none. The report goes where HELLO_REPORT says, or into the current folder. */
  public static void main(String... args) {
    Service.named("hello")
        .version("1.0.0")
        .curfew(ofSeconds(25))
        .reportFile(Path.of(System.getenv().getOrDefault("HELLO_REPORT", "hello-report.json")))
        .main(Hello::start);
  }

  private static void start(Service service) throws IOException {
    service.onClose("goodbye", () -> System.out.println("all is closed"));
    service.intake(
        "api",
        HttpIntake.at(8080)
            .healthAt(new InetSocketAddress(8081), () -> service.readiness() == Readiness.READY)
            .listen(Hello::greet));
    service.background("heartbeat", Hello::beat);
  }

  private static void beat(StopSignal stop) throws InterruptedException {
    while (!stop.await(ofSeconds(10))) {
      System.out.println("still here");
    }
  }

  private static void greet(HttpExchange exchange) throws IOException {
    byte[] text = "hello\n".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, text.length);
    exchange.getResponseBody().write(text);
  }
}
