// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Pending;
import dev.curfew.report.WorkCount;
import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.task.Action;
import dev.curfew.task.Background;
import dev.curfew.task.GroupOptions;
import dev.curfew.task.Outcome;
import dev.curfew.task.RootGroup;
import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A root that does only what a warden asks of it, and writes down what that was. */
final class FakeRoot implements RootGroup {
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile Census census = new Census(0, 1, 0, 0, false, true);
  volatile Action opening = () -> {};
  volatile FakeTask setUp;
  private final Listener listener;

  FakeRoot(Listener listener) {
    this.listener = listener;
  }

  void holds(long forks, long backgrounds, int intakes, boolean everForked, boolean everOwned) {
    census = new Census(forks, backgrounds, intakes, 0, everForked, everOwned);
    listener.changed();
  }

  @Override
  public Pending describe(Task<?> setUp, List<StackTraceElement> now) {
    return new Pending(
        setUp.path(), Pending.State.IGNORED_CANCEL, Duration.ZERO, null, now, null, 1);
  }

  @Override
  public Task<?> setUp(Action body) {
    calls.add("setUp");
    FakeTask task = new FakeTask(body);
    setUp = task;
    task.thread.start();
    return task;
  }

  @Override
  public void startIntakes() throws Exception {
    calls.add("startIntakes");
    opening.run();
  }

  @Override
  public void retireIntakes() {
    calls.add("retireIntakes");
  }

  @Override
  public Account snapshot() {
    return new Account(work(), List.of(), 0, List.of(), List.of());
  }

  @Override
  public boolean holdsCaller() {
    return false;
  }

  @Override
  public void refuse(CancelReason why) {
    calls.add("refuse");
  }

  @Override
  public Census census() {
    return census;
  }

  @Override
  public WorkCount work() {
    return WorkCount.NONE;
  }

  @Override
  public Optional<CancelReason> cancelReason() {
    return Optional.empty();
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
  public Task<?> fork(String name, Action body) {
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

  @Override
  public void join() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void cancel(String why) {
    calls.add("cancel " + why);
  }

  /** The set-up's task. */
  final class FakeTask implements Task<Object> {
    final Thread thread;
    private final Gate done = new Gate();
    private volatile Outcome<Object> outcome;
    private volatile CancelReason cancelled;

    @SuppressWarnings("CatchThrowable")
    FakeTask(Action body) {
      this.thread =
          Host.current()
              .virtualThread(() -> {
                try {
                  body.run();
                  outcome = new Outcome.Completed<>(null);
                } catch (InterruptedException e) {
                  CancelReason reason = cancelled;
                  outcome =
                      reason == null
                          ? new Outcome.Failed<>(e, null)
                          : new Outcome.Cancelled<>(reason, e);
                } catch (Throwable t) {
                  outcome = new Outcome.Failed<>(t, cancelled);
                }
                done.open();
                listener.changed();
              });
    }

    @Override
    public String path() {
      return "/fake/set-up";
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Outcome<Object> outcome() {
      if (!isDone()) {
        throw new IllegalStateException("not done");
      }
      return outcome;
    }

    @Override
    public Object join() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Outcome<Object> await() throws InterruptedException {
      done.await(Deadline.never());
      return outcome;
    }

    @Override
    public boolean isDone() {
      return done.isOpen();
    }

    @Override
    public void cancel(String why) {
      calls.add("cancel set-up");
      cancelled = new CancelReason(CancelReason.Kind.STOP, "test", why, Host.current().wallTime());
      thread.interrupt();
    }

    @Override
    public CompletableFuture<Object> asFuture() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<CancelReason> cancelReason() {
      return Optional.ofNullable(cancelled);
    }
  }
}
