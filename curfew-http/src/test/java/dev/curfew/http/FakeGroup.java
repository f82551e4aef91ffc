// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.report.CancelReason;
import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.task.Action;
import dev.curfew.task.Background;
import dev.curfew.task.GroupOptions;
import dev.curfew.task.Outcome;
import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;

/** As much of a group as an intake sees: forks, cancel, rejection, and a wait for the forks. */
final class FakeGroup implements TaskGroup {
  private final List<FakeTask> tasks = new ArrayList<>();
  private boolean cancelled;
  private boolean starving;

  /** Accepts forks from now on, and cancels them before they begin. */
  synchronized void starve() {
    starving = true;
  }

  @Override
  public Task<?> fork(String name, Action body) {
    FakeTask task = new FakeTask(name, body);
    synchronized (this) {
      if (cancelled) {
        throw new RejectedExecutionException("fake is cancelled");
      }
      tasks.add(task);
      if (starving) {
        task.done.countDown();
        return task;
      }
    }
    task.thread.start();
    return task;
  }

  @Override
  public synchronized void cancel(String why) {
    cancelled = true;
    tasks.forEach(task -> task.thread.interrupt());
  }

  synchronized List<FakeTask> tasks() {
    return List.copyOf(tasks);
  }

  /** The failures of all requests. */
  List<Throwable> failures() {
    return tasks().stream().map(task -> task.failure).filter(f -> f != null).toList();
  }

  @Override
  public void join() throws InterruptedException {
    for (FakeTask task : tasks()) {
      task.done.await();
    }
  }

  @Override
  public String path() {
    return "/fake";
  }

  @Override
  public <T> Task<T> fork(String name, Callable<? extends T> body) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Task<?> background(String name, Background body) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> Task<T> adopt(String name, CompletionStage<? extends T> future) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> Task<T> adopt(String name, CompletionStage<? extends T> future, Action onCancel) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TaskGroup inner(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public TaskGroup inner(GroupOptions<?> options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <R extends AutoCloseable> R own(String name, R resource) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <R> R own(String name, R resource, Closer<? super R> closer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <P extends Process> P own(String name, P process) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <R> R intake(String name, R intake, Closer<? super R> quiet, Closer<? super R> close) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void onClose(String name, Action action) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <I extends Intake> I intake(String name, I intake) {
    throw new UnsupportedOperationException();
  }

  static final class FakeTask implements Task<Object> {
    final String name;
    final Thread thread;
    final CountDownLatch done = new CountDownLatch(1);
    volatile Throwable failure;
    private volatile boolean abandoned;

    FakeTask(String name, Action body) {
      this.name = name;
      this.thread = Thread.ofVirtual().unstarted(() -> run(body));
    }

    private void run(Action body) {
      try {
        body.run();
      } catch (Throwable e) {
        // Whatever it is, a test will look at it.
        failure = e;
      } finally {
        done.countDown();
      }
    }

    /** Nobody waits for it any more, though it runs. */
    void giveUp() {
      abandoned = true;
      done.countDown();
    }

    boolean isOver() {
      return isDone() && !thread.isAlive();
    }

    @Override
    public boolean isDone() {
      return done.getCount() == 0;
    }

    @Override
    public String path() {
      return "/fake/" + name;
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Outcome<Object> outcome() {
      if (!isDone()) {
        throw new IllegalStateException(name + " has not ended");
      }
      if (abandoned) {
        return new Outcome.Abandoned<>(
            new CancelReason(CancelReason.Kind.REQUESTED, "test", "given up", Instant.EPOCH),
            List.of());
      }
      Throwable known = failure;
      return known == null ? new Outcome.Completed<>("done") : new Outcome.Failed<>(known, null);
    }

    @Override
    public Object join() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Outcome<Object> await() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void cancel(String why) {
      thread.interrupt();
    }

    @Override
    public CompletableFuture<Object> asFuture() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<CancelReason> cancelReason() {
      return Optional.empty();
    }
  }
}
