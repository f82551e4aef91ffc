// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Stderr;
import dev.curfew.task.RootGroup;
import dev.curfew.time.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The services of this process. Those that were started by {@code main} share one warden, and with
 * it the signals, the smallest curfew and the worst exit code; every other has a warden of its own,
 * and is ended with the process, too.
 */
final class Registry {
  private static final Registry PROCESS = new Registry();

  private final ReentrantLock entering = new ReentrantLock();
  private final Set<Warden> embedded = ConcurrentHashMap.newKeySet();
  private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

  /** The warden of the services that are the process. Guarded by the lock. */
  private @Nullable Warden process;

  /** What can't be seen here. Written under the lock, read by wardens. */
  private volatile List<String> unseen = List.of();

  static Registry ofProcess() {
    return PROCESS;
  }

  /** Starts a service that is the process, or a part of it. */
  Member enter(Options options, Service.Setup setup) {
    entering.lock();
    try {
      Warden there = process;
      // Before anything else is made, or even loaded: a signal that comes earlier ends the JVM.
      EarlySignals signals = there == null ? EarlySignals.install() : null;
      if (signals != null) {
        return enterFirst(options, setup, signals);
      }
      Member member = options.member(setup);
      if (there != null && !there.admit(member)) {
        throw stopping(options);
      }
      waiting.add(Thread.currentThread());
      return member;
    } finally {
      entering.unlock();
    }
  }

  private Member enterFirst(Options options, Service.Setup setup, EarlySignals signals) {
    boolean entered = false;
    try {
      Member member = options.member(setup);
      process = first(member, signals);
      waiting.add(Thread.currentThread());
      entered = true;
      return member;
    } finally {
      if (!entered) {
        signals.giveUp();
      }
    }
  }

  /** Starts a service that neither takes signals nor ends the JVM. */
  Member embed(Options options, Service.Setup setup, boolean prints) {
    if (stopOfProcess() != null) {
      throw stopping(options);
    }
    Member member = options.member(setup);
    Warden warden = new Warden(Surroundings.embedded(prints), this, member);
    embedded.add(warden);
    Request asked = stopOfProcess();
    if (asked != null) {
      // It came between, and may have missed this one: it stops before its set-up has begun.
      boolean unused = warden.ask(asked.within(options.curfew()));
    }
    warden.start();
    return member;
  }

  private @Nullable Request stopOfProcess() {
    entering.lock();
    try {
      return process == null ? null : process.request();
    } finally {
      entering.unlock();
    }
  }

  /** The other services of this process that have not ended. */
  List<Warden> embedded() {
    return List.copyOf(embedded);
  }

  void left(Warden warden) {
    embedded.remove(warden);
  }

  /** This thread waits in {@code run}. */
  void waits(Thread thread) {
    waiting.add(thread);
  }

  /** It no longer does. */
  void goesOn(Thread thread) {
    waiting.remove(thread);
  }

  /** The threads that wait in {@code main} or {@code run}: they are nobody's strangers. */
  Set<Thread> waitingThreads() {
    return Set.copyOf(waiting);
  }

  List<String> unseen() {
    return unseen;
  }

  private Warden first(Member member, EarlySignals signals) {
    Stderr.prepare();
    Watchdog watchdog = new Watchdog(new JvmEnding());
    Warden warden = new Warden(Surroundings.ofProcess(watchdog, new JvmEnding()), this, member);
    Thread hook = Host.current().platformThread("curfew-exit", new ExitHook(warden));
    try {
      // Registering a hook also loads what halting needs.
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException shutdown) {
      throw stopping(member.options());
    }
    boolean started = false;
    try {
      watchdog.start();
      say(member.options(), signals.installed());
      signals.passTo(warden::signal);
      warden.start();
      started = true;
    } finally {
      if (!started) {
        withdraw(hook);
      }
    }
    RootGroup.endedByService();
    return warden;
  }

  /** It would wait for a warden that never was. */
  private static void withdraw(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shutdown) {
      // The JVM is ending already; the watchdog, if it was started, bounds that.
    }
  }

  private void say(Options options, Signals.Installed signals) {
    List<String> hidden = new ArrayList<>();
    for (Signals.Kind kind : signals.ignored()) {
      hidden.add(kind + ", which was ignored when the process was started");
    }
    unseen = List.copyOf(hidden);
    String refused = signals.refused();
    if (refused != null) {
      Stderr.say(
          "CURFEW service="
              + options.name()
              + " will not stop in order: it can't handle signals ("
              + refused
              + ")\n"
              + "  cause 4  no signal: SIGTERM ends this JVM at once, without a stop\n"
              + "  mend     start it without -Xrs, and with the module jdk.unsupported\n");
    } else if (signals.ignored().contains(Signals.Kind.SIGTERM)) {
      Stderr.say(
          "CURFEW service="
              + options.name()
              + " will not stop on SIGTERM: the process was started with it ignored\n"
              + "  cause 4  no signal: SIGTERM never arrives\n"
              + "  mend     start it without trap '' TERM in the script around it\n");
    }
  }

  private static IllegalStateException stopping(Options options) {
    return new IllegalStateException(
        "service "
            + options.name()
            + " was started while the process is stopping; start it before, or not at all");
  }
}
