// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.task.Action;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Does one thing that may hang, on a platform thread of its own, so that the warden can wait for it
 * no longer than a limit.
 */
final class Aide implements Runnable {
  private final Action body;
  private final Runnable whenDone;
  private final Thread thread;
  private final Gate done = new Gate();

  /** Who runs the body: {@code Thread.start} can throw although the thread has started. */
  private final AtomicBoolean claimed = new AtomicBoolean();

  /** Written before the gate opens, read after. */
  private volatile @Nullable Throwable failure;

  private Aide(String name, Action body, Runnable whenDone) {
    this.body = body;
    this.whenDone = whenDone;
    this.thread = Host.current().platformThread(name, this);
  }

  /**
   * Starts the body. If no thread can be had, the calling thread runs it: late is better than
   * never, and the watchdog bounds that, too.
   *
   * @param whenDone called on the aide's thread after the body; must not block
   */
  static Aide start(String name, Action body, Runnable whenDone) {
    Aide aide = new Aide(name, body, whenDone);
    try {
      aide.thread.start();
    } catch (OutOfMemoryError noThread) {
      aide.run();
    }
    return aide;
  }

  @Override
  @SuppressWarnings("CatchThrowable")
  public void run() {
    if (!claimed.compareAndSet(false, true)) {
      return;
    }
    try {
      body.run();
    } catch (Throwable t) {
      // Whatever the body threw belongs to the one who waits for it; nobody else sees it.
      failure = t;
    } finally {
      done.open();
      whenDone.run();
    }
  }

  boolean isDone() {
    return done.isOpen();
  }

  /** What the body threw; null if it returned, or has not yet. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** Waits for the end of the body; false if the deadline passed first. */
  boolean await(Deadline deadline) {
    return done.awaitFirmly(deadline);
  }

  void interrupt() {
    thread.interrupt();
  }

  Thread thread() {
    return thread;
  }
}
