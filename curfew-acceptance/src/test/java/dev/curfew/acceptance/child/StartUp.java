// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.service.Service;
import dev.curfew.service.ServiceOptions;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Services that do not come to run. */
public final class StartUp {

  private StartUp() {}

  /** Hangs in set-up, in a step that an interrupt ends. */
  public static final class Waits {
    public static void main(String[] arguments) {
      Settings.service("waits")
          .main(service -> {
            Settings.owns(service, "first");
            Settings.owns(service, "second");
            Say.line("in set-up");
            Say.waitForEver();
            Settings.owns(service, "third");
            Say.line("set-up went on");
          });
    }
  }

  /** Hangs in set-up, in a step that nothing ends. */
  public static final class Hangs {
    public static void main(String[] arguments) {
      Settings.service("hangs")
          .main(service -> {
            Settings.owns(service, "first");
            Say.line("in set-up");
            Swallows.loop();
          });
    }
  }

  /**
   * A step of set-up that swallows its interrupts and comes back, some time later, with a resource.
   */
  public static final class OpensLate {
    public static void main(String[] arguments) {
      Settings.service("late")
          .main(service -> {
            Settings.owns(service, "first");
            Say.line("in set-up");
            Swallows.onceAndAllThatFollowFor(Duration.ofMillis(300));
            Say.line("opened late");
            Settings.owns(service, "late");
            Say.line("set-up went on");
          });
    }
  }

  /** Fails in set-up. */
  public static final class Fails {
    public static void main(String[] arguments) {
      Settings.service("fails")
          .main(service -> {
            Settings.owns(service, "first");
            Settings.owns(service, "second");
            throw new IllegalStateException("no database at db:5432");
          });
    }
  }

  /** Starts another service, in a way that the argument says, when it is asked to stop. */
  public static final class ComesLate {
    public static void main(String[] arguments) {
      String way = arguments[0];
      Settings.service("early")
          .main(service ->
              service.background(
                  "wait",
                  stop -> {
                    Settings.saysReady(service);
                    stop.await();
                    try {
                      starts(way);
                    } catch (IllegalStateException refused) {
                      Say.line("refused: " + refused.getMessage());
                    }
                  }));
    }

    private static void starts(String way) throws ExecutionException, InterruptedException {
      ServiceOptions late = Settings.service("late");
      Service.Setup setUp = service -> Say.line("late set-up");
      switch (way) {
        case "main" -> late.main(setUp);
        case "run" -> Say.line("late " + late.run(setUp).outcome());
        default -> Say.line("late " + late.start(setUp).readiness());
      }
    }
  }

  /** Raises a real SIGTERM at the line of start-up that the argument says, 0 to 8. */
  public static final class RaisesTerm {
    public static void main(String[] arguments) {
      int line = Integer.parseInt(arguments[0]);
      Settings.service("raises")
          .main(service -> {
            at(line, 0);
            opens(service, "a");
            at(line, 1);
            opens(service, "b");
            at(line, 2);
            service.fork("job", () -> at(line, 3));
            at(line, 4);
            opens(service, "c");
            at(line, 5);
            service.background(
                "wait",
                stop -> {
                  at(line, 6);
                  stop.await();
                });
            at(line, 7);
            service.fork(
                "ready",
                () -> {
                  Settings.saysReady(service);
                  at(line, 8);
                });
          });
    }
  }

  /** Runs steps of a few milliseconds each, for a SIGTERM from outside at a random moment. */
  public static final class ManySteps {
    public static void main(String[] arguments) {
      Settings.service("steps")
          .main(service -> {
            Say.line("in set-up");
            for (int step = 0; step < 10; step++) {
              opens(service, "step-" + step);
              TimeUnit.MILLISECONDS.sleep(5);
            }
            service.background("wait", stop -> stop.await());
          });
    }
  }

  private static void at(int wanted, int line) throws ReflectiveOperationException {
    if (wanted == line) {
      Say.raise("TERM");
    }
  }

  private static void opens(Service service, String name) {
    Say.line("opened " + name);
    Settings.owns(service, name);
  }
}
