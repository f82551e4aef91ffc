// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.service.ExitCodes;
import dev.curfew.task.TaskGroup;
import java.util.concurrent.TimeUnit;

/** Services that are stopped by a signal. */
public final class Signalled {

  private Signalled() {}

  /** Does nothing but wait for its stop. */
  public static final class Idle {
    public static void main(String[] arguments) {
      Settings.service("idle")
          .main(service -> {
            Settings.owns(service, "database");
            Settings.owns(service, "client");
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  Say.line("asked");
                });
          });
    }
  }

  /** As {@link Idle}, with the exit codes of a JVM. */
  public static final class Conventional {
    public static void main(String[] arguments) {
      Settings.service("conventional")
          .exitCodes(ExitCodes.CONVENTIONAL)
          .main(service ->
              service.background(
                  "wait",
                  stop -> {
                    Settings.saysReady(service);
                    stop.await();
                  }));
    }
  }

  /** Needs so many milliseconds more for its work in hand when it is asked to stop. */
  public static final class Busy {
    public static void main(String[] arguments) {
      long millis = Long.parseLong(arguments[0]);
      Settings.service("busy")
          .main(service -> {
            Settings.owns(service, "database");
            service.background(
                "work",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  Say.line("asked");
                  TimeUnit.MILLISECONDS.sleep(millis);
                  Say.line("finished");
                });
          });
    }
  }

  /** Calls {@code System.exit(7)} when it is asked to stop. */
  public static final class ExitsWhenAsked {
    public static void main(String[] arguments) {
      Settings.service("asked")
          .main(service -> {
            Settings.owns(service, "database");
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  System.exit(7);
                });
          });
    }
  }

  /** Has a task that nothing ends; a thread of nobody says when a stop has begun. */
  public static final class Stuck {
    public static void main(String[] arguments) {
      Settings.service("stuck")
          .main(service -> {
            Settings.owns(service, "database");
            Thread.ofPlatform().daemon().start(() -> Settings.saysStopping(service));
            service.background(
                "ready",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                  Say.line("asked");
                });
            service.fork("hangs", Swallows::loop);
          });
    }
  }

  /** Has started a thread that no group owns. */
  public static final class Stranger {
    public static void main(String[] arguments) {
      Thread.ofPlatform().name("stray-poller").start(Swallows::loop);
      Idle.main(arguments);
    }
  }

  /** Uses groups without a service: nobody listens to signals. */
  public static final class GroupsOnly {
    public static void main(String[] arguments) throws Exception {
      TaskGroup.run(
          "batch",
          group -> {
            group.fork(
                "import",
                () -> {
                  Say.line("ready");
                  Say.waitForEver();
                });
            group.join();
          });
    }
  }

  /** Holds resources in groups without a service, and runs no task. */
  public static final class ResourcesOnly {
    public static void main(String[] arguments) throws Exception {
      TaskGroup.run(
          "batch",
          group -> {
            group.own("first", "first", closed -> Say.line("closed first"));
            group.inner("files").own("second", "second", closed -> Say.line("closed second"));
            Say.line("ready");
            Say.waitForEver();
          });
    }
  }

  /**
   * Has a clean stop, and then a hook of somebody else: {@code hangs}, or {@code slow} for two
   * seconds.
   */
  public static final class ForeignHook {
    public static void main(String[] arguments) {
      boolean hangs = arguments[0].equals("hangs");
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                Say.line("foreign hook began");
                if (hangs) {
                  Swallows.loop();
                }
                try {
                  TimeUnit.SECONDS.sleep(2);
                } catch (InterruptedException interrupted) {
                  Thread.currentThread().interrupt();
                }
                Say.line("foreign hook ended");
              }));
      Idle.main(arguments);
    }
  }
}
