// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.curfew.http.Tally.End;
import dev.curfew.task.Cancellation;
import dev.curfew.task.Outcome;
import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedByInterruptException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Makes a task of each request, and sees to it that each gets an answer. */
final class Requests {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE");

  private static final System.Logger LOG = System.getLogger("dev.curfew.http");

  private final Tally tally;
  private final Lines lines;
  private final Readers readers;
  private final BooleanSupplier retired;
  private final Runnable onEnd;

  /** Requests in hand; their tasks, once known. */
  private final ConcurrentHashMap<Answer, Forked> open = new ConcurrentHashMap<>();

  private volatile @Nullable TaskGroup group;
  private volatile boolean cancelled;
  private volatile boolean serverEnded;
  private volatile long lastTaken = System.nanoTime() - TimeUnit.DAYS.toNanos(1);

  /** Set while answers are held back; by the drain, read by who answers. */
  private volatile @Nullable CountDownLatch hush;

  /** The task of a request; set by its reader after the fork, read by who sweeps. */
  private static final class Forked {
    volatile @Nullable Task<?> task;

    /** Set by whoever strikes it off: its handler, or who gave that up. */
    final AtomicBoolean struck = new AtomicBoolean();
  }

  Requests(Tally tally, Lines lines, Readers readers, BooleanSupplier retired, Runnable onEnd) {
    this.tally = tally;
    this.lines = lines;
    this.readers = readers;
    this.retired = retired;
    this.onEnd = onEnd;
  }

  void start(TaskGroup requests) {
    group = requests;
  }

  void cancel() {
    cancelled = true;
  }

  void serverEnded() {
    serverEnded = true;
  }

  /** From now on no answer begins. */
  void holdAnswers() {
    hush = new CountDownLatch(1);
  }

  void releaseAnswers() {
    CountDownLatch held = hush;
    hush = null;
    if (held != null) {
      held.countDown();
    }
  }

  /** Before the head of each answer: says whether it is the last on its connection. */
  private boolean isLastAnswer() {
    CountDownLatch held = hush;
    if (held != null) {
      try {
        held.await();
      } catch (InterruptedException e) {
        // Cancelled: the write that follows sees the flag, and so does the handler.
        Thread.currentThread().interrupt();
      }
    }
    return retired.getAsBoolean() || lines.full();
  }

  /** When the last request arrived, by the monotonic clock. */
  long lastTaken() {
    return lastTaken;
  }

  int open() {
    return open.size();
  }

  /** Runs on the thread that has read the request. */
  void take(HttpExchange exchange, HttpHandler handler) {
    Answer answer = new Answer(exchange, this::isLastAnswer);
    Forked forked = new Forked();
    lastTaken = System.nanoTime();
    tally.take();
    lines.begin(answer.client());
    open.put(answer, forked);
    if (cancelled) {
      answer.claim();
      refuse(answer, End.REFUSED);
      return;
    }
    boolean rejected = true;
    try {
      forked.task =
          Objects.requireNonNull(group, "group")
              .fork(taskName(exchange.getRequestMethod()), () -> handle(answer, handler));
      rejected = false;
    } catch (RejectedExecutionException e) {
      // Says what the 503 says: the group is cancelled or closing.
    } finally {
      // An Error may have left fork although the task has started, so the claim decides.
      if (rejected && answer.claim()) {
        refuse(answer, End.REFUSED);
      }
    }
  }

  /** Clients choose the method, and a tree with a name for each fancy of theirs is no use. */
  private static String taskName(String method) {
    return METHODS.contains(method) ? method : "request";
  }

  private void handle(Answer answer, HttpHandler handler) throws IOException {
    if (!answer.claim()) {
      return;
    }
    End end = End.FAILED;
    boolean started = false;
    try {
      handler.handle(answer);
      started = answer.isStarted();
      end = returned(answer);
    } catch (IOException | RuntimeException | Error e) {
      // Errors, too: the client is owed an answer whatever happened, and the task gets its failure.
      if (wasCancelled(e)) {
        end = End.UNANSWERED;
        throw unanswered(e);
      } else if (answer.isBroken(e)) {
        end = connectionLost();
        return;
      }
      log(answer, e);
      throw e;
    } finally {
      finish(answer, end);
    }
    if (end == End.UNANSWERED) {
      throw unanswered(null);
    }
    if (end == End.FAILED) {
      IOException failure =
          new IOException(
              started
                  ? "the handler returned before its answer was complete: write all bytes that"
                      + " sendResponseHeaders announced, then close the exchange"
                  : "the handler returned without an answer: call sendResponseHeaders, then close"
                      + " the exchange");
      log(answer, failure);
      throw failure;
    }
  }

  /** However its handler took the cancel: a request without an answer is work that was cut off. */
  private static CancellationException unanswered(@Nullable Throwable late) {
    CancellationException cutOff =
        new CancellationException("the request was cancelled before it had an answer");
    cutOff.initCause(late);
    return cutOff;
  }

  /** The report has it, too, but that comes when the process ends. */
  private static void log(Answer answer, Throwable failure) {
    LOG.log(
        Level.WARNING,
        () -> answer.getRequestMethod() + " " + answer.getRequestURI().getPath() + " failed",
        failure);
  }

  private End connectionLost() {
    return serverEnded ? End.UNANSWERED : End.GONE;
  }

  private boolean wasCancelled(Throwable failure) {
    if (cancelled || Cancellation.isCancelled()) {
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

  /** The handler has returned. Who forgot to close is helped; who wrote too little is not. */
  private End returned(Answer answer) {
    boolean cutOff = cancelled || Cancellation.isCancelled();
    if (answer.isStarted() && !answer.isClosed()) {
      if (cutOff && answer.isOpenEnded()) {
        // To close it would make an answer that was cut off look whole.
        return End.UNANSWERED;
      }
      tally.unclosed();
      answer.close();
    }
    if (answer.isComplete()) {
      return End.ANSWERED;
    }
    if (cutOff) {
      return End.UNANSWERED;
    }
    return answer.isBroken() ? connectionLost() : End.FAILED;
  }

  /** Sends what is owed, then strikes the request off. */
  private void finish(Answer answer, End end) {
    if (answer.isComplete() || answer.isStarted()) {
      strikeOff(answer, end);
    } else if (end == End.UNANSWERED) {
      refuse(answer, end);
    } else if (Thread.currentThread().isInterrupted()) {
      // A write on this thread would close the connection.
      readers.run(() -> send(answer, 500, end));
    } else {
      send(answer, 500, end);
    }
  }

  private void refuse(Answer answer, End end) {
    if (Thread.currentThread().isInterrupted()) {
      readers.run(() -> send(answer, 503, end));
    } else {
      send(answer, 503, end);
    }
  }

  private void send(Answer answer, int status, End end) {
    End as = end;
    try {
      answer.sendLast(status);
    } catch (IOException e) {
      // Nobody is there to take it. That is what the count says.
      as = end == End.REFUSED ? End.UNANSWERED : end;
    } finally {
      strikeOff(answer, as);
    }
  }

  private void strikeOff(Answer answer, End end) {
    Forked forked = open.get(answer);
    if (forked == null || !forked.struck.compareAndSet(false, true)) {
      return; // Its handler was given up, and has ended after all.
    }
    if (answer.isLast()) {
      lines.remove(answer.client());
    } else {
      lines.end(answer.client());
    }
    if (!answer.isComplete()) {
      answer.end();
    }
    tally.end(end);
    open.remove(answer);
    onEnd.run();
  }

  /**
   * Answers the requests whose tasks ended before their body began, and strikes off those whose
   * tasks were given up: a handler that has called System.exit, for one, never returns.
   */
  void sweep() {
    open.forEach((answer, forked) -> {
      Task<?> task = forked.task;
      if (task == null || !task.isDone()) {
        return;
      }
      if (answer.claim()) {
        refuse(answer, End.UNANSWERED);
      } else if (task.outcome() instanceof Outcome.Abandoned<?>) {
        strikeOff(answer, End.UNANSWERED);
      }
    });
  }
}
