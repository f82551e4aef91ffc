// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import dev.curfew.task.StopSignal;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servlets on the intake, in the stop of a real service. */
@Timeout(120)
final class JettyServletTest {
  private static final int CLIENTS = 100;

  @AfterEach
  void noThreadIsLeft() {
    Eventually.that("all of Jetty's threads to end", () -> JettyServers.threads().isEmpty());
  }

  /** A servlet as short as a lambda. */
  private interface Get {
    void doGet(HttpServletRequest request, HttpServletResponse response) throws Exception;
  }

  private static JettyIntake listen(Get get) throws IOException {
    Server server = JettyServers.onLoopback();
    ServletContextHandler context = new ServletContextHandler();
    ServletHolder holder =
        new ServletHolder(
            new HttpServlet() {
              private static final long serialVersionUID = 1;

              @Override
              protected void doGet(HttpServletRequest request, HttpServletResponse response)
                  throws ServletException, IOException {
                try {
                  get.doGet(request, response);
                } catch (IOException | ServletException | RuntimeException e) {
                  throw e;
                } catch (Exception e) {
                  throw new ServletException(e);
                }
              }
            });
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/*");
    server.setHandler(context);
    return JettyIntake.listen(server);
  }

  private static RunningService serve(JettyIntake intake, Duration curfew) throws Exception {
    return Service.named("servlets").curfew(curfew).start(setUp -> setUp.intake("api", intake));
  }

  private static void write(OutputStream out, String event) throws IOException {
    out.write(event.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  @Test
  void aServletRunsInTheTaskOfItsRequest() throws Exception {
    JettyIntake intake =
        listen((request, response) -> {
          // Throws on a thread that is in no group.
          response.getWriter().print(Thread.currentThread().isVirtual());
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(20));
        Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").body()).isEqualTo("true");
      StopReport report = service.stop("test");
      assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
      // The request, and the wait for the last connection.
      assertThat(report.account().work().completed()).isEqualTo(2);
    }
  }

  @Test
  void aServletThatThrowsGivesA500AndFailsItsTask() throws Exception {
    JettyIntake intake =
        listen((request, response) -> {
          throw new IllegalStateException("boom");
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(20));
        Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
      StopReport report = service.stop("test");
      assertThat(report.account().work().failed()).isEqualTo(1);
    }
    assertThat(intake.count().failed()).isEqualTo(1);
  }

  @Test
  void anErrorThatAServletSendsIsAnAnswer() throws Exception {
    JettyIntake intake = listen((request, response) -> response.sendError(500, "out of stock"));
    try (RunningService service = serve(intake, Duration.ofSeconds(20));
        Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
      assertThat(service.stop("test").account().work().failed()).isZero();
    }
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void anAsynchronousServletIsWaitedForByTheStop() throws Exception {
    Semaphore begun = new Semaphore(0);
    JettyIntake intake =
        listen((request, response) -> {
          AsyncContext async = request.startAsync();
          StopSignal stop = StopSignal.current();
          Thread.ofVirtual()
              .start(() -> {
                try {
                  begun.release();
                  stop.await();
                  response.getWriter().print("asked");
                } catch (InterruptedException | IOException e) {
                  throw new IllegalStateException(e);
                } finally {
                  async.complete();
                }
              });
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(20));
        Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      StopReport report = service.stop("test");
      Wire.Reply reply = wire.receive();
      assertThat(reply.body()).isEqualTo("asked");
      assertThat(reply.lastOnItsConnection()).isTrue();
      assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
    }
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void anAsynchronousServletThatNeverCompletesIsToldCancelledAndCounted() throws Exception {
    Semaphore begun = new Semaphore(0);
    AtomicBoolean told = new AtomicBoolean();
    JettyIntake intake =
        listen((request, response) -> {
          AsyncContext async = request.startAsync();
          async.setTimeout(0);
          async.addListener(new Told(told));
          begun.release();
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(4));
        Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      StopReport report = service.stop("test");
      assertThat(wire.receive().status()).isBetween(500, 503);
      assertThat(told).as("its listener was told").isTrue();
      assertThat(report.account().work().lost()).isGreaterThanOrEqualTo(1);
      assertThat(report.exitCode()).isEqualTo(75);
      assertThat(report.took()).isLessThan(Duration.ofSeconds(4));
    }
    assertThat(intake.unanswered()).isEqualTo(1);
    assertThat(intake.count().addsUp()).isTrue();
  }

  private record Told(AtomicBoolean told) implements AsyncListener {
    @Override
    public void onError(AsyncEvent event) {
      told.set(true);
    }

    @Override
    public void onComplete(AsyncEvent event) {}

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }

  @Test
  void aStuckServletIsInterruptedAtTheCancelAndCounted() throws Exception {
    Semaphore begun = new Semaphore(0);
    JettyIntake intake =
        listen((request, response) -> {
          begun.release();
          new CountDownLatch(1).await();
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(4));
        Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      StopReport report = service.stop("test");
      // The interrupt left the servlet, and its container has answered.
      assertThat(wire.receive().status()).isEqualTo(500);
      assertThat(report.account().work().cancelled()).isGreaterThanOrEqualTo(1);
      assertThat(report.exitCode()).isEqualTo(75);
    }
    assertThat(intake.unanswered()).isEqualTo(1);
  }

  @Test
  void everyStreamIsAskedAtOnceAndEndsWithItsFinalEvent() throws Exception {
    JettyIntake intake =
        listen((request, response) -> {
          StopSignal stop = StopSignal.current();
          response.setContentType("text/event-stream");
          OutputStream out = response.getOutputStream();
          do {
            write(out, "data: tick\n\n");
          } while (!stop.await(Duration.ofMillis(20)));
          write(out, EventClients.GOODBYE);
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(20))) {
      EventClients clients = new EventClients(intake.port(), CLIENTS).start();
      StopReport report = service.stop("test");
      clients.join();
      assertThat(clients.goodbyes.sum()).isEqualTo(CLIENTS);
      assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
      assertThat(report.account().work().lost()).isZero();
      assertThat(report.took()).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(intake.count().answered()).isEqualTo(CLIENTS);
  }

  @Test
  void aStreamThatDoesNotAnswerIsCancelledAtTheDrainMarkAndCounted() throws Exception {
    JettyIntake intake =
        listen((request, response) -> {
          response.setContentType("text/event-stream");
          while (true) {
            write(response.getOutputStream(), "data: tick\n\n");
            Thread.sleep(20);
          }
        });
    try (RunningService service = serve(intake, Duration.ofSeconds(5))) {
      EventClients clients = new EventClients(intake.port(), 5).start();
      StopReport report = service.stop("test");
      clients.join();
      assertThat(clients.cut.sum()).as("clients that can see they were cut off").isEqualTo(5);
      assertThat(report.took()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
      assertThat(report.account().work().lost()).isGreaterThanOrEqualTo(5);
    }
    assertThat(intake.unanswered()).isEqualTo(5);
  }
}
