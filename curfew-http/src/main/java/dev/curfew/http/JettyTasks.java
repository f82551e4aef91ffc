// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.http.Tally.End;
import dev.curfew.task.Cancellation;
import dev.curfew.task.Shield;
import dev.curfew.task.TaskGroup;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/*
 * Jetty calls this handler on the thread that has read the request. It forks a task and returns, so
 * it is not blocking, and Jetty spends no thread of its pool on it. The task calls the handlers
 * below and lasts until the answer is written. See decision 17.
 */
/** Makes a task of each request, and sees to it that each gets an answer. */
final class JettyTasks extends Handler.Wrapper {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE");

  /** How long a suspended request that was told of its end has to answer. */
  private static final long ANSWER = TimeUnit.MILLISECONDS.toNanos(250);

  private final Tally tally;
  private final JettyLines lines;
  private final @Nullable JettyHealth health;
  private final BooleanSupplier retired;
  private final Runnable onEnd;

  /** Requests in hand. */
  private final Set<JettyAnswer> open = ConcurrentHashMap.newKeySet();

  private volatile @Nullable TaskGroup group;
  private volatile boolean cancelled;
  private volatile boolean serverEnded;
  private volatile long lastTaken = System.nanoTime() - TimeUnit.DAYS.toNanos(1);

  JettyTasks(
      Tally tally,
      JettyLines lines,
      @Nullable JettyHealth health,
      BooleanSupplier retired,
      Runnable onEnd) {
    this.tally = tally;
    this.lines = lines;
    this.health = health;
    this.retired = retired;
    this.onEnd = onEnd;
  }

  void start(TaskGroup requests) {
    group = requests;
  }

  @Nullable TaskGroup group() {
    return group;
  }

  void cancel() {
    cancelled = true;
  }

  void serverEnded() {
    serverEnded = true;
  }

  int open() {
    return open.size();
  }

  /** When the last request arrived, by the monotonic clock. */
  long lastTaken() {
    return lastTaken;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (health != null && health.isFor(request)) {
      // The program's own code says whether it is ready, and may take its time.
      getServer().getThreadPool().execute(() -> answerProbe(health, request, response, callback));
      return true;
    }
    lastTaken = System.nanoTime();
    tally.take();
    JettyLine line = lines.begin(request.getConnectionMetaData().getConnection());
    JettyAnswer answer = new JettyAnswer(request, response, callback, line, retired);
    open.add(answer);
    if (cancelled) {
      refuseUnlessClaimed(answer);
      return true;
    }
    boolean rejected = true;
    try {
      answer.isIn(
          Objects.requireNonNull(group, "group")
              .fork(taskName(request.getMethod()), () -> run(answer)));
      rejected = false;
    } catch (RejectedExecutionException e) {
      // Says what the 503 says: the group is cancelled or closing.
    } finally {
      // An Error may have left fork although the task has started, so the claim decides.
      if (rejected) {
        refuseUnlessClaimed(answer);
      }
    }
    return true;
  }

  private static void answerProbe(
      JettyHealth health, Request request, Response response, Callback callback) {
    try {
      health.answer(request, response, callback);
    } catch (RuntimeException e) {
      callback.failed(e);
    }
  }

  private void refuseUnlessClaimed(JettyAnswer answer) {
    if (answer.claim()) {
      answer.refuse(null);
      strikeOff(answer, End.REFUSED);
    }
  }

  /** Clients choose the method, and a tree with a name for each fancy of theirs is no use. */
  private static String taskName(String method) {
    return METHODS.contains(method) ? method : "request";
  }

  // ---- the task

  private void run(JettyAnswer answer) throws Exception {
    if (!answer.claim()) {
      return;
    }
    boolean interrupted = false;
    End end = End.FAILED;
    try {
      call(answer);
      interrupted = awaitEnd(answer);
      end = endOf(answer, interrupted || isCancelled(answer.failure()));
    } finally {
      strikeOff(answer, end);
    }
    Throwable failure = answer.failure();
    if (end == End.UNANSWERED) {
      InterruptedException cancel =
          new InterruptedException("cancelled before the answer was complete");
      cancel.initCause(failure);
      throw cancel;
    }
    if (end == End.FAILED && failure != null) {
      if (failure instanceof Error error) {
        throw error;
      }
      throw failure instanceof Exception exception ? exception : new ExecutionException(failure);
    }
  }

  private void call(JettyAnswer answer) {
    try {
      if (!super.handle(answer.request(), answer.response(), answer)) {
        Response.writeError(answer.request(), answer.response(), answer, 404);
      }
    } catch (Throwable t) {
      // Errors, too: the client is owed an answer whatever happened, and the task gets its failure.
      if (isCancelled(t)) {
        answer.refuse(t);
      } else {
        answer.failed(t);
      }
    }
  }

  /** Waits for the last byte. Returns whether the wait was cut short by a cancel. */
  private boolean awaitEnd(JettyAnswer answer) throws InterruptedException {
    try {
      answer.await();
      return false;
    } catch (InterruptedException e) {
      Shield.run(Duration.ofNanos(4 * ANSWER), () -> giveUp(answer, e));
      return true;
    }
  }

  /** Who has suspended the request may still answer it; then we do; then nobody can. */
  private static void giveUp(JettyAnswer answer, InterruptedException cancel)
      throws InterruptedException {
    answer.fail(cancel);
    if (!answer.await(ANSWER)) {
      answer.refuse(cancel);
      if (!answer.await(ANSWER)) {
        answer.cut(cancel);
        answer.await(ANSWER);
      }
    }
  }

  /** By state where there is one: who swallows an interrupt was cancelled all the same. */
  private boolean isCancelled(@Nullable Throwable failure) {
    if (cancelled || Thread.currentThread().isInterrupted() || Cancellation.isCancelled()) {
      return true;
    }
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof InterruptedException
          || t instanceof InterruptedIOException
          || t instanceof ClosedByInterruptException) {
        return true;
      }
    }
    return false;
  }

  private End endOf(JettyAnswer answer, boolean wasCancelled) {
    Throwable failure = answer.failure();
    boolean good = answer.isDelivered() && failure == null && answer.status() < 500;
    if (good) {
      return End.ANSWERED;
    }
    if (wasCancelled) {
      return End.UNANSWERED;
    }
    if (answer.isGone() || (failure == null && !answer.isDelivered())) {
      return serverEnded ? End.UNANSWERED : End.GONE;
    }
    if (failure == null || isClients(failure)) {
      return End.ANSWERED;
    }
    return End.FAILED;
  }

  /** Whether it says that the request was wrong, and was answered so. */
  private static boolean isClients(Throwable failure) {
    return failure instanceof HttpException http && http.getCode() < 500;
  }

  private void strikeOff(JettyAnswer answer, End end) {
    if (answer.count()) {
      tally.end(end);
      open.remove(answer);
      onEnd.run();
    }
  }

  /**
   * Answers the requests whose tasks ended before their body began, and those whose tasks were
   * given up: a handler that has called System.exit, for one, never returns.
   */
  void sweep() {
    for (JettyAnswer answer : open) {
      if (answer.isTaskDone() && (answer.claim() || answer.isTaskAbandoned())) {
        answer.refuse(null);
        strikeOff(answer, End.UNANSWERED);
      }
    }
  }
}
