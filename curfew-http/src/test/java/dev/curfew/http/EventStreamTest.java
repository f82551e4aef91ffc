// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that never end by themselves, in the stop of a real service. */
@Timeout(120)
final class EventStreamTest {
  private static final int CLIENTS = 100;

  private final Semaphore asked = new Semaphore(0);

  private static HttpIntake listen(HttpHandler handler) throws IOException {
    return HttpIntake.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler);
  }

  /** What a handler of server-sent events looks like. */
  private void events(HttpExchange exchange) throws IOException {
    StopSignal stop = StopSignal.current();
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      do {
        write(out, "data: tick\n\n");
      } while (!stop.await(Duration.ofMillis(20)));
      asked.release();
      write(out, EventClients.GOODBYE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One that does not look at its signal, and returns when it is interrupted. */
  private static void endless(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try {
      while (true) {
        write(exchange.getResponseBody(), "data: tick\n\n");
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(OutputStream out, String event) throws IOException {
    out.write(event.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @Test
  void everyStreamIsAskedAtOnceAndEndsWithItsFinalEvent() throws Exception {
    HttpIntake intake = listen(this::events);
    try (RunningService service =
        Service.named("events")
            .curfew(Duration.ofSeconds(20))
            .start(setUp -> setUp.intake("api", intake))) {
      EventClients clients = new EventClients(intake.port(), CLIENTS).start();
      StopReport report = service.stop("test");
      clients.join();
      assertThat(clients.goodbyes.sum()).isEqualTo(CLIENTS);
      assertThat(asked.availablePermits()).isEqualTo(CLIENTS);
      assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
      assertThat(report.account().work().lost()).isZero();
      assertThat(report.took()).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(intake.count().answered()).isEqualTo(CLIENTS);
    assertThat(intake.count().addsUp()).isTrue();
  }

  @Test
  void aStreamThatDoesNotAnswerIsCancelledAtTheDrainMarkAndCounted() throws Exception {
    HttpIntake intake = listen(EventStreamTest::endless);
    try (RunningService service =
        Service.named("endless")
            .curfew(Duration.ofSeconds(5))
            .start(setUp -> setUp.intake("api", intake))) {
      EventClients clients = new EventClients(intake.port(), 5).start();
      StopReport report = service.stop("test");
      clients.join();
      assertThat(clients.cut.sum()).as("clients that can see they were cut off").isEqualTo(5);
      assertThat(report.took()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
      assertThat(report.account().work().cancelled()).isGreaterThanOrEqualTo(5);
      assertThat(report.account().work().lost()).isGreaterThanOrEqualTo(5);
      assertThat(report.exitCode()).isEqualTo(75);
    }
    assertThat(intake.count().unanswered()).isEqualTo(5);
    assertThat(intake.count().addsUp()).isTrue();
  }
}
