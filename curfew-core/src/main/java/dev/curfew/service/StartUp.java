// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.CancelReason;
import dev.curfew.report.Trigger;
import dev.curfew.task.Outcome;
import dev.curfew.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * The start-up of one service: its set-up runs as a task of its group, then its intakes open. The
 * warden advances it; nothing of it runs on the warden's thread but decisions.
 */
final class StartUp {
  /** What comes next, in this order. */
  enum Step {
    /** The set-up has not begun. */
    NEW,
    /** The set-up runs. */
    SETTING_UP,
    /** The set-up has returned, the intakes are being opened. */
    OPENING,
    /** The service is ready. */
    UP,
    /** It failed by itself, or was rolled back. */
    OVER
  }

  private final Member member;
  private final Service.Setup setup;
  private final Gate settled = new Gate();

  /** Written by the warden, read by any thread. */
  private volatile Step step = Step.NEW;

  /** Why it failed by itself. Written by the warden, read by any thread. */
  private volatile @Nullable Throwable failure;

  /** The thread that runs the set-up. Written by that thread. */
  private volatile @Nullable Thread setUpThread;

  /** Written and read by the warden only. */
  private @Nullable Task<?> setUp;

  /** Written and read by the warden only. */
  private @Nullable Aide opening;

  StartUp(Member member, Service.Setup setup) {
    this.member = member;
    this.setup = setup;
  }

  boolean isUp() {
    return step == Step.UP;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** Opens when the service is ready, or never will be. */
  Gate settled() {
    return settled;
  }

  @Nullable Task<?> setUp() {
    return setUp;
  }

  String path() {
    return member.path() + "/set-up";
  }

  @Nullable Thread setUpThread() {
    return setUpThread;
  }

  /** Does what can be done now; true if the service has become ready by it. */
  boolean advance(Warden warden) {
    if (step == Step.NEW) {
      begin(warden);
    }
    if (step == Step.SETTING_UP && setUpIsDone()) {
      afterSetUp(warden);
    }
    Aide aide = opening;
    if (step == Step.OPENING && aide != null && aide.isDone()) {
      Throwable thrown = aide.failure();
      if (thrown == null) {
        step = Step.UP;
        settled.open();
        return true;
      }
      failed(warden, thrown);
    }
    return false;
  }

  /** A stop was asked for: starts nothing more, interrupts the step under way. */
  void rollBack(CancelReason why) {
    if (step == Step.UP) {
      return;
    }
    member.root().refuse(why);
    Task<?> running = setUp;
    if (running != null) {
      running.cancel(why.why());
    }
    Aide aide = opening;
    if (aide != null) {
      aide.interrupt();
    }
  }

  /** Whether no step is under way. */
  boolean isQuiet() {
    Aide aide = opening;
    return step == Step.UP
        || step == Step.NEW
        || ((setUp == null || setUpIsDone()) && (aide == null || aide.isDone()));
  }

  /** The stop goes on: keeps why the set-up failed, if it did so before it was cancelled. */
  void over() {
    if (step == Step.UP) {
      return;
    }
    Task<?> ended = setUp;
    if (failure == null
        && ended != null
        && ended.isDone()
        && ended.outcome() instanceof Outcome.Failed<?> failed
        && failed.afterCancel() == null) {
      failure = failed.failure();
    }
    step = Step.OVER;
    settled.open();
  }

  @SuppressWarnings("CatchThrowable")
  private void begin(Warden warden) {
    step = Step.SETTING_UP;
    try {
      setUp =
          member
              .root()
              .setUp(() -> {
                setUpThread = Thread.currentThread();
                setup.start(member);
              });
    } catch (Throwable t) {
      // No thread could be had: the start-up has failed, and the warden must live to say so.
      failed(warden, t);
    }
  }

  private boolean setUpIsDone() {
    Task<?> task = setUp;
    return task != null && task.isDone();
  }

  private void afterSetUp(Warden warden) {
    Task<?> task = setUp;
    if (task == null) {
      return;
    }
    switch (task.outcome()) {
      case Outcome.Completed<?> completed -> {
        step = Step.OPENING;
        opening = Aide.start("curfew-opening", member.root()::startIntakes, warden::wake);
      }
      case Outcome.Failed<?> failed -> failed(warden, failed.failure());
      case Outcome.Cancelled<?> cancelled ->
          failed(warden, new IllegalStateException("set-up was cancelled: " + cancelled.reason()));
      case Outcome.Abandoned<?> abandoned ->
          failed(warden, new IllegalStateException("set-up was abandoned: " + abandoned.reason()));
    }
  }

  private void failed(Warden warden, Throwable thrown) {
    failure = thrown;
    step = Step.OVER;
    // Its message is not read here: that would be a call into the program's code.
    warden.ask(
        Request.now(
            Trigger.Origin.CRASH,
            "start-up-failed",
            member.path() + ": " + thrown.getClass().getName()));
  }
}
