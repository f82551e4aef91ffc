// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.curfew.worker.queue.JobOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class HttpJobsTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final HttpJobs jobs = HttpJobs.of(http);
  private final Job job = Jobs.any();
  private final AtomicReference<String> key = new AtomicReference<>();
  private HttpServer server;

  private volatile int status = 200;
  private volatile String body = "fine";
  private volatile Map<String, String> headers = Map.of();

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    http.shutdownNow();
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      key.set(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
      headers.forEach(exchange.getResponseHeaders()::set);
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private HttpRequest request() {
    return request(server.getAddress().getPort());
  }

  private static HttpRequest request(int port) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/work?secret=s3cret"))
        .build();
  }

  private HttpResponse<String> send() throws IOException, InterruptedException {
    return jobs.send(job, request(), BodyHandlers.ofString());
  }

  private JobOutcome end() {
    AtomicReference<JobOutcome> outcome = new AtomicReference<>();
    assertThatThrownBy(this::send)
        .isInstanceOfSatisfying(JobException.class, e -> outcome.set(e.outcome()));
    return outcome.get();
  }

  @Test
  void aGoodAnswerIsReturnedAndTheJobsIdIsTheKey() throws Exception {
    HttpResponse<String> answer = send();
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("fine");
    assertThat(key).hasValue(job.id().toString());
  }

  @Test
  void aKeyOfTheRequestsOwnStays() throws Exception {
    HttpRequest own =
        HttpRequest.newBuilder(request(), (name, value) -> true)
            .header("Idempotency-Key", "mine")
            .build();
    jobs.send(job, own, BodyHandlers.discarding());
    assertThat(key).hasValue("mine");
  }

  @Test
  void aThrottledJobComesBackAfterTheTimeThatItWasTold() {
    status = 429;
    headers = Map.of("Retry-After", "7");
    JobOutcome.RetryAfter later = (JobOutcome.RetryAfter) end();
    assertThat(later.delay()).isBetween(ofSeconds(7), ofSeconds(8));
    assertThat(later.spent()).isFalse();
    assertThat(later.why()).contains("429").contains("fine").doesNotContain("s3cret");
  }

  @Test
  void aDateIsComparedWithTheServersClock() {
    ZonedDateTime wrong = ZonedDateTime.now(ZoneOffset.UTC).plusYears(1);
    Map<String, List<String>> dates =
        Map.of(
            "Date", List.of(DateTimeFormatter.RFC_1123_DATE_TIME.format(wrong)),
            "Retry-After",
                List.of(DateTimeFormatter.RFC_1123_DATE_TIME.format(wrong.plusHours(1))));
    assertThat(RetryAfterHeader.of(HttpHeaders.of(dates, (name, value) -> true)))
        .contains(Duration.ofHours(1));
    Map<String, List<String>> past =
        Map.of("Retry-After", List.of("Tue, 15 Nov 1994 08:12:31 GMT"));
    assertThat(RetryAfterHeader.of(HttpHeaders.of(past, (name, value) -> true)))
        .contains(Duration.ZERO);
  }

  @Test
  void withoutAUsefulTimeItWaitsSomeSeconds() {
    status = 429;
    for (String garbage : new String[] {"", "soon", "-3", "1e9", "12 Nov"}) {
      headers = Map.of("Retry-After", garbage);
      JobOutcome.RetryAfter later = (JobOutcome.RetryAfter) end();
      assertThat(later.delay()).isBetween(ofSeconds(2), ofSeconds(5));
    }
  }

  @Test
  void anAbsurdTimeIsADay() {
    status = 429;
    headers = Map.of("Retry-After", "99999999999999999999");
    assertThat(((JobOutcome.RetryAfter) end()).delay())
        .isBetween(Duration.ofDays(1), Duration.ofDays(2));
  }

  @Test
  void aThrottlePausesTheBudgetOfAllWhoShareIt() throws Exception {
    Budget budget = Budget.named("test").requests(10, Duration.ofDays(1));
    status = 429;
    headers = Map.of("Retry-After", "600");
    assertThatThrownBy(() -> jobs.budget(budget).send(job, request(), BodyHandlers.discarding()))
        .isInstanceOf(JobException.class);
    assertThat(budget.pausedFor()).isBetween(ofSeconds(590), ofSeconds(600));
    key.set(null);
    assertThatThrownBy(
            () -> jobs.budget(budget).send(Jobs.any(), request(), BodyHandlers.discarding()))
        .isInstanceOf(JobException.class);
    assertThat(key).hasNullValue(); // The other was not even sent.
  }

  @Test
  void aServersErrorIsAFailedAttempt() {
    for (int code : new int[] {500, 502, 504, 408, 425}) {
      status = code;
      assertThatThrownBy(this::send)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(String.valueOf(code))
          .hasMessageContaining("fine");
    }
  }

  @Test
  void aClientsErrorIsADeadLetter() {
    for (int code : new int[] {400, 401, 404, 422}) {
      status = code;
      assertThat(end()).isInstanceOf(JobOutcome.Dead.class);
    }
  }

  @Test
  void tokensAreSettledToWhatWasUsed() throws Exception {
    Budget budget =
        Budget.named("test").requests(10, Duration.ofDays(1)).tokens(1_000, Duration.ofDays(1));
    jobs.budget(budget).send(job, request(), BodyHandlers.ofString(), 500, answer -> 42);
    assertThat(budget.availableTokens()).isEqualTo(958);
    status = 500;
    assertThatThrownBy(() ->
            jobs.budget(budget).send(job, request(), BodyHandlers.ofString(), 500, answer -> 42))
        .isInstanceOf(IOException.class);
    assertThat(budget.availableTokens()).isEqualTo(958);
    assertThat(budget.availableRequests()).isEqualTo(8);
  }

  @Test
  void whatWasNotSentCostsNothing() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Budget budget = Budget.named("test").requests(10, Duration.ofDays(1));
    assertThatThrownBy(
            () -> jobs.budget(budget).send(job, request(closed), BodyHandlers.discarding()))
        .isInstanceOf(IOException.class);
    assertThat(budget.availableRequests()).isEqualTo(10);
  }

  @Test
  void aTimeoutIsAFailedAttempt() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HttpRequest quick =
          HttpRequest.newBuilder(request(silent.getLocalPort()), (name, value) -> true)
              .timeout(Duration.ofMillis(50))
              .build();
      assertThatThrownBy(() -> jobs.send(job, quick, BodyHandlers.discarding()))
          .isInstanceOf(HttpTimeoutException.class);
    }
  }

  @Test
  void aCancelEndsTheCallAndItsConnection() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      CountDownLatch ended = new CountDownLatch(1);
      Thread caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  jobs.send(job, request(silent.getLocalPort()), BodyHandlers.discarding());
                } catch (Throwable t) {
                  thrown.set(t);
                }
                ended.countDown();
              });
      try (Socket connection = silent.accept()) {
        assertThat(connection.getInputStream().read()).isEqualTo('G');
        caller.interrupt();
        ended.await();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        connection.setSoTimeout(20_000);
        while (connection.getInputStream().read() >= 0) {
          // Up to its end, which comes only if the connection was closed.
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 429, 500})
  void aBodyThatDoesNotComeIsATimeoutToo(int answered) throws Exception {
    try (ServerSocket stalls = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread server =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket connection = stalls.accept()) {
                  String head =
                      "HTTP/1.1 "
                          + answered
                          + " Said\r\nRetry-After: 7\r\nContent-Length: 100\r\n\r\nbegin";
                  connection.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
                  connection.setSoTimeout(20_000);
                  while (connection.getInputStream().read() >= 0) {
                    // Until the other side ends it.
                  }
                } catch (IOException e) {
                  // The other side is gone.
                }
              });
      HttpRequest quick =
          HttpRequest.newBuilder(request(stalls.getLocalPort()), (name, value) -> true)
              .timeout(Duration.ofMillis(300))
              .build();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  jobs.send(job, quick, BodyHandlers.ofString());
                } catch (IOException | InterruptedException | RuntimeException e) {
                  thrown.set(e);
                }
              });
      Eventually.that("the call has ended", () -> !caller.isAlive());
      if (answered == 429) {
        assertThat(thrown.get()).isInstanceOf(JobException.class);
        assertThat(thrown.get()).hasMessageContaining("answered 429");
      } else if (answered == 500) {
        assertThat(thrown.get()).isInstanceOf(IOException.class);
      } else {
        assertThat(thrown.get()).isInstanceOf(HttpTimeoutException.class);
      }
      server.join();
    }
  }
}
