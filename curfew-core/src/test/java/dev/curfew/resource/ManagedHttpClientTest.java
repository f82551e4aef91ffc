// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManagedHttpClientTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final Managed managed = Managed.of(client);

  /** Takes connections, and never answers. */
  private ServerSocket silent;

  @BeforeEach
  void listen() throws IOException {
    silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    silent.setSoTimeout(30_000);
  }

  @AfterEach
  void endEverything() throws Exception {
    silent.close();
    client.shutdownNow();
    assertThat(client.awaitTermination(Duration.ofSeconds(30))).as("the client ends").isTrue();
  }

  @Test
  void aRequestWithoutAnAnswerFailsByTheLimit() throws Exception {
    CompletableFuture<HttpResponse<String>> request = send(silent.getLocalPort());
    try (Socket connection = silent.accept()) {
      assertThat(connection.getInputStream().read()).as("the request's first byte").isEqualTo('G');
      Deadline limit = Deadline.in(Duration.ofSeconds(2));
      managed.close(limit);

      assertThat(limit.hasPassed()).as("closed by its limit").isFalse();
      assertThat(client.isTerminated()).isTrue();
      fails(request);
    }
  }

  @Test
  void cancelEndsTheRequestInFlightWhileCloseWaits() throws Exception {
    CompletableFuture<HttpResponse<String>> request = send(silent.getLocalPort());
    try (Socket connection = silent.accept()) {
      assertThat(connection.getInputStream().read()).as("the request's first byte").isEqualTo('G');
      CompletableFuture<Void> close = close(Deadline.never());
      managed.cancel();

      close.get(30, TimeUnit.SECONDS);
      assertThat(client.isTerminated()).isTrue();
      fails(request);
    }
  }

  @Test
  void aRequestThatIsAnsweredInTimeIsNotCut() throws Exception {
    CompletableFuture<HttpResponse<String>> request = send(silent.getLocalPort());
    try (Socket connection = silent.accept()) {
      CompletableFuture<Void> close = close(Deadline.in(Duration.ofSeconds(60)));
      assertThatExceptionOfType(TimeoutException.class)
          .as("close waits for the answer")
          .isThrownBy(() -> close.get(200, TimeUnit.MILLISECONDS));
      connection
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate".getBytes(US_ASCII));

      assertThat(request.get(30, TimeUnit.SECONDS).body()).isEqualTo("late");
      close.get(30, TimeUnit.SECONDS);
      assertThat(client.isTerminated()).isTrue();
    }
  }

  @Test
  void cancelAndCloseMayBeRepeatedAndNoWorkIsMadeUp() throws Exception {
    managed.cancel();
    managed.close(Deadline.in(Duration.ofSeconds(30)));
    managed.close(Deadline.in(Duration.ZERO));
    managed.cancel();

    assertThat(client.isTerminated()).isTrue();
    assertThat(managed.work()).isEqualTo(WorkCount.NONE);
  }

  private CompletableFuture<HttpResponse<String>> send(int port) {
    URI uri = URI.create("http://" + silent.getInetAddress().getHostAddress() + ":" + port + "/");
    return client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private CompletableFuture<Void> close(Deadline limit) {
    return CompletableFuture.runAsync(() -> {
      try {
        managed.close(limit);
      } catch (Exception failed) {
        throw new IllegalStateException(failed);
      }
    });
  }

  private static void fails(CompletableFuture<?> request) {
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> request.get(30, TimeUnit.SECONDS))
        .withCauseInstanceOf(IOException.class);
  }
}
