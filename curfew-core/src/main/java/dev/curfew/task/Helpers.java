// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Host;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads that run other people's code for Curfew, so that code which hangs takes nothing
 * of ours with it. Never virtual ones: their scheduler may itself be what is stuck. A thread that
 * has come back is used again; one that is idle for a second ends.
 */
final class Helpers {
  private static final long IDLE_NANOS = 1_000_000_000;

  /** The idle ones, last used first. Guarded by itself. */
  private static final ArrayDeque<Worker> IDLE = new ArrayDeque<>();

  private Helpers() {}

  private static final class Worker implements Runnable {
    private final String name;

    /** What to do next; handed over under the lock of IDLE. */
    private @Nullable Runnable work;

    private @Nullable Thread thread;

    Worker(String name, Runnable work) {
      this.name = name;
      this.work = work;
    }

    @Override
    public void run() {
      ForeignStrand.becomeHelper();
      for (Runnable now = next(); now != null; now = next()) {
        now.run();
      }
    }

    private @Nullable Runnable next() {
      Thread.interrupted(); // Left over from what it ran: it must not meet what it runs next.
      synchronized (IDLE) {
        if (work == null) {
          IDLE.push(this);
        }
      }
      long since = Host.current().nanoTime();
      for (; ; ) {
        synchronized (IDLE) {
          Runnable given = work;
          if (given != null) {
            work = null;
            return given;
          }
          if (Host.current().nanoTime() - since >= IDLE_NANOS) {
            IDLE.remove(this);
            return null;
          }
        }
        Host.current().parkNanos(this, IDLE_NANOS - (Host.current().nanoTime() - since));
      }
    }
  }

  /**
   * Runs this on a thread of its own; what it throws ends that thread only. Any thread.
   *
   * @return the thread, or null if none could be started: then it has run on the calling thread
   */
  static @Nullable Thread run(String name, Runnable work) {
    synchronized (IDLE) {
      Worker idle = IDLE.poll();
      if (idle != null) {
        idle.work = work;
        Thread thread = idle.thread;
        LockSupport.unpark(thread);
        return thread;
      }
    }
    Worker worker = new Worker(name, work);
    Thread thread;
    try {
      thread = Host.current().sharedThread(worker.name, worker);
      worker.thread = thread;
      thread.start();
    } catch (OutOfMemoryError e) {
      // No thread to be had. The caller runs it, without a limit, rather than not at all.
      work.run();
      return null;
    }
    return thread;
  }
}
