// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.time.Deadline;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class JettyIntakeTest {
  private final FakeGroup group = new FakeGroup();
  private final List<JettyIntake> intakes = new ArrayList<>();

  @AfterEach
  void closeAll() {
    intakes.forEach(JettyIntake::close);
    Eventually.that("all tasks", () -> group.tasks().stream().allMatch(FakeGroup.FakeTask::isOver));
    Eventually.that("all of Jetty's threads to end", () -> JettyServers.threads().isEmpty());
  }

  /** A handler as short as a lambda. */
  private interface Body {
    void handle(Request request, Response response, Callback callback) throws Exception;
  }

  private static Server server(Body body) {
    Server server = JettyServers.onLoopback();
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws Exception {
            body.handle(request, response, callback);
            return true;
          }
        });
    return server;
  }

  private static void answer(Response response, Callback callback, String text) {
    Content.Sink.write(response, true, text, callback);
  }

  private JettyIntake listen(JettyIntakeOptions options) throws IOException {
    JettyIntake intake = options.listen();
    intakes.add(intake);
    return intake;
  }

  private JettyIntake serve(Body body) throws Exception {
    return serve(JettyIntake.of(server(body)));
  }

  private JettyIntake serve(JettyIntakeOptions options) throws Exception {
    JettyIntake intake = listen(options);
    intake.start(group);
    return intake;
  }

  private static boolean acquire(Semaphore semaphore) {
    try {
      return semaphore.tryAcquire(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
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
  void aRequestIsATaskNamedByItsMethod() throws Exception {
    JettyIntake intake =
        serve((request, response, callback) ->
            answer(response, callback, Thread.currentThread().toString()));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/a/b").body()).contains("VirtualThread");
      wire.send("FANCY / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.receive().status()).isEqualTo(200);
    }
    assertThat(group.tasks()).extracting(task -> task.name).containsExactly("GET", "request");
  }

  /** A handler that has called System.exit never returns, and the exit waits for the drain. */
  @Test
  void aRequestWhoseTaskWasGivenUpHoldsUpNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    Semaphore mayReturn = new Semaphore(0);
    JettyIntake intake =
        serve((request, response, callback) -> {
          begun.countDown();
          acquire(mayReturn);
          callback.succeeded();
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
      intake.quiet();
      group.tasks().getFirst().giveUp();
      assertThat(wire.receive().status()).isEqualTo(503);
      Eventually.that("the drain to end", () -> intake.inFlight() == 0);
    } finally {
      mayReturn.release();
    }
    assertThat(intake.unanswered()).isEqualTo(1);
    assertThat(intake.count().addsUp()).isTrue();
  }

  @Test
  void aClientThatConnectsBeforeTheStartIsServedAfterIt() throws Exception {
    JettyIntake intake =
        listen(
            JettyIntake.of(
                server((request, response, callback) -> answer(response, callback, "late"))));
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(intake.count().taken()).isZero();
      intake.start(group);
      assertThat(wire.receive().body()).isEqualTo("late");
    }
  }

  @Test
  void aRequestIsInFlightUntilItsCallbackIsCompletedWhicheverThreadDoesIt() throws Exception {
    Semaphore handled = new Semaphore(0);
    CountDownLatch go = new CountDownLatch(1);
    JettyIntake intake =
        serve((request, response, callback) -> {
          Thread.ofPlatform()
              .start(() -> {
                try {
                  go.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                answer(response, callback, "async");
              });
          handled.release();
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(handled)).isTrue();
      intake.quiet();
      assertThat(intake.count().inFlight()).isEqualTo(1);
      assertThat(group.tasks().get(0).isDone()).isFalse();
      go.countDown();
      Wire.Reply reply = wire.receive();
      assertThat(reply.body()).isEqualTo("async");
      assertThat(reply.lastOnItsConnection()).isTrue();
    }
    group.join();
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void aSuspendedRequestGetsA503AtTheCancelAndIsCounted() throws Exception {
    Semaphore handled = new Semaphore(0);
    AtomicBoolean told = new AtomicBoolean();
    JettyIntake intake =
        serve((request, response, callback) -> {
          request.addFailureListener(failure -> told.set(true));
          handled.release();
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(handled)).isTrue();
      intake.quiet();
      group.cancel("test");
      intake.cancel();
      Wire.Reply reply = wire.receive();
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.lastOnItsConnection()).isTrue();
    }
    group.join();
    assertThat(told).isTrue();
    assertThat(intake.unanswered()).isEqualTo(1);
    assertThat(intake.count().addsUp()).isTrue();
    assertThat(group.failures()).singleElement().isInstanceOf(InterruptedException.class);
  }

  @Test
  void eachAnswerIsTheLastOnItsConnectionOnceRetired() throws Exception {
    JettyIntake intake = serve((request, response, callback) -> answer(response, callback, "x"));
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
  void quietRefusesNewConnectionsAndGoesOnWithOpenOnes() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    JettyIntake intake =
        serve((request, response, callback) -> {
          begun.release();
          acquire(go);
          answer(response, callback, "x");
        });
    try (Wire busy = new Wire(intake.port());
        Wire other = new Wire(intake.port())) {
      busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      Eventually.that("the accept", () -> intake.inFlight() == 1);
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

  @Test
  void aRequestThatTakesLongerThanJettysShutdownIdleTimeoutIsAnswered() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    JettyIntake intake =
        serve((request, response, callback) -> {
          boolean unused = go.await(3, TimeUnit.SECONDS);
          answer(response, callback, "x");
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      Eventually.that("the request", () -> intake.inFlight() == 1);
      intake.quiet();
      assertThat(wire.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void aRequestThatTheGroupRejectsGetsA503() throws Exception {
    JettyIntake intake = serve((request, response, callback) -> answer(response, callback, "x"));
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
    JettyIntake intake =
        serve((request, response, callback) -> {
          begun.release();
          new CountDownLatch(1).await();
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
    assertThat(group.failures()).singleElement().isInstanceOf(InterruptedException.class);
  }

  @Test
  void aRequestWhoseTaskNeverBeganGetsA503() throws Exception {
    JettyIntake intake = serve((request, response, callback) -> answer(response, callback, "x"));
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
    JettyIntake intake =
        serve((request, response, callback) -> {
          begun.release();
          acquire(go);
          answer(response, callback, "too late");
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
      long before = System.nanoTime();
      intake.close(Deadline.in(Duration.ofMillis(1500)));
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
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
  void jettysStopTimeoutDoesNotAddUp() throws Exception {
    Server server = server((request, response, callback) -> answer(response, callback, "x"));
    server.setStopTimeout(30_000);
    server.insertHandler(new GracefulHandler());
    JettyIntake intake = serve(JettyIntake.of(server));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(200);
      long before = System.nanoTime();
      intake.close();
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(8));
    }
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void severalClosesAndStopsAreOne() throws Exception {
    JettyIntake intake = serve((request, response, callback) -> answer(response, callback, "x"));
    intake.retire();
    intake.quiet();
    intake.quiet();
    intake.cancel();
    intake.close();
    intake.close();
    intake.quiet();
    intake.retire();
    assertThat(intake.inFlight()).isZero();
  }

  @Test
  void halfARequestDoesNotHoldUpTheStop() throws Exception {
    JettyIntake intake =
        serve(
            JettyIntake.of(server((request, response, callback) -> answer(response, callback, "x")))
                .settle(Duration.ofMillis(100)));
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
    JettyIntake intake =
        serve((request, response, callback) -> {
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
    JettyIntake intake =
        serve((request, response, callback) -> {
          throw new OutOfMemoryError("not really");
        });
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
    }
    group.join();
    assertThat(group.failures()).singleElement().isInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void aCallbackThatFailsFailsTheTask() throws Exception {
    IllegalStateException failure = new IllegalStateException("boom");
    JettyIntake intake = serve((request, response, callback) -> callback.failed(failure));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(500);
    }
    group.join();
    assertThat(group.failures()).containsExactly(failure);
  }

  @Test
  void whatNoHandlerTakesIsA404AndAnAnswer() throws Exception {
    JettyIntake intake = serve(JettyIntake.of(JettyServers.onLoopback()));
    try (Wire wire = new Wire(intake.port())) {
      assertThat(wire.get("/").status()).isEqualTo(404);
    }
    group.join();
    assertThat(group.failures()).isEmpty();
    assertThat(intake.count().answered()).isEqualTo(1);
  }

  @Test
  void aClientThatWentAwayFailsNothing() throws Exception {
    Semaphore begun = new Semaphore(0);
    Semaphore go = new Semaphore(0);
    JettyIntake intake =
        serve((request, response, callback) -> {
          begun.release();
          acquire(go);
          answer(response, callback, "x".repeat(10_000_000));
        });
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(acquire(begun)).isTrue();
    }
    go.release();
    Eventually.that("the count", () -> intake.count().gone() == 1);
    group.join();
    assertThat(group.failures()).isEmpty();
  }

  @Test
  void aBadRequestIsJettysToAnswer() throws Exception {
    JettyIntake intake = serve((request, response, callback) -> answer(response, callback, "x"));
    try (Wire wire = new Wire(intake.port())) {
      wire.send("GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n");
      assertThat(wire.receive().status()).isEqualTo(400);
    }
    assertThat(intake.count().taken()).isZero();
    assertThat(intake.count().addsUp()).isTrue();
  }

  @Test
  void healthEndpointsAnswerWhileEveryCarrierIsOccupied() throws Exception {
    AtomicBoolean ready = new AtomicBoolean();
    AtomicBoolean release = new AtomicBoolean();
    JettyIntake intake =
        serve(
            JettyIntake.of(
                    server((request, response, callback) -> {
                      while (!release.get()) {
                        Thread.onSpinWait();
                      }
                      answer(response, callback, "x");
                    }))
                .health(ready::get));
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
    assertThat(intake.count().taken()).as("probes do not count").isEqualTo(spinning.size());
  }

  @Test
  void whoeverCannotSayThatItIsReadyIsNotWhateverItThrows() throws Exception {
    JettyIntake intake =
        serve(
            JettyIntake.of(server((request, response, callback) -> answer(response, callback, "x")))
                .health(() -> {
                  throw new NoClassDefFoundError("com/acme/Database");
                }));
    assertThat(status(intake.port(), "/readyz")).isEqualTo(503);
    assertThat(status(intake.port(), "/livez")).isEqualTo(200);
  }

  @Test
  void healthOnAnAddressOfItsOwnIsAliveUntilTheClose() throws Exception {
    JettyIntake intake =
        serve(
            JettyIntake.of(server((request, response, callback) -> answer(response, callback, "x")))
                .healthAt(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> true));
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
    JettyIntake intake = listen(JettyIntake.of(JettyServers.onLoopback()));
    intake.close();
    new ServerSocket(intake.port(), 1, InetAddress.getLoopbackAddress()).close();
    assertThatThrownBy(() -> intake.start(group))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was started or closed before");
  }

  @Test
  void aTakenPortIsNamedAndEveryOtherPortIsFreeAgain() throws Exception {
    JettyIntake first = listen(JettyIntake.of(JettyServers.onLoopback()));
    Server server = JettyServers.onLoopback();
    ServerConnector taken = new ServerConnector(server, 1, 1);
    taken.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    taken.setPort(first.port());
    server.addConnector(taken);
    assertThatThrownBy(() -> JettyIntake.listen(server))
        .isInstanceOf(BindException.class)
        .hasMessageContaining(Integer.toString(first.port()))
        .hasMessageContaining("choose another port");
    assertThat(((ServerConnector) server.getConnectors()[0]).isOpen()).isFalse();
    assertThat(server.isStopped()).isTrue();
  }

  @Test
  void aServerHasOneIntake() throws Exception {
    Server server = JettyServers.onLoopback();
    JettyIntake first = listen(JettyIntake.of(server));
    assertThatThrownBy(() -> JettyIntake.listen(server))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has an intake already");
    assertThat(isRefused(first.port())).as("the first has lost its port").isFalse();
  }

  @Test
  void aConnectorWithSeveralAcceptorsIsClosedToo() throws Exception {
    Server server = server((request, response, callback) -> answer(response, callback, "x"));
    ServerConnector many = new ServerConnector(server, 2, 1);
    many.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    ServerConnector none = new ServerConnector(server, 0, 1);
    none.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    server.setConnectors(new Connector[] {many, none});
    JettyIntake intake = serve(JettyIntake.of(server));
    int second = none.getLocalPort();
    assertThat(status(intake.port(), "/")).isEqualTo(200);
    assertThat(status(second, "/")).isEqualTo(200);
    intake.quiet();
    Eventually.that("home", () -> intake.inFlight() == 0);
    assertThat(isRefused(intake.port())).isTrue();
    assertThat(isRefused(second)).isTrue();
  }

  @Test
  void aStartThatFailsReleasesEverything() throws Exception {
    Server server = JettyServers.onLoopback();
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            return false;
          }

          @Override
          protected void doStart() {
            throw new IllegalStateException("no licence");
          }
        });
    JettyIntake intake = listen(JettyIntake.of(server));
    assertThatThrownBy(() -> intake.start(group)).hasMessageContaining("no licence");
    assertThat(isRefused(intake.port())).isTrue();
    assertThat(intake.inFlight()).isZero();
    Eventually.that("all of Jetty's threads to end", () -> JettyServers.threads().isEmpty());
  }

  @Test
  void badServersAreNamed() throws Exception {
    assertThatThrownBy(() -> JettyIntake.of(null)).hasMessageContaining("server was null");
    assertThatThrownBy(() -> JettyIntake.of(new Server()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no connector that listens");
    Server local = new Server();
    local.addConnector(new LocalConnector(local));
    assertThatThrownBy(() -> JettyIntake.of(local))
        .hasMessageContaining("no connector that listens");
    Server selfStopping = JettyServers.onLoopback();
    selfStopping.setStopAtShutdown(true);
    assertThatThrownBy(() -> JettyIntake.of(selfStopping))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("server.setStopAtShutdown(false)");
    Server started = JettyServers.onLoopback();
    started.start();
    try {
      assertThatThrownBy(() -> JettyIntake.of(started))
          .hasMessageContaining("STARTED")
          .hasMessageContaining("leave out server.start()");
    } finally {
      started.stop();
    }
    JettyIntakeOptions options = JettyIntake.of(JettyServers.onLoopback());
    assertThatThrownBy(() -> options.settle(Duration.ofMillis(-1)))
        .hasMessageContaining("settle was PT-0.001S");
  }
}
