// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.task.StopSignal;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Services whose keeper, systemd or Kubernetes, is told how far they are. */
public final class Announced {

  private Announced() {}

  /** Has a set-up that waits for a line on standard input. */
  public static final class SlowStart {
    public static void main(String[] arguments) {
      Settings.service("slow")
          .main(service -> {
            waitForALine();
            service.background("wait", stop -> stop.await());
          });
    }
  }

  /** Has one task, which needs a line on standard input, and ends with it. */
  public static final class Batch {
    public static void main(String[] arguments) {
      Settings.service("batch").main(service -> service.fork("only", Announced::waitForALine));
    }
  }

  private static void waitForALine() throws IOException {
    Say.line("waits for a line");
    int read = System.in.read();
    Say.line("read " + read);
  }

  /** Two tasks end one after the other once a stop was asked for; the third never does. */
  public static final class ComesHomeOneByOne {
    public static void main(String[] arguments) {
      Settings.service("home")
          .main(service -> {
            service.fork("hangs", Swallows::loop);
            service.fork("first", () -> endsAfterTheAsk(500));
            service.fork(
                "second",
                () -> {
                  Settings.saysReady(service);
                  endsAfterTheAsk(3_500);
                });
          });
    }

    private static void endsAfterTheAsk(long millis) throws InterruptedException {
      StopSignal.current().await();
      TimeUnit.MILLISECONDS.sleep(millis);
    }
  }

  /** Leaves more pending tasks, each of its own place, than the short report has room for. */
  public static final class LeavesMuch {
    public static void main(String[] arguments) {
      Settings.service("much")
          .main(service -> {
            for (int number = 0; number < 40; number++) {
              String name = "task-" + number + "-" + "x".repeat(300);
              service.own(name, name, closed -> fail(name));
            }
            service.background(
                "ready",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                });
          });
    }

    private static void fail(String name) {
      throw new IllegalStateException("the peer of " + name + " is gone");
    }
  }
}
