// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.service.Curfew;
import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** WebSockets in the stop of a real service. */
@Timeout(120)
final class JettySocketsTest {
  private static final int CLIENTS = 50;

  @AfterEach
  void noThreadIsLeft() {
    Eventually.that("all of Jetty's threads to end", () -> JettyServers.threads().isEmpty());
  }

  /** Says back what it was told; public, because Jetty looks for it. */
  public static final class Echo extends Session.Listener.AbstractAutoDemanding {
    @Override
    public void onWebSocketText(String message) {
      getSession().sendText(message, Callback.NOOP);
    }
  }

  private static JettyIntake listen() throws IOException {
    Server server = JettyServers.onLoopback();
    server.setHandler(
        WebSocketUpgradeHandler.from(
            server,
            container ->
                container.addMapping("/echo", (request, response, callback) -> new Echo())));
    return JettyIntake.listen(server);
  }

  private static RunningService serve(JettyIntake intake, Duration curfew) throws Exception {
    return Service.named("sockets").curfew(curfew).start(setUp -> setUp.intake("api", intake));
  }

  /** A client that answers a Close frame, as the JDK's does by itself. */
  private static final class Client implements WebSocket.Listener {
    private final Queue<String> heard;
    private final CountDownLatch closed;

    Client(Queue<String> heard, CountDownLatch closed) {
      this.heard = heard;
      this.closed = closed;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      heard.add(data.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      heard.add(status + " " + reason);
      closed.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      heard.add("error " + error);
      closed.countDown();
    }
  }

  @Test
  void everyWebSocketIsToldThatTheServiceGoesAwayAndIsCounted() throws Exception {
    JettyIntake intake = listen();
    Queue<String> heard = new ConcurrentLinkedQueue<>();
    CountDownLatch closed = new CountDownLatch(CLIENTS);
    try (RunningService service = serve(intake, Duration.ofSeconds(20));
        HttpClient http = HttpClient.newHttpClient()) {
      URI uri = URI.create("ws://127.0.0.1:" + intake.port() + "/echo");
      List<WebSocket> sockets = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Client client = new Client(heard, closed);
        sockets.add(http.newWebSocketBuilder().buildAsync(uri, client).get(20, TimeUnit.SECONDS));
        sockets.get(i).sendText("hello", true).get(20, TimeUnit.SECONDS);
      }
      Eventually.that("all echoes", () -> heard.size() == CLIENTS);
      assertThat(heard).containsOnly("hello");
      Eventually.that("all upgrades to be over", () -> intake.inFlight() == 0);
      assertThat(intake.sockets().open()).isEqualTo(CLIENTS);
      heard.clear();

      StopReport report = service.stop("test");
      assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(heard).hasSize(CLIENTS).containsOnly("1001 the service is stopping");
      assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
      assertThat(report.took()).isLessThan(Duration.ofSeconds(10));
      // Each upgrade, each farewell, and the wait for the last connection.
      assertThat(report.account().work().completed()).isEqualTo(2 * CLIENTS + 1);
    }
    assertThat(intake.sockets()).isEqualTo(new SocketCount(0, CLIENTS, CLIENTS, 0));
  }

  @Test
  void oneThatDoesNotAnswerIsClosedHardAtTheCancelAndCounted() throws Exception {
    JettyIntake intake = listen();
    Curfew curfew = Curfew.of(Duration.ofSeconds(4));
    try (RunningService service = serve(intake, curfew.total());
        Wire wire = new Wire(intake.port())) {
      wire.send("GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
      wire.send("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      assertThat(wire.receiveHead().status()).isEqualTo(101);
      StopReport report = service.stop("test");
      byte[] frame = wire.receiveAll().getBytes(StandardCharsets.ISO_8859_1);
      assertThat(frame[0] & 0xff).as("a last frame, Close").isEqualTo(0x88);
      assertThat(((frame[2] & 0xff) << 8) + (frame[3] & 0xff)).isEqualTo(1001);
      assertThat(report.took()).isBetween(curfew.drain(), curfew.total());
      assertThat(report.account().work().lost()).isGreaterThanOrEqualTo(1);
      assertThat(report.exitCode()).isEqualTo(75);
    }
    assertThat(intake.sockets()).isEqualTo(new SocketCount(0, 1, 0, 1));
  }
}
