// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.task.Action;
import dev.curfew.task.Background;
import dev.curfew.task.GroupOptions;
import dev.curfew.task.RootGroup;
import dev.curfew.task.Task;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One service, as its program and its starter see it: its root group, and a way to its warden. It
 * decides nothing: whatever happens is told to the warden.
 */
final class Member implements Service, RunningService, RootGroup.Listener {
  private final Options options;
  private final StartUp startUp;
  private final @Nullable ReportFile file;

  /** The first failure that the service can't live without. Set by the task that failed. */
  private final AtomicReference<@Nullable Throwable> critical = new AtomicReference<>();

  /** Set once by the thread that makes the member, before anybody else knows it. */
  private @Nullable RootGroup root;

  /** Set once, when the member joins a warden; null only before its set-up has begun. */
  private volatile @Nullable Warden warden;

  Member(Options options, Setup setup) {
    this.options = options;
    this.startUp = new StartUp(this, setup);
    this.file = options.reportFile() == null ? null : new ReportFile(options.reportFile());
  }

  void holds(RootGroup group) {
    root = group;
  }

  void joins(Warden newWarden) {
    warden = newWarden;
  }

  Options options() {
    return options;
  }

  /** The report files of these services; several of them may have one. */
  static List<ReportFile> files(List<Member> of) {
    List<ReportFile> files = new ArrayList<>(1);
    for (Member member : of) {
      if (member.file != null) {
        files.add(member.file);
      }
    }
    return files;
  }

  StartUp startUp() {
    return startUp;
  }

  RootGroup root() {
    return Objects.requireNonNull(root, "root");
  }

  @SuppressWarnings("ReferenceEquality") // the very same object, whatever its equals says
  @Nullable Throwable critical() {
    Throwable failure = critical.get();
    // A set-up that failed is a start-up that failed, even if its group tells it as a failure.
    return failure == startUp.failure() ? null : failure;
  }

  private Warden warden() {
    return Objects.requireNonNull(warden, "warden");
  }

  // What the tree tells.

  @Override
  public void failed(String path, Throwable failure) {
    critical.compareAndSet(null, failure);
    Warden told = warden;
    if (told != null) {
      // Its message is not read here: that would be a call into the program's code.
      told.ask(
          Request.now(Trigger.Origin.CRASH, "failure", path + ": " + failure.getClass().getName()));
    }
  }

  @Override
  public void changed() {
    Warden told = warden;
    if (told != null) {
      told.wake();
    }
  }

  // What the program and the starter ask.

  @Override
  public Readiness readiness() {
    Warden asked = warden();
    if (asked.report() != null) {
      return Readiness.STOPPED;
    }
    if (asked.request() != null) {
      return Readiness.STOPPING;
    }
    return startUp.isUp() ? Readiness.READY : Readiness.STARTING;
  }

  @Override
  public void requestStop(String why) {
    warden().ask(Request.call("requestStop", why));
  }

  @Override
  public StopReport stop(String why) throws InterruptedException {
    checkCaller("stop");
    requestStop(why);
    warden().decided().await(patience());
    return warden().reportOrLate();
  }

  @Override
  public StopReport await() throws InterruptedException {
    checkCaller("await");
    warden().decided().await(Deadline.never());
    return warden().reportOrLate();
  }

  /** Waits until the stop that was asked for is over, whoever interrupts. */
  void awaitStopped() {
    warden().decided().awaitFirmly(patience());
  }

  /**
   * Waits until the service is ready, or is over.
   *
   * @throws ExecutionException if its start-up failed
   */
  void awaitStarted() throws ExecutionException, InterruptedException {
    startUp.settled().await(Deadline.never());
    if (startUp.isUp()) {
      return;
    }
    warden().decided().await(Deadline.never());
    Throwable failure = startUp.failure();
    if (failure != null) {
      throw new StartFailed(options.name(), failure);
    }
  }

  @Override
  public void close() {
    checkCaller("close");
    requestStop("closed");
    Deadline patience = patience();
    boolean interrupted = false;
    while (true) {
      try {
        warden().decided().await(patience);
        break;
      } catch (InterruptedException e) {
        // Whoever interrupts a close can't wait: what is in flight is cancelled now.
        interrupted = true;
        root().cancel("the thread that closes the service was interrupted");
      }
    }
    warden().sayUnlessClean();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A task that waited for the end of its own service would be what that waits for. */
  private void checkCaller(String call) {
    if (root().holdsCaller()) {
      throw new IllegalStateException(
          call
              + "() was called in a task of service "
              + options.name()
              + " itself, which would wait for its own end; call requestStop(why), which does not"
              + " wait, and return");
    }
  }

  /** The walk ends by itself within the curfew; half a second more is for writing the report. */
  private Deadline patience() {
    return Deadline.in(options.curfew().total().plus(Duration.ofMillis(500)));
  }

  // The tree, as the group of the service has it.

  @Override
  public String path() {
    return root().path();
  }

  @Override
  public <T extends @Nullable Object> Task<T> fork(String name, Callable<? extends T> body) {
    return root().fork(name, body);
  }

  @Override
  public Task<?> fork(String name, Action body) {
    return root().fork(name, body);
  }

  @Override
  public Task<?> background(String name, Background body) {
    return root().background(name, body);
  }

  @Override
  public <T extends @Nullable Object> Task<T> adopt(
      String name, CompletionStage<? extends T> future) {
    return root().adopt(name, future);
  }

  @Override
  public <T extends @Nullable Object> Task<T> adopt(
      String name, CompletionStage<? extends T> future, Action onCancel) {
    return root().adopt(name, future, onCancel);
  }

  @Override
  public TaskGroup inner(String name) {
    return root().inner(name);
  }

  @Override
  public TaskGroup inner(GroupOptions<?> groupOptions) {
    return root().inner(groupOptions);
  }

  @Override
  public <R extends AutoCloseable> R own(String name, R resource) {
    return root().own(name, resource);
  }

  @Override
  public <R> R own(String name, R resource, Closer<? super R> closer) {
    return root().own(name, resource, closer);
  }

  @Override
  public <P extends Process> P own(String name, P process) {
    return root().own(name, process);
  }

  @Override
  public void onClose(String name, Action action) {
    root().onClose(name, action);
  }

  @Override
  public <I extends Intake> I intake(String name, I intake) {
    return root().intake(name, intake);
  }

  @Override
  public <R> R intake(String name, R intake, Closer<? super R> quiet, Closer<? super R> close) {
    return root().intake(name, intake, quiet, close);
  }

  @Override
  public void join() throws ExecutionException, InterruptedException {
    root().join();
  }

  @Override
  public void cancel(String why) {
    root().cancel(why);
  }

  @Override
  public String toString() {
    return "service " + options.name();
  }

  /** So that the message names the service. */
  private static final class StartFailed extends ExecutionException {
    private static final long serialVersionUID = 1;

    StartFailed(String service, Throwable cause) {
      super(
          "the start-up of " + service + " failed, and what it had opened was closed again", cause);
    }
  }
}
