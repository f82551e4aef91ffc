// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HttpIntakeTest {
  private final FakeGroup group = new FakeGroup();
  private final List<HttpIntake> intakes = new ArrayList<>();

  @AfterEach
  void closeAll() {
    intakes.forEach(HttpIntake::close);
    Eventually.that("all tasks", () -> group.tasks().stream().allMatch(FakeGroup.FakeTask::isOver));
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private HttpIntake listen(HttpHandler handler) throws IOException {
    return listen(HttpIntake.at(loopback()), handler);
  }

  private HttpIntake listen(HttpIntakeOptions options, HttpHandler handler) throws IOException {
    HttpIntake intake = options.listen(handler);
    intakes.add(intake);
    return intake;
  }

  private HttpIntake serve(HttpHandler handler) throws Exception {
    HttpIntake intake = listen(handler);
    intake.start(group);
    return intake;
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static boolean acquire(Semaphore semaphore) {
    try {
      return semaphore.tryAcquire(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Test
  void aRequestIsATaskNamedByItsMethod() throws Exception {
    HttpIntake intake = serve(exchange -> answer(exchange, Thread.currentThread().toString()));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/a/b").body()).contains("VirtualThread");
      wire.send("FANCY / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.receive().status()).isEqualTo(200);
    }
    assertThat(group.tasks()).extracting(task -> task.name).containsExactly("GET", "request");
  }

  @Test
  void aClientThatConnectsBeforeTheStartIsServedAfterIt() throws Exception {
    HttpIntake intake = listen(exchange -> answer(exchange, "late"));
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(intake.count().taken()).isZero();
      intake.start(group);
      assertThat(wire.receive().body()).isEqualTo("late");
    }
  }

  @Test
  void eachAnswerIsTheLastOnItsConnectionOnceRetired() throws Exception {
    HttpIntake intake = serve(exchange -> answer(exchange, "x"));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").lastOnItsConnection()).isFalse();
      intake.retire();
      assertThat(wire.get("/").lastOnItsConnection()).isTrue();
      assertThat(wire.isClosedByServer()).isTrue();
    }
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").lastOnItsConnection()).as("a new connection").isTrue();
    }
  }

  @Test
  void anAnswerThatBeginsAfterTheRetireSaysSoWhereverItsRequestStarted() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          begun.release();
          acquire(go);
          answer(exchange, "x");
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      intake.retire();
      intake.quiet();
      assertThat(intake.inFlight()).isEqualTo(1);
      go.release();
      assertThat(wire.receive().lastOnItsConnection()).isTrue();
    }
    Eventually.that("home", () -> intake.inFlight() == 0);
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void quietRefusesNewConnectionsAndGoesOnWithOpenOnes() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          begun.release();
          acquire(go);
          answer(exchange, "x");
        });
    try (Wire busy = new Wire(intake.port());
        Wire other = new Wire(intake.port())) {
      busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      intake.quiet();
      Eventually.that("new connections to be refused", () -> isRefused(intake.port()));
      other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).as("a request on a connection that was open").isTrue();
      go.release(2);
      assertThat(busy.receive().status()).isEqualTo(200);
      assertThat(other.receive().status()).isEqualTo(200);
    }
    Eventually.that("home", () -> intake.inFlight() == 0);
    group.join();
  }

  private static boolean isRefused(int port) {
    try {
      new Wire(port).close();
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void theGroupIsNotHomeBeforeTheLastConnectionIs() throws Exception {
    Semaphore go = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          acquire(go);
          answer(exchange, "x");
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      Eventually.that("the request", () -> intake.inFlight() == 1);
      intake.quiet();
      assertThat(group.tasks()).extracting(task -> task.name).containsExactly("GET", "settle");
      assertThat(group.tasks().get(1).isDone()).isFalse();
      go.release();
      assertThat(wire.receive().status()).isEqualTo(200);
    }
    group.join();
    assertThat(intake.inFlight()).isZero();
  }

  @Test
  void aRequestThatTheGroupRejectsGetsA503() throws Exception {
    HttpIntake intake = serve(exchange -> answer(exchange, "x"));
    group.cancel("test");
    try (Wire wire = new Wire(intake.port())) {
      Wire.Reply reply = wire.get("/");
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.lastOnItsConnection()).isTrue();
    }
    Eventually.that("the count", () -> intake.count().refused() == 1);
    assertThat(intake.count().addsUp()).isTrue();
  }

  @Test
  void aCancelledHandlerIsInterruptedAndItsClientGetsA503() throws Exception {
    Semaphore begun = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          begun.release();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
          }
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      intake.retire();
      intake.quiet();
      group.cancel("test");
      intake.cancel();
      Wire.Reply reply = wire.receive();
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.lastOnItsConnection()).isTrue();
    }
    intake.close(Deadline.in(Duration.ofSeconds(5)));
    assertThat(intake.unanswered()).isEqualTo(1);
    assertThat(intake.count().addsUp()).isTrue();
    // However the handler puts it: the request was cut off.
    assertThat(group.failures())
        .singleElement()
        .isInstanceOfSatisfying(
            CancellationException.class,
            cutOff -> assertThat(cutOff).hasCauseInstanceOf(IOException.class));
  }

  @Test
  void aRequestWhoseTaskNeverBeganGetsA503() throws Exception {
    HttpIntake intake = serve(exchange -> answer(exchange, "x"));
    group.starve();
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      Eventually.that("the request", () -> intake.count().taken() == 1);
      intake.quiet();
      intake.cancel();
      assertThat(wire.receive().status()).isEqualTo(503);
    }
    Eventually.that("home", () -> intake.inFlight() == 0);
    assertThat(intake.unanswered()).isEqualTo(1);
  }

  @Test
  void closeDoesNotWaitBeyondItsLimitForAHandlerThatHangs() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          begun.release();
          acquire(go);
          answer(exchange, "too late");
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      intake.close(Deadline.in(Duration.ofMillis(500)));
      assertThat(intake.unanswered()).isEqualTo(1);
      assertThat(intake.inFlight()).isZero();
      assertThatThrownBy(wire::receive).isInstanceOf(IOException.class);
      go.release();
      group.join();
    }
    assertThat(intake.count().unanswered()).as("counted once").isEqualTo(1);
    assertThat(intake.count().addsUp()).isTrue();
    assertThat(isRefused(intake.port())).isTrue();
  }

  @Test
  void halfARequestDoesNotHoldUpTheStop() throws Exception {
    HttpIntake intake =
        listen(HttpIntake.at(loopback()).settle(Duration.ofMillis(100)), e -> answer(e, "x"));
    intake.start(group);
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HT");
      intake.quiet();
      Eventually.that("home", () -> intake.inFlight() == 0);
      assertThatThrownBy(wire::receive).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aHandlerThatThrowsGivesA500AndFailsItsTask() throws Exception {
    IllegalStateException failure = new IllegalStateException("boom");
    HttpIntake intake =
        serve(exchange -> {
          throw failure;
        });
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
    }
    group.join();
    assertThat(group.failures()).containsExactly(failure);
    assertThat(intake.count().failed()).isEqualTo(1);
  }

  @Test
  void aHandlerThatThrowsAnErrorGivesA500AndFailsItsTask() throws Exception {
    HttpIntake intake =
        serve(exchange -> {
          throw new OutOfMemoryError("not really");
        });
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
    }
    group.join();
    assertThat(group.failures()).singleElement().isInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void aHandlerThatForgetsToCloseIsHelpedAndCounted() throws Exception {
    HttpIntake intake =
        serve(exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('x');
        });
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").body()).isEqualTo("x");
      assertThat(wire.get("/").body()).as("the connection is still good").isEqualTo("x");
    }
    group.join();
    assertThat(intake.count().unclosed()).isEqualTo(2);
    assertThat(intake.count().answered()).isEqualTo(2);
  }

  @Test
  void aHandlerThatAnswersNothingGivesA500AndFailsItsTask() throws Exception {
    HttpIntake intake = serve(exchange -> {});
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
    }
    group.join();
    assertThat(group.failures())
        .singleElement()
        .asString()
        .contains("the handler returned without an answer");
  }

  @Test
  void aHandlerThatWritesTooLittleFailsItsTask() throws Exception {
    HttpIntake intake =
        serve(exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write('x');
          exchange.close();
        });
    try (Wire wire = new Wire(intake.port())) {
      assertThatThrownBy(() -> wire.get("/")).isInstanceOf(IOException.class);
    }
    group.join();
    assertThat(group.failures()).singleElement().asString().contains("before its answer was compl");
    assertThat(intake.count().failed()).isEqualTo(1);
  }

  @Test
  void aClientThatWentAwayFailsNothing() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    HttpIntake intake =
        serve(exchange -> {
          begun.release();
          acquire(go);
          exchange.sendResponseHeaders(200, 0);
          byte[] much = new byte[1 << 20];
          for (int i = 0; i < 64; i++) {
            exchange.getResponseBody().write(much);
          }
          exchange.close();
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
    }
    go.release();
    group.join();
    assertThat(intake.count().gone()).isEqualTo(1);
    assertThat(group.failures()).isEmpty();
  }

  @Test
  void pathsHaveHandlersOfTheirOwn() throws Exception {
    HttpIntake intake =
        listen(
            HttpIntake.at(loopback()).context("/special", e -> answer(e, "special")),
            e -> answer(e, "rest"));
    intake.start(group);
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/special/x").body()).isEqualTo("special");
      assertThat(wire.get("/else").body()).isEqualTo("rest");
    }
  }

  @Test
  void healthEndpointsAnswerWhileEveryCarrierIsOccupied() throws Exception {
    AtomicBoolean ready = new AtomicBoolean();
    AtomicBoolean release = new AtomicBoolean();
    HttpIntake intake =
        listen(
            HttpIntake.at(loopback()).health(ready::get),
            exchange -> {
              while (!release.get()) {
                Thread.onSpinWait();
              }
              answer(exchange, "x");
            });
    intake.start(group);
    List<Wire> spinning = new ArrayList<>();
    try {
      for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 2; i++) {
        Wire wire = new Wire(intake.port());
        spinning.add(wire);
        wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      Eventually.that("the spinners", () -> intake.inFlight() == spinning.size());
      assertThat(status(intake.port(), "/livez")).isEqualTo(200);
      assertThat(status(intake.port(), "/readyz")).isEqualTo(503);
      ready.set(true);
      assertThat(status(intake.port(), "/readyz")).isEqualTo(200);
      intake.retire();
      assertThat(status(intake.port(), "/readyz")).isEqualTo(503);
      assertThat(status(intake.port(), "/livez")).isEqualTo(200);
    } finally {
      release.set(true);
      for (Wire wire : spinning) {
        assertThat(wire.receive().status()).isEqualTo(200);
        wire.close();
      }
    }
  }

  @Test
  void healthOnAnAddressOfItsOwnIsAliveUntilTheClose() throws Exception {
    HttpIntake intake =
        listen(HttpIntake.at(loopback()).healthAt(loopback(), () -> true), e -> answer(e, "x"));
    intake.start(group);
    int health = intake.healthAddress().orElseThrow().getPort();
    assertThat(status(health, "/readyz")).isEqualTo(200);
    intake.retire();
    intake.quiet();
    Eventually.that("home", () -> intake.inFlight() == 0);
    assertThat(status(health, "/readyz")).isEqualTo(503);
    assertThat(status(health, "/livez")).isEqualTo(200);
    intake.close(Deadline.in(Duration.ofSeconds(5)));
    Eventually.that("the health port to be closed", () -> isRefused(health));
  }

  private static int status(int port, String path) throws IOException {
    try (Wire wire = new Wire(port)) {
      return wire.get(path).status();
    }
  }

  @Test
  void closeBeforeTheStartFreesThePort() throws Exception {
    HttpIntake intake = listen(exchange -> answer(exchange, "x"));
    intake.close();
    new ServerSocket(intake.port(), 1, InetAddress.getLoopbackAddress()).close();
    assertThatThrownBy(() -> intake.start(group))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was started or closed before");
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    HttpIntake intake = listen(exchange -> answer(exchange, "x"));
    assertThatThrownBy(() -> HttpIntake.listen(intake.address(), exchange -> {}))
        .isInstanceOf(BindException.class)
        .hasMessageContaining(Integer.toString(intake.port()))
        .hasMessageContaining("choose another port");
  }

  @Test
  void badOptionsAreNamed() {
    assertThatThrownBy(() -> HttpIntake.at(-1)).hasMessageContaining("port was -1, expected 0");
    assertThatThrownBy(() -> HttpIntake.at(1).backlog(0)).hasMessageContaining("backlog was 0");
    assertThatThrownBy(() -> HttpIntake.at(1).settle(Duration.ofMillis(-1)))
        .hasMessageContaining("settle was PT-0.001S");
    assertThatThrownBy(() -> HttpIntake.at(1).context("orders", e -> {}))
        .hasMessageContaining("begin with a slash");
    assertThatThrownBy(() -> HttpIntake.at(1).context("/a", e -> {}).context("/a", e -> {}))
        .hasMessageContaining("which has a handler");
    assertThatThrownBy(() -> HttpIntake.at(1).listen(null)).hasMessageContaining("handler was nul");
  }
}
