// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Pending;
import dev.curfew.resource.Intake;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs a background body again after a failure; see {@link TaskGroup#supervise}.
 *
 * <pre>
 *   RUNNING ──returns──▶ end
 *      │ fails
 *      ├── asked, cancelled, an error that no restart mends, or too often ──▶ the task's failure
 *      └──▶ BACKING_OFF ──the pause is over──▶ RUNNING
 *               └── asked ──▶ end;  cancelled ──▶ cancelled
 * </pre>
 */
class Supervised implements Background, Wrapping {
  /** So many earlier failures are kept for the last one. */
  private static final int MOST_KEPT = 16;

  private final Restart restart;
  private final Background body;

  /** When it was restarted, by the monotonic clock: those within the window. Its own thread. */
  private final ArrayDeque<Long> restarts = new ArrayDeque<>();

  /** What it was restarted after, the latest. Its own thread. */
  private final ArrayDeque<Throwable> failures = new ArrayDeque<>();

  /** Written by its own thread, read by any. */
  private volatile boolean backsOff;

  private Supervised(Restart restart, Background body) {
    this.restart = restart;
    this.body = body;
  }

  static Supervised of(Restart restart, Background body) {
    Objects.requireNonNull(
        restart, "restart was null, expected a Restart, such as atMost(5, 1 min)");
    Objects.requireNonNull(body, "body was null, expected a Background");
    return body instanceof Intake intake
        ? new OfIntake(restart, body, intake)
        : new Supervised(restart, body);
  }

  @Override
  public void run(StopSignal stop) throws Exception {
    Strand task = Strand.current();
    SplittableRandom random =
        new SplittableRandom(Host.current().nanoTime() + 31L * task.path().hashCode());
    for (; ; ) {
      try {
        body.run(stop);
        return;
      } catch (Throwable t) {
        // Throwable: the end of a stack is as good a reason to begin again as an exception.
        Duration pause = isOver(stop) || !isMendable(t) ? null : pause();
        if (pause == null) {
          failures.forEach(earlier -> Failures.suppress(t, earlier));
          throw t;
        }
        restarted(task, t);
        if (!backOff(stop, without(random.nextDouble() * restart.jitter(), pause))) {
          return;
        }
      }
    }
  }

  /** Whether nobody wants it to go on. */
  boolean isOver(StopSignal stop) {
    return stop.isSet();
  }

  /**
   * Whether beginning again may help. Not with a full heap, a class that is missing, or an
   * assertion that does not hold: the sooner a process with one of these ends, the better.
   */
  private static boolean isMendable(Throwable failure) {
    return failure instanceof Exception || failure instanceof StackOverflowError;
  }

  /** How long to wait before the next restart; null if there were too many. */
  private @Nullable Duration pause() {
    long now = Host.current().nanoTime();
    while (!restarts.isEmpty() && isPast(restarts.getFirst(), now)) {
      restarts.removeFirst();
    }
    while (failures.size() > restarts.size()) {
      failures.removeFirst();
    }
    return restarts.size() == restart.most() ? null : restart.pauseAfter(restarts.size());
  }

  private boolean isPast(long at, long now) {
    return restart.window().compareTo(Duration.ofNanos(now - at)) <= 0;
  }

  private static Duration without(double part, Duration pause) {
    double nanos = pause.toSeconds() * 1e9 + pause.toNanosPart();
    return pause.minus(Duration.ofNanos((long) (part * nanos)));
  }

  private void restarted(Strand task, Throwable failure) {
    Findings.restarted(task.path(), failure);
    failures.addLast(failure);
    if (failures.size() > MOST_KEPT) {
      failures.removeFirst();
    }
  }

  /** Waits; whether it is to go on. */
  private boolean backOff(StopSignal stop, Duration pause) throws InterruptedException {
    // An interrupt of somebody else's was for the run that has failed; a cancel is a state.
    Thread.interrupted();
    backsOff = true;
    Host.step();
    try {
      if (stop.await(pause) || isOver(stop)) {
        return false;
      }
    } finally {
      backsOff = false;
    }
    restarts.addLast(Host.current().nanoTime());
    return true;
  }

  @Override
  public Object inside() {
    return body;
  }

  @Override
  public Pending.@Nullable State state() {
    return backsOff ? Pending.State.BACKING_OFF : null;
  }

  /** One that brings work in: once it is quiet, it is not run again. */
  private static final class OfIntake extends Supervised implements Intake {
    private final Intake intake;

    /** Written by whoever ends the group, read by the task. */
    private volatile boolean quiet;

    OfIntake(Restart restart, Background body, Intake intake) {
      super(restart, body);
      this.intake = intake;
    }

    @Override
    boolean isOver(StopSignal stop) {
      return quiet || super.isOver(stop);
    }

    @Override
    public void start() throws Exception {
      intake.start();
    }

    @Override
    public void retire() throws Exception {
      intake.retire();
    }

    @Override
    public void quiet() throws Exception {
      quiet = true;
      intake.quiet();
    }

    @Override
    public long inFlight() {
      return intake.inFlight();
    }
  }
}
