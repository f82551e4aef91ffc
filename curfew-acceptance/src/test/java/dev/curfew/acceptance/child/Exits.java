// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.service.Service;
import dev.curfew.task.TaskGroup;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Services that end by themselves, one way or another. */
public final class Exits {

  private Exits() {}

  /** A task calls {@code System.exit} with the code of the argument. */
  public static final class InTask {
    public static void main(String[] arguments) {
      int code = Integer.parseInt(arguments[0]);
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "database");
            waits(service);
            service.fork(
                "exit",
                () -> {
                  Settings.saysReady(service);
                  System.exit(code);
                });
          });
    }
  }

  /** A task calls {@code System.exit(7)} beside one that nothing ends. */
  public static final class InTaskBesideAStuckOne {
    public static void main(String[] arguments) {
      Settings.service("exits")
          .main(service -> {
            service.fork("hangs", Swallows::loop);
            service.fork("exit", () -> System.exit(7));
          });
    }
  }

  /**
   * Somebody calls {@code System.exit(9)} while the exit of a forced stop is on its way and waits
   * for the program's logger.
   */
  public static final class Overtaken {
    private static final Logger EXITS = Logger.getLogger("java.lang.Runtime");

    public static void main(String[] arguments) {
      CountDownLatch overtaken = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                Say.line("overtaken");
                // Long enough for the hook of the service to look.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
                overtaken.countDown();
              }));
      Settings.service("overtaken")
          .onReport(report -> {
            EXITS.setLevel(Level.ALL);
            EXITS.setFilter(record -> overtakes(overtaken));
          })
          .main(service -> {
            service.onClose(
                "client",
                () -> {
                  throw new IllegalStateException("the peer is gone");
                });
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                });
          });
    }

    private static boolean overtakes(CountDownLatch overtaken) {
      if (Thread.currentThread().getName().equals("curfew-warden")) {
        Thread.ofPlatform().start(() -> System.exit(9));
        try {
          overtaken.await();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
        }
      }
      return false;
    }
  }

  /** Set-up calls {@code System.exit(7)}. */
  public static final class InSetUp {
    public static void main(String[] arguments) {
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "first");
            Settings.owns(service, "second");
            System.exit(7);
          });
    }
  }

  /** A resource calls {@code System.exit(7)} while it is closed. */
  public static final class InClose {
    public static void main(String[] arguments) {
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "first");
            service.own("second", "second", closed -> System.exit(7));
            waits(service);
            service.fork("ready", () -> Settings.saysReady(service));
          });
    }
  }

  /** A foreign thread calls {@code System.exit(7)}. */
  public static final class InForeignThread {
    public static void main(String[] arguments) {
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "database");
            service.background(
                "starts",
                stop -> {
                  Settings.saysReady(service);
                  Thread.ofPlatform().start(() -> System.exit(7));
                  stop.await();
                });
          });
    }
  }

  /** Two tasks call {@code System.exit}, with 7 and 8. */
  public static final class Twice {
    public static void main(String[] arguments) {
      CountDownLatch both = new CountDownLatch(2);
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "database");
            for (int code : new int[] {7, 8}) {
              service.fork(
                  "exit-" + code,
                  () -> {
                    both.countDown();
                    both.await();
                    System.exit(code);
                  });
            }
          });
    }
  }

  /** SIGTERM, {@code System.exit(7)} and the end of the last task come together. */
  public static final class AllAtOnce {
    public static void main(String[] arguments) {
      CountDownLatch all = new CountDownLatch(3);
      Settings.service("exits")
          .main(service -> {
            Settings.owns(service, "database");
            service.fork(
                "signal",
                () -> {
                  all.countDown();
                  all.await();
                  Say.raise("TERM");
                });
            service.fork(
                "exit",
                () -> {
                  all.countDown();
                  all.await();
                  System.exit(7);
                });
            service.fork(
                "last",
                () -> {
                  all.countDown();
                  all.await();
                });
          });
    }
  }

  /** A task asks for the stop of its own service. */
  public static final class RequestsStop {
    public static void main(String[] arguments) {
      Settings.service("requests")
          .main(service -> {
            Settings.owns(service, "database");
            waits(service);
            service.fork(
                "done",
                () -> {
                  Settings.saysReady(service);
                  service.requestStop("the list is empty");
                });
          });
    }
  }

  /** Its last forked task ends after a while; a background task goes on. */
  public static final class LastTaskEnds {
    public static void main(String[] arguments) {
      Settings.service("ends")
          .main(service -> {
            Settings.owns(service, "database");
            service.background(
                "status",
                stop -> {
                  stop.await();
                  Say.line("asked");
                });
            service.fork(
                "job",
                () -> {
                  Settings.saysReady(service);
                  TimeUnit.MILLISECONDS.sleep(100);
                  Say.line("job done");
                });
          });
    }
  }

  /** Has nothing at all. */
  public static final class Nothing {
    public static void main(String[] arguments) {
      Settings.service("nothing").main(service -> Say.line("set-up returned"));
    }
  }

  /** A background task that returns early is no reason to stop. */
  public static final class BackgroundEndsEarly {
    public static void main(String[] arguments) {
      Settings.service("early")
          .main(service -> {
            waits(service);
            service.background("early", stop -> Say.line("ended early"));
            service.background("ready", stop -> Settings.saysReady(service));
          });
    }
  }

  /** Cancels and fails in its ordinary life, each handled by whoever opened the group. */
  public static final class LivesWithCancels {
    public static void main(String[] arguments) {
      Settings.service("lives")
          .main(service ->
              service.background(
                  "life",
                  stop -> {
                    timesOut();
                    fails();
                    Settings.saysReady(service);
                    stop.await();
                  }));
    }

    private static void timesOut() throws Exception {
      try {
        TaskGroup.named("page")
            .deadline(Duration.ofMillis(50))
            .run(group -> {
              group.fork("slow", () -> TimeUnit.HOURS.sleep(1));
              group.join();
            });
      } catch (TimeoutException handled) {
        Say.line("timed out");
      }
    }

    private static void fails() throws InterruptedException {
      try {
        TaskGroup.run(
            "page",
            group -> {
              group.fork("slow", () -> TimeUnit.HOURS.sleep(1));
              group.fork("broken", () -> Integer.parseInt("no number"));
              group.join();
            });
      } catch (ExecutionException handled) {
        Say.line("failed");
      }
    }
  }

  /** A critical task fails: {@code fork} or {@code background}, as the argument says. */
  public static final class Crashes {
    public static void main(String[] arguments) {
      String kind = arguments[0];
      Settings.service("crashes")
          .main(service -> {
            Settings.owns(service, "database");
            waits(service);
            if (kind.equals("fork")) {
              service.fork("poller", () -> crash(service));
            } else {
              service.background("poller", stop -> crash(service));
            }
          });
    }

    static void crash(Service service) throws InterruptedException {
      Settings.saysReady(service);
      throw new IllegalStateException("the poller lost its place");
    }
  }

  /** A task needs more heap than there is. */
  public static final class OutOfMemory {
    public static void main(String[] arguments) {
      Settings.service("memory")
          .main(service -> {
            Settings.owns(service, "database");
            waits(service);
            service.fork(
                "hoard",
                () -> {
                  Settings.saysReady(service);
                  long[][] rows = new long[1_000][];
                  for (int row = 0; row < rows.length; row++) {
                    rows[row] = new long[1_000_000];
                  }
                  Say.line("hoarded " + rows.length);
                });
          });
    }
  }

  /**
   * Two services in one process, with curfews of 3 and 30 s. On SIGTERM both are clean, or the task
   * of the second fails, or one of its tasks hangs, as the argument says.
   */
  public static final class TwoServices {
    public static void main(String[] arguments) throws InterruptedException {
      String way = arguments[0];
      Thread second =
          Thread.ofPlatform()
              .start(() ->
                  Service.named("second")
                      .curfew(Duration.ofSeconds(30))
                      .main(service -> {
                        service.own("two", "two", closed -> Say.line("closed " + closed));
                        service.background(
                            "wait",
                            stop -> {
                              Say.line("second runs");
                              stop.await();
                              switch (way) {
                                case "clean" -> Say.line("second ends");
                                case "fails" -> throw new IllegalStateException("second fails");
                                default -> Swallows.loop();
                              }
                            });
                      }));
      Settings.service("first")
          .main(service -> {
            Settings.owns(service, "one");
            waits(service);
            service.background("ready", stop -> Settings.saysReady(service));
          });
      second.join();
    }
  }

  private static void waits(Service service) {
    service.background("wait", stop -> stop.await());
  }
}
