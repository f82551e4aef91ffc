// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.task.Outcome;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/*
 * Two things end a request in Jetty. The callback says that the handler is done; it may come from
 * any thread, and bytes may still be on their way. The stream says that the last byte was written,
 * or never will be. Only the second tells whether the client has got its answer, so that is what the
 * task waits for. The first may come from the handler or, when it was cancelled, from us: whoever
 * is first has it, the other is ignored.
 */
/** A request and its answer, from its arrival to the last byte. */
final class JettyAnswer implements Callback {
  private static final String WHY = "the service is stopping";

  /** Where Jetty's core, and servlet containers, leave what an error page is about. */
  private static final String[] ERRORS = {
    "org.eclipse.jetty.server.error_exception", "jakarta.servlet.error.exception"
  };

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final JettyLine line;
  private final BooleanSupplier retired;

  private final AtomicBoolean claimed = new AtomicBoolean();
  private final AtomicBoolean completed = new AtomicBoolean();
  private final AtomicBoolean counted = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Set by who forks, read by who sweeps; Jetty's callbacks have a Task of their own. */
  private volatile dev.curfew.task.@Nullable Task<?> task;

  /** Set by who refuses, before the head is written. */
  private volatile boolean refused;

  // Written by whoever completes it, before the callback, or where the answer ends; read by the
  // task after the end.
  private volatile @Nullable Throwable failure;
  private volatile boolean gone;

  // Written by whoever writes the last byte, before the latch opens.
  private volatile boolean delivered;
  private volatile int status;

  JettyAnswer(
      Request request,
      Response response,
      Callback callback,
      JettyLine line,
      BooleanSupplier retired) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.line = line;
    this.retired = retired;
    request.addHttpStreamWrapper(Stream::new);
  }

  private final class Stream extends HttpStream.Wrapper {
    Stream(HttpStream wrapped) {
      super(wrapped);
    }

    /**
     * Just before the head is sent, whoever sends it. An upgrade is not the end of a connection.
     */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
      HttpVersion version = request.getConnectionMetaData().getHttpVersion();
      if (version.getVersion() <= HttpVersion.HTTP_1_1.getVersion()
          && !headers.contains(HttpHeader.UPGRADE)
          && (refused || retired.getAsBoolean())) {
        headers.put(HttpHeader.CONNECTION, "close");
      }
      super.prepareResponse(headers);
    }

    @Override
    public void succeeded() {
      delivered = true;
      note();
      line.end(System.nanoTime(), !request.getConnectionMetaData().isPersistent());
      try {
        super.succeeded();
      } finally {
        ended.countDown();
      }
    }

    @Override
    public void failed(Throwable cause) {
      note();
      line.end(System.nanoTime(), true);
      try {
        super.failed(cause);
      } finally {
        ended.countDown();
      }
    }

    /** Before the end: afterwards Jetty may use request and response for the next one. */
    private void note() {
      status = response.getStatus();
      if (failure == null && status >= 500) {
        for (String name : ERRORS) {
          if (request.getAttribute(name) instanceof Throwable error) {
            failure = error;
            return;
          }
        }
      }
    }
  }

  Request request() {
    return request;
  }

  Response response() {
    return response;
  }

  /** The task that answers it. */
  void isIn(dev.curfew.task.Task<?> forked) {
    task = forked;
  }

  boolean isTaskDone() {
    dev.curfew.task.Task<?> known = task;
    return known != null && known.isDone();
  }

  /** Whether nobody waits for its handler any more. */
  boolean isTaskAbandoned() {
    dev.curfew.task.Task<?> known = task;
    return known != null && known.isDone() && known.outcome() instanceof Outcome.Abandoned<?>;
  }

  /** True for one caller only: the one that has it answered. */
  boolean claim() {
    return claimed.compareAndSet(false, true);
  }

  /** True for one caller only: the one that counts its end. */
  boolean count() {
    return counted.compareAndSet(false, true);
  }

  @Override
  public void succeeded() {
    if (completed.compareAndSet(false, true)) {
      callback.succeeded();
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (completed.compareAndSet(false, true)) {
      gone = isGone(cause);
      failure = cause;
      callback.failed(cause);
    }
  }

  @Override
  public InvocationType getInvocationType() {
    return callback.getInvocationType();
  }

  /** Whether this failure says that the connection did not take the answer. */
  private static boolean isGone(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof EofException || t instanceof ClosedChannelException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Answers in place of the handler, with the last answer on its connection; if the handler's has
   * begun, closes the connection.
   *
   * @param cause what the handler threw when it was cancelled, or null
   */
  void refuse(@Nullable Throwable cause) {
    if (!completed.compareAndSet(false, true)) {
      return;
    }
    refused = true;
    failure = cause;
    if (response.isCommitted()) {
      callback.failed(new IOException(WHY, cause));
    } else {
      Response.writeError(request, response, callback, 503, WHY);
    }
  }

  /** Says to whoever has suspended the request that it has failed. */
  void fail(Throwable cause) {
    request.fail(cause);
  }

  /** Closes the connection, whatever is under way on it. */
  void cut(Throwable cause) {
    line.connection().getEndPoint().close(cause);
  }

  void await() throws InterruptedException {
    ended.await();
  }

  boolean await(long nanos) throws InterruptedException {
    return ended.await(nanos, TimeUnit.NANOSECONDS);
  }

  /** Whether all of an answer was written, the handler's or ours. */
  boolean isDelivered() {
    return delivered;
  }

  /** The status of what was sent; 0 before the end. */
  int status() {
    return status;
  }

  /** What the handler said, or the error that a servlet container has answered. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Whether the handler has noticed that its client went away. */
  boolean isGone() {
    return gone;
  }
}
