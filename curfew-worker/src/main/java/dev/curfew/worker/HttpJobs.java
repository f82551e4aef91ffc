// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTTP calls for jobs, and turns their answers into outcomes:
 *
 * <ul>
 *   <li>2xx is returned;
 *   <li>429 and 503 have the job tried again after their {@code Retry-After}, or after some seconds
 *       without one, and nobody calls until then who shares the budget; no attempt is spent;
 *   <li>other 5xx, 408, 425, time-outs and lost connections fail the attempt: an {@link
 *       IOException};
 *   <li>everything else makes the job a dead letter: the next attempt would be answered alike.
 * </ul>
 *
 * <p>Each call bears the job's id as {@code Idempotency-Key}, unless the request has one, and ends
 * after 30 s, unless the request has a time-out. A cancel of the job ends the call and its
 * connection.
 *
 * <p>Immutable; the methods may be called from any thread.
 */
public final class HttpJobs {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** The client's own comes first while there is no answer: it knows whether it was connected. */
  private static final Duration TIMEOUT_OF_CLIENT = Duration.ofMillis(500);

  private static final Duration UNTOLD = Duration.ofSeconds(4);
  private static final int SHOWN = 200;

  private final HttpClient http;
  private final @Nullable Budget budget;

  private HttpJobs(HttpClient http, @Nullable Budget budget) {
    this.http = http;
    this.budget = budget;
  }

  /**
   * Calls made with this client, without a budget.
   *
   * @param http owned by somebody else
   * @return what makes calls
   */
  public static HttpJobs of(HttpClient http) {
    return new HttpJobs(
        Objects.requireNonNull(http, "http was null, expected an HttpClient"), null);
  }

  /**
   * The same within a budget: each call takes a request of it, and pauses it when told to.
   *
   * @param limit shared by all who call this upstream
   * @return what makes calls
   */
  public HttpJobs budget(Budget limit) {
    return new HttpJobs(http, Objects.requireNonNull(limit, "budget was null, expected a Budget"));
  }

  /**
   * Makes a call.
   *
   * @param job for which it is made
   * @param request sent once
   * @param handler of the body of a 2xx answer
   * @param <T> what the handler makes of it
   * @return the answer, which is a 2xx
   * @throws IOException if the attempt has failed
   * @throws InterruptedException if the job was cancelled; the call is, too
   * @throws JobException if the job ends in another way: throw it on
   */
  public <T> HttpResponse<T> send(Job job, HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    return send(job, request, handler, 0, answer -> 0);
  }

  /**
   * Makes a call that uses tokens of the budget.
   *
   * @param job for which it is made
   * @param request sent once
   * @param handler of the body of a 2xx answer
   * @param estimate how many tokens it may use
   * @param used how many it has used, by a 2xx answer
   * @param <T> what the handler makes of the body
   * @return the answer, which is a 2xx
   * @throws IOException if the attempt has failed
   * @throws InterruptedException if the job was cancelled; the call is, too
   * @throws JobException if the job ends in another way: throw it on
   */
  public <T> HttpResponse<T> send(
      Job job,
      HttpRequest request,
      BodyHandler<T> handler,
      long estimate,
      ToLongFunction<HttpResponse<T>> used)
      throws IOException, InterruptedException {
    if (budget == null) {
      Deadline limit = limit(request);
      return outcome(job, request, limit, exchange(job, request, limit, handler));
    }
    try (Reservation reservation = budget.reserve(job, estimate)) {
      Deadline limit = limit(request); // Its wait is no part of it.
      HttpResponse<Body<T>> answer;
      try {
        answer = exchange(job, request, limit, handler);
      } catch (ConnectException | HttpConnectTimeoutException e) {
        throw e; // Nothing was sent: closing the reservation gives all of it back.
      } catch (IOException | InterruptedException | RuntimeException e) {
        reservation.settle(estimate); // It may have been sent, and used all of that.
        throw e;
      }
      if (!isGood(answer)) {
        reservation.settle(0);
        return outcome(job, request, limit, answer);
      }
      HttpResponse<T> good = outcome(job, request, limit, answer);
      long actual = estimate;
      try {
        actual = Math.max(0, used.applyAsLong(good));
      } finally {
        reservation.settle(actual);
      }
      return good;
    }
  }

  private static Deadline limit(HttpRequest request) {
    return Deadline.in(request.timeout().orElse(TIMEOUT).plus(TIMEOUT_OF_CLIENT));
  }

  private <T> HttpResponse<Body<T>> exchange(
      Job job, HttpRequest request, Deadline limit, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    HttpRequest.Builder prepared = HttpRequest.newBuilder(request, (name, value) -> true);
    if (request.headers().firstValue("Idempotency-Key").isEmpty()) {
      prepared.setHeader("Idempotency-Key", job.id().toString());
    }
    if (request.timeout().isEmpty()) {
      prepared.timeout(TIMEOUT);
    }
    return within(
        limit,
        () ->
            http.send(
                prepared.build(),
                info ->
                    info.statusCode() / 100 == 2
                        ? BodySubscribers.mapping(handler.apply(info), Body.Asked::new)
                        : BodySubscribers.mapping(
                            BodySubscribers.ofInputStream(), Body.Refused::new)));
  }

  /** A step of a call. */
  private interface Step<R> {
    R run() throws IOException, InterruptedException;
  }

  /** The client's own time-out is over with the head of an answer: its body may never come. */
  private static <R> R within(Deadline limit, Step<R> step)
      throws IOException, InterruptedException {
    try {
      TaskGroup.Body<R, IOException> body = group -> step.run();
      return TaskGroup.named("call").deadline(limit).call(body);
    } catch (TimeoutException e) {
      HttpTimeoutException late = new HttpTimeoutException("the answer did not come in time");
      late.initCause(e);
      throw late;
    } catch (ExecutionException e) {
      throw new IOException(e); // Of a fork; there is none.
    }
  }

  private static boolean isGood(HttpResponse<?> answer) {
    return answer.statusCode() / 100 == 2;
  }

  private <T> HttpResponse<T> outcome(
      Job job, HttpRequest request, Deadline limit, HttpResponse<Body<T>> answer)
      throws IOException, InterruptedException {
    return switch (answer.body()) {
      case Body.Asked<T>(T value) -> new Good<>(answer, value);
      case Body.Refused<T>(InputStream text) ->
          throw failure(job, answer, what(request, answer.statusCode(), said(text, limit)));
    };
  }

  /** To be thrown; what a job throws by itself, it throws. */
  private IOException failure(Job job, HttpResponse<?> answer, String what) {
    int status = answer.statusCode();
    if (status == 429 || status == 503) {
      Duration wait =
          RetryAfterHeader.of(answer.headers()).orElseGet(() -> Retry.Jitter.equal(UNTOLD));
      if (budget != null) {
        budget.pauseFor(wait);
      }
      throw job.throttled(Retry.Jitter.above(wait), what);
    }
    if (status >= 500 || status == 408 || status == 425) {
      return new IOException(what);
    }
    throw job.dead(what);
  }

  /** Without user and query, in which secrets are wont to be. */
  private static String what(HttpRequest request, int status, String said) {
    URI uri = request.uri();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String place = uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath();
    String text = request.method() + " " + place + " was answered " + status;
    return said.isBlank() ? text : text + ": " + said;
  }

  /** How the body begins. What is not read of it is cut off with its connection. */
  private static String said(InputStream body, Deadline limit) throws InterruptedException {
    try (body) {
      byte[] begin = within(limit, () -> body.readNBytes(SHOWN));
      StringBuilder text = new StringBuilder();
      new String(begin, StandardCharsets.UTF_8)
          .codePoints()
          .forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
      return text.toString().strip();
    } catch (IOException e) {
      return "(its body could not be read)";
    }
  }

  /** A body that was asked for, or that of an error. */
  private sealed interface Body<T> {
    record Asked<T>(T value) implements Body<T> {}

    record Refused<T>(InputStream text) implements Body<T> {}
  }

  /** An answer with the body that was asked for. */
  private record Good<T>(HttpResponse<?> answer, T body) implements HttpResponse<T> {
    @Override
    public int statusCode() {
      return answer.statusCode();
    }

    @Override
    public HttpRequest request() {
      return answer.request();
    }

    @Override
    public Optional<HttpResponse<T>> previousResponse() {
      return Optional.empty();
    }

    @Override
    public java.net.http.HttpHeaders headers() {
      return answer.headers();
    }

    @Override
    public Optional<javax.net.ssl.SSLSession> sslSession() {
      return answer.sslSession();
    }

    @Override
    public URI uri() {
      return answer.uri();
    }

    @Override
    public HttpClient.Version version() {
      return answer.version();
    }
  }
}
