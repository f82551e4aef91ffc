// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.report.Stderr;
import dev.curfew.service.Service;
import dev.curfew.task.TaskGroup;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/** Services that have run out of something. */
public final class Exhausted {

  private static final List<Object> HOARD = new ArrayList<>();
  private static volatile long sink;

  private Exhausted() {}

  /** Fills the heap once it is asked to stop, and keeps it full. */
  public static final class Heap {
    public static void main(String[] arguments) {
      Settings.service("heap")
          .main(service -> {
            Settings.owns(service, "database");
            service.background(
                "hoard",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  Say.line("asked");
                  hoard();
                });
          });
    }

    private static void hoard() {
      int size = 1 << 20;
      while (true) {
        try {
          HOARD.add(new byte[size]);
        } catch (OutOfMemoryError full) {
          // The whole point: nothing is left for anybody, and this goes on for ever.
          size = Math.max(16, size / 2);
        }
      }
    }
  }

  /** Computes in loops without a safepoint, each some seconds long, whatever is asked. */
  public static final class CountedLoop {
    public static void main(String[] arguments) {
      Settings.service("counts")
          .main(service -> {
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                });
            service.fork("counts", CountedLoop::countsForEver);
          });
    }

    private static void countsForEver() {
      while (true) {
        sink = counts((int) sink);
        Say.line("counted");
      }
    }

    private static int counts(int seed) {
      int value = seed;
      for (int i = 0; i < 1_000_000_000; i++) {
        value = value * 31 + i;
      }
      return value;
    }
  }

  /**
   * Waits for a word on standard input before its service, and for another before it exits with 3
   * because that could not start.
   */
  public static final class ThreadsBeforeMain {
    public static void main(String[] arguments) {
      Stderr.prepare();
      try (Scanner words = new Scanner(System.in, StandardCharsets.UTF_8)) {
        Say.line("ready");
        words.next();
        try {
          Settings.service("unborn").main(service -> Say.line("set-up"));
        } catch (OutOfMemoryError noThread) {
          Say.line("main failed");
        }
        words.next();
        System.exit(3);
      }
    }
  }

  /**
   * Obeys words on standard input: {@code fork} starts a task on a platform thread, {@code stop}
   * asks for the stop; each is answered.
   */
  public static final class Threads {
    public static void main(String[] arguments) {
      Settings.service("threads")
          .main(service -> {
            Settings.owns(service, "database");
            TaskGroup platform = service.inner(TaskGroup.named("platform").platformThreads());
            // A thread of nobody, started while there still are threads.
            Thread.ofPlatform().daemon().start(() -> obeys(service, platform));
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  Say.line("asked");
                });
          });
    }

    private static void obeys(Service service, TaskGroup platform) {
      try (Scanner words = new Scanner(System.in, StandardCharsets.UTF_8)) {
        while (words.hasNext()) {
          switch (words.next()) {
            case "fork" -> forks(platform);
            case "stop" -> service.requestStop("told so");
            case String other -> Say.line("what is " + other);
          }
        }
      }
    }

    private static void forks(TaskGroup platform) {
      try {
        platform.fork("job", () -> Say.line("job ran"));
        Say.line("forked");
      } catch (OutOfMemoryError refused) {
        Say.line("refused: " + refused.getMessage());
      }
    }
  }

  /**
   * Ten thousand tasks that are out when the stop comes: they {@code obey} when asked, {@code
   * sleep} until cancelled, or {@code swallow} every interrupt.
   */
  public static final class ManyTasks {
    public static void main(String[] arguments) {
      String way = arguments[0];
      Settings.service("many")
          .main(service -> {
            Settings.owns(service, "database");
            for (int task = 0; task < 10_000; task++) {
              switch (way) {
                case "obey" -> service.background("job", stop -> stop.await());
                case "sleep" -> service.fork("job", () -> TimeUnit.HOURS.sleep(1));
                default -> service.fork("job", ManyTasks::swallows);
              }
            }
            service.background(
                "ready",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                });
          });
    }

    private static void swallows() {
      while (true) {
        try {
          TimeUnit.HOURS.sleep(1);
        } catch (InterruptedException swallowed) {
          sink = System.nanoTime();
        }
      }
    }
  }
}
