// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exchange that knows how far its answer has got, and that adds {@code Connection: close} when
 * its connection is to be retired. Used by one thread at a time, like any exchange; {@link #claim}
 * by any.
 */
final class Answer extends HttpExchange {
  private final HttpExchange exchange;
  private final BooleanSupplier lastOnItsConnection;
  private final InetSocketAddress client;
  private final AtomicBoolean claimed = new AtomicBoolean();

  // Written by the thread that answers, which changes through the reader's queue at most.
  private boolean closing;
  private boolean started;
  private boolean complete;
  private boolean closedByHandler;
  private @Nullable AnswerBody body;
  private @Nullable IOException broken;

  Answer(HttpExchange exchange, BooleanSupplier lastOnItsConnection) {
    this.exchange = exchange;
    this.lastOnItsConnection = lastOnItsConnection;
    this.client = exchange.getRemoteAddress();
    this.closing = clientCloses(exchange);
  }

  private static boolean clientCloses(HttpExchange exchange) {
    List<String> wishes = exchange.getRequestHeaders().get("Connection");
    if (wishes != null && wishes.stream().anyMatch("close"::equalsIgnoreCase)) {
      return true;
    }
    return exchange.getProtocol().equalsIgnoreCase("HTTP/1.0")
        && (wishes == null || wishes.stream().noneMatch("keep-alive"::equalsIgnoreCase));
  }

  /** True for one caller only: the one that answers. */
  boolean claim() {
    return claimed.compareAndSet(false, true);
  }

  boolean isClaimed() {
    return claimed.get();
  }

  InetSocketAddress client() {
    return client;
  }

  /** Whether the connection ends with this answer. */
  boolean isLast() {
    return closing || !isComplete();
  }

  /** Whether the head was sent. */
  boolean isStarted() {
    return started;
  }

  /** Whether all of it was written. */
  boolean isComplete() {
    return complete || (body != null && body.isComplete());
  }

  /** Whether only its end says how long the body is. */
  boolean isOpenEnded() {
    return body != null && body.expected() == Long.MAX_VALUE;
  }

  /** Whether the handler saw to its end, so that nothing is left to do. */
  boolean isClosed() {
    return complete || closedByHandler || (body != null && body.isClosed());
  }

  /** Whether the connection did not take the answer. */
  boolean isBroken() {
    return cause() != null;
  }

  /** Whether this failure says that the connection did not take the answer. */
  boolean isBroken(Throwable failure) {
    IOException cause = cause();
    return cause != null && (cause.equals(failure) || cause.equals(failure.getCause()));
  }

  private @Nullable IOException cause() {
    return broken != null ? broken : body == null ? null : body.broken();
  }

  /** Sends an answer without a body, the last on its connection. */
  void sendLast(int status) throws IOException {
    closing = true;
    exchange.getResponseHeaders().set("Connection", "close");
    sendResponseHeaders(status, -1);
  }

  /** Ends the exchange: with its connection, unless the answer is complete. */
  void end() {
    exchange.close();
  }

  @Override
  public void sendResponseHeaders(int status, long length) throws IOException {
    if (!started && lastOnItsConnection.getAsBoolean()) {
      exchange.getResponseHeaders().set("Connection", "close");
    }
    List<String> connection = exchange.getResponseHeaders().get("Connection");
    closing |= connection != null && connection.stream().anyMatch("close"::equalsIgnoreCase);
    boolean first = !started;
    started = true;
    try {
      exchange.sendResponseHeaders(status, length);
    } catch (IOException e) {
      // A second head is the handler's mistake; a first one that fails is the connection's.
      if (first) {
        broken = e;
      }
      throw e;
    }
    boolean noBody =
        length == -1
            || getRequestMethod().equals("HEAD")
            || (status >= 100 && status < 200)
            || status == 204
            || status == 304;
    if (noBody) {
      // The server has ended the exchange by itself.
      complete = true;
    } else {
      openBody().expect(length == 0 ? Long.MAX_VALUE : length);
    }
  }

  private AnswerBody openBody() {
    AnswerBody known = body;
    if (known == null) {
      known = new AnswerBody(exchange.getResponseBody());
      body = known;
    }
    return known;
  }

  @Override
  public OutputStream getResponseBody() {
    return openBody();
  }

  @Override
  public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
    exchange.setStreams(in, out);
    if (out != null) {
      AnswerBody before = openBody();
      AnswerBody after = new AnswerBody(exchange.getResponseBody());
      after.expect(before.expected());
      body = after;
    }
  }

  @Override
  public void close() {
    closedByHandler = true;
    AnswerBody open = body;
    if (open == null || !started) {
      exchange.close();
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      // The body remembers it; the connection is of no more use.
      exchange.close();
    }
  }

  @Override
  public Headers getRequestHeaders() {
    return exchange.getRequestHeaders();
  }

  @Override
  public Headers getResponseHeaders() {
    return exchange.getResponseHeaders();
  }

  @Override
  public URI getRequestURI() {
    return exchange.getRequestURI();
  }

  @Override
  public String getRequestMethod() {
    return exchange.getRequestMethod();
  }

  @Override
  public HttpContext getHttpContext() {
    return exchange.getHttpContext();
  }

  @Override
  public InputStream getRequestBody() {
    return exchange.getRequestBody();
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return client;
  }

  @Override
  public int getResponseCode() {
    return exchange.getResponseCode();
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return exchange.getLocalAddress();
  }

  @Override
  public String getProtocol() {
    return exchange.getProtocol();
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return exchange.getAttribute(name);
  }

  @Override
  public void setAttribute(String name, @Nullable Object value) {
    exchange.setAttribute(name, value);
  }

  @Override
  public @Nullable HttpPrincipal getPrincipal() {
    return exchange.getPrincipal();
  }
}
