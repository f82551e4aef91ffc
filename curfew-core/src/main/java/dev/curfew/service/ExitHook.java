// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Trigger;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;

/**
 * The way from the JVM's own shutdown into the same stop: {@code System.exit}, the end of the last
 * thread that is not a daemon, a console that closes. The JVM waits for this hook, so the hook
 * waits for the warden; the watchdog bounds both.
 */
final class ExitHook implements Runnable {
  /** How long the warden may take from its decision into the JVM's shutdown. */
  private static final long HAND_OVER_NANOS = 200_000_000L;

  private static final long LOOK_NANOS = 50_000L;

  private final Warden warden;

  ExitHook(Warden warden) {
    this.warden = warden;
  }

  @Override
  public void run() {
    warden.hooksRun();
    if (warden.request() == null) {
      ask(ExitCallers.look());
    }
    warden.decided().awaitFirmly(Deadline.never());
    if (warden.overrides() && !exitIsOurs()) {
      // Only a halt can end the JVM with another status than the one given to System.exit. Other
      // hooks are cut short by it: a process that lost work must not look as if it had not.
      warden.halt();
    }
  }

  private void ask(ExitCallers callers) {
    Signals.Kind signal = callers.signal();
    if (signal != null) {
      // Nobody has chosen that status: the stop decides, and this hook halts with it.
      warden.exit().isOfSignal();
      warden.signal(signal);
      return;
    }
    boolean ended = callers.mainHasEnded();
    warden.ask(
        Request.at(
            Trigger.Origin.EXIT,
            ended ? "end-of-main" : "System.exit",
            ended ? "the last thread that is not a daemon has ended" : "",
            callers.stack()));
  }

  /**
   * Whether the warden's own call of {@code System.exit} is the one that runs the hooks. If another
   * came first, the warden's is blocked for ever and its code would be lost.
   */
  private boolean exitIsOurs() {
    long end = Host.current().nanoTime() + HAND_OVER_NANOS;
    while (!warden.exit().hasBegun()
        && (warden.phase() == Warden.Phase.EXITING || Host.current().nanoTime() - end < 0)) {
      // Once the warden is on its way into exit only its state decides, however slow the machine:
      // a halt would cut other hooks short. The watchdog bounds this.
      if (warden.phase() == Warden.Phase.EXITING) {
        Thread.State state = warden.thread().getState();
        if (state == Thread.State.TERMINATED) {
          return false;
        }
        if (state == Thread.State.WAITING || state == Thread.State.BLOCKED) {
          // The state alone says little: on its way into exit it may wait for a logger of the
          // program's, and while it runs the hooks for the monitor of one that ends.
          StackTraceElement[] stack = warden.thread().getStackTrace();
          if (ExitCallers.runsHooks(stack)) {
            return true;
          }
          if (ExitCallers.isKeptOut(stack)) {
            return false;
          }
        }
      }
      // Short: as a rule the warden is about to wait for this very hook, and the exit for both.
      Host.current().parkNanos(this, LOOK_NANOS);
    }
    return false;
  }
}
