// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A service with one task that does not end when it is cancelled, in a way that the argument says.
 *
 * <p>Each way is a method of its own, because the report has to name it.
 */
public final class Swallows {

  private static final Object MONITOR = new Object();
  private static volatile long sink;

  private Swallows() {}

  public static void main(String[] arguments) {
    String way = arguments[0];
    Settings.service("swallows")
        .main(service -> {
          Settings.owns(service, "database");
          service.background(
              "ready",
              stop -> {
                Settings.saysReady(service);
                stop.await();
              });
          service.fork(
              "job",
              () -> {
                switch (way) {
                  case "once" -> once();
                  case "loop" -> loop();
                  case "computes" -> computes();
                  case "monitor" -> monitor();
                  case "native" -> nativeInput();
                  case "uninterruptible" -> uninterruptible();
                  case "socket" -> socket();
                  default -> throw new IllegalArgumentException(way);
                }
              });
        });
  }

  /** Swallows one interrupt, cleans up and returns. */
  static void once() {
    try {
      Say.waitForEver();
    } catch (InterruptedException swallowed) {
      Say.line("cleaned up");
    }
  }

  /** Swallows the first interrupt, and then every further one for a while. */
  static void onceAndAllThatFollowFor(Duration more) {
    once();
    long until = System.nanoTime() + more.toNanos();
    while (System.nanoTime() - until < 0) {
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException swallowed) {
        sink = System.nanoTime();
      }
    }
  }

  /** Swallows every interrupt and goes on. */
  static void loop() {
    while (true) {
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException swallowed) {
        sink = System.nanoTime();
      }
    }
  }

  /** Computes and never looks at its interrupt flag. */
  static void computes() {
    while (true) {
      sink = sink * 31 + 1;
    }
  }

  /** Waits for a monitor that a thread of nobody holds. */
  static void monitor() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          synchronized (MONITOR) {
            held.countDown();
            loop();
          }
        });
    held.await();
    synchronized (MONITOR) {
      Say.line("never");
    }
  }

  /** Reads standard input, on which nothing ever comes. */
  static void nativeInput() throws IOException {
    Say.line("read " + System.in.read());
  }

  /** Reads from a peer that never answers: the JDK closes the socket when it is interrupted. */
  static void socket() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket peer = new Socket(silent.getInetAddress(), silent.getLocalPort())) {
      Say.line("read " + peer.getInputStream().read());
    }
  }

  /** Waits in a method of the JDK that ignores interrupts. */
  static void uninterruptible() {
    new CompletableFuture<String>().join();
  }
}
