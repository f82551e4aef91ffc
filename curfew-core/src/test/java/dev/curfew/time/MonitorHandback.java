// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the JVM has handed back every released monitor. A virtual thread that gets a monitor
 * is resubmitted by one thread of the JVM, some time after the release, in batches. So this class
 * makes it hand back a monitor of its own: everything released earlier was taken by then, in the
 * same batch or before it. After a second time, that batch is through.
 */
final class MonitorHandback implements Executor {

  private static final int LIMIT_SECONDS = 20;

  private final Thread explorer = Thread.currentThread();
  private final Queue<Runnable> here = new ArrayDeque<>();
  private final BlockingQueue<Runnable> handedBack = new LinkedBlockingQueue<>();
  private boolean entered;

  @Override
  public void execute(Runnable continuation) {
    (VirtualThreads.carrier().equals(explorer) ? here : handedBack).add(continuation);
  }

  /** Returns when all is handed back that was released before. */
  void settle() throws InterruptedException {
    round();
    round();
  }

  private void round() throws InterruptedException {
    Object monitor = new Object();
    Thread holder = VirtualThreads.unstarted(this, "holder", () -> hold(monitor));
    Thread contender = VirtualThreads.unstarted(this, "contender", () -> enter(monitor));
    holder.start();
    here.remove().run();
    Runnable release = here.remove();
    contender.start();
    here.remove().run();
    release.run();
    entered = false;
    @Nullable Runnable end = handedBack.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (end != null) {
      end.run();
    }
    if (!entered) {
      throw new IllegalStateException(
          "The JVM did not hand back a released monitor within " + LIMIT_SECONDS + " s");
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // the scheduler that yields to is this one
  private void hold(Object monitor) {
    synchronized (monitor) {
      Thread.yield();
    }
  }

  private void enter(Object monitor) {
    synchronized (monitor) {
      entered = true;
    }
  }
}
