// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how far the service is, where systemd has asked to be told: it sets {@code
 * NOTIFY_SOCKET}. Without that there is no such object.
 *
 * <p>All of it happens on a thread of its own, because a full socket and a command may hang. The
 * warden sets what is known and goes on; the thread says what is new. Nothing here decides
 * anything; how long the end waits for the last word has a limit.
 */
final class Systemd implements Runnable {
  static final String VARIABLE = "NOTIFY_SOCKET";

  /** How long the end waits for the last word. */
  static final Duration LIMIT = Duration.ofMillis(500);

  /**
   * How long it waits if not even READY has been said: a job that is done before the way to systemd
   * is found would count as failed, however clean it was.
   */
  static final Duration LIMIT_AT_START = Duration.ofSeconds(2);

  /** How often a stop under way is looked at. */
  private static final long TICK = 1_000_000_000L;

  /** A way to systemd. Used by one thread. */
  interface Way {
    /**
     * Sends one message.
     *
     * @param message assignments, one a line
     * @throws Exception if it could not be sent
     */
    void send(String message) throws Exception;
  }

  private final Callable<Way> opening;
  private final Consumer<String> voice;
  private final Gate over = new Gate();
  private final Thread thread;

  /** Set by the warden when all services are ready, read by the thread. */
  private volatile boolean ready;

  /** Set by the warden when a stop begins, read by the thread. */
  private volatile SystemdMessages.@Nullable StopUnderWay stop;

  /** Set by the warden at each stage, read by the thread. */
  private volatile String stage = "";

  /** Set by the warden when the stop is over, read by the thread. */
  private volatile @Nullable StopReport last;

  /**
   * Set by the warden before it unparks the thread, cleared by the thread before it looks: a way
   * that waits may use up the unparking.
   */
  private volatile boolean news;

  /** Whether a message was sent. Written by the thread, read by the warden. */
  private volatile boolean hasSpoken;

  /** Why systemd could not be told, the first time. Written by the thread, read by any. */
  private volatile @Nullable String failure;

  /**
   * @param opening finds the way to systemd, on the thread; what it throws says why there is none
   * @param voice tells people, once, if systemd can't be told
   */
  Systemd(Callable<Way> opening, Consumer<String> voice) {
    this.opening = opening;
    this.voice = voice;
    this.thread = Host.current().platformThread("curfew-systemd", this);
  }

  /** For this process; null if systemd has not asked. */
  static @Nullable Systemd ofProcess(Consumer<String> voice) {
    String socket = System.getenv(VARIABLE);
    if (socket == null || socket.isEmpty()) {
      return null;
    }
    return new Systemd(() -> way(socket), voice);
  }

  private static Way way(String socket) throws NoWayException {
    String noSocket = NotifySocket.refusal(socket);
    if (noSocket == null) {
      return NotifySocket.to(socket);
    }
    Way command = NotifyCommand.on(System.getenv("PATH"));
    if (command == null) {
      throw new NoWayException(noSocket + ", and there is no systemd-notify on the PATH");
    }
    return command;
  }

  void start() {
    try {
      thread.start();
    } catch (OutOfMemoryError noThread) {
      // The service can do without, and nobody waits for the thread, should it run all the same.
      complain("its thread could not be started");
      over.open();
    }
  }

  // What the warden tells.

  void ready() {
    ready = true;
    wake();
  }

  void stopping(SystemdMessages.StopUnderWay begun) {
    stop = begun;
    wake();
  }

  void stage(String begun) {
    stage = begun;
    wake();
  }

  /** The stop is over; does not wait. */
  void ended(StopReport report) {
    last = report;
    wake();
  }

  /**
   * Waits until the last word is said, or for half a second; two if it is the first as well.
   *
   * @param end the latest moment
   */
  void awaitLastWord(Deadline end) {
    boolean unused = isOver(Deadline.in(hasSpoken ? LIMIT : LIMIT_AT_START).earlier(end));
  }

  /** Waits until the thread has nothing more to say; false if the deadline passed first. */
  boolean isOver(Deadline deadline) {
    return over.awaitFirmly(deadline);
  }

  /** Why systemd could not be told; null as long as it could. */
  @Nullable String failure() {
    return failure;
  }

  private void wake() {
    news = true;
    LockSupport.unpark(thread);
  }

  // What only the thread does.

  @Override
  @SuppressWarnings("CatchThrowable")
  public void run() {
    try {
      talk(opening.call());
    } catch (NoWayException e) {
      complain(String.valueOf(e.getMessage()));
    } catch (Throwable t) {
      // Whatever it was, a library that could not be linked for one: the service can do without.
      complain(t.toString());
    } finally {
      over.open();
    }
  }

  private void talk(Way way) throws InterruptedException {
    SystemdMessages messages = new SystemdMessages();
    boolean end;
    do {
      news = false;
      // Read first: what is said afterwards is at least as new.
      StopReport known = last;
      end = known != null;
      for (String message : messages.next(ready, stop, stage, known)) {
        say(way, message);
      }
      if (!end) {
        pause();
      }
    } while (!end);
  }

  /** Waits for news; in a stop also for the next look. */
  private void pause() {
    Host host = Host.current();
    long begin = host.nanoTime();
    boolean due = false;
    while (!news && !due) {
      host.parkNanos(this, stop == null ? Long.MAX_VALUE : TICK);
      // Nobody has a reason to interrupt this thread; a flag left set would make it spin.
      Thread.interrupted();
      due = stop != null && host.nanoTime() - begin >= TICK;
    }
  }

  /** A message that is lost is no reason to keep the next one back. */
  private void say(Way way, String message) throws InterruptedException {
    try {
      way.send(message);
      hasSpoken = true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      complain(e.toString());
    }
  }

  private void complain(String why) {
    if (failure != null) {
      return;
    }
    failure = why;
    voice.accept(
        "CURFEW systemd can't be told how far the service is: "
            + why
            + "\n"
            + "  seen     "
            + VARIABLE
            + " is set; a unit of Type=notify that is never told READY=1 is ended by its start"
            + " time-out\n"
            + "  mend     start java with --enable-native-access="
            + NotifySocket.moduleToEnable()
            + ", or install systemd-notify and set NotifyAccess=all, or use Type=exec\n");
  }

  /** There is no way to systemd; the message says why. */
  static final class NoWayException extends Exception {
    private static final long serialVersionUID = 1;

    NoWayException(String why) {
      super(why);
    }
  }
}
