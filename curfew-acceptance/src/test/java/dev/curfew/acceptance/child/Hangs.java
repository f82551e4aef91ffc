// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import dev.curfew.resource.Intake;
import java.util.concurrent.TimeUnit;

/** Services in which code of the user throws, or does not come back, during the stop. */
public final class Hangs {

  private Hangs() {}

  /**
   * The argument says where: {@code quiet}, {@code quiet-throws}, {@code close}, {@code
   * close-throws}, {@code to-string}.
   */
  public static void main(String[] arguments) {
    String where = arguments[0];
    Settings.service("hangs")
        .main(service -> {
          Settings.owns(service, "first");
          service.own("client", new Client(where), Client::close);
          Settings.owns(service, "last");
          service.intake("api", new Api(where));
          service.background(
              "wait",
              stop -> {
                Settings.saysReady(service);
                stop.await();
                Say.line("asked");
              });
        });
  }

  private record Api(String where) implements Intake {
    @Override
    public void quiet() {
      switch (where) {
        case "quiet" -> hangsInQuiet();
        case "quiet-throws" -> throw new IllegalStateException("the socket is gone");
        default -> Say.line("quiet");
      }
    }

    private static void hangsInQuiet() {
      while (true) {
        try {
          TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException swallowed) {
          Say.line("swallowed");
        }
      }
    }

    @Override
    public long inFlight() {
      return 0;
    }
  }

  private record Client(String where) {
    void close() {
      switch (where) {
        case "close" -> hangsInClose();
        case "close-throws" -> throw new IllegalStateException("the peer is gone");
        default -> Say.line("closed client");
      }
    }

    private static void hangsInClose() {
      while (true) {
        try {
          TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException swallowed) {
          Say.line("swallowed");
        }
      }
    }

    @Override
    public String toString() {
      if (where.equals("to-string")) {
        Swallows.loop();
      }
      return "client";
    }
  }
}
