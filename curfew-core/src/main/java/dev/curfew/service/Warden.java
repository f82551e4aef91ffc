// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import dev.curfew.task.RootGroup;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread that carries out every decision about the services that stop together: their start-up
 * and their stop.
 *
 * <p>It is a platform thread made with the service, because whatever else could carry out a stop
 * may hang: {@code main}, a set-up, the scheduler of virtual threads. Everybody else only asks: one
 * compare-and-set of the request word, which keeps the first request, then a wake-up.
 */
final class Warden implements Runnable {
  /** States, in this order; none is ever left backwards. */
  enum Phase {
    /** Set-up has not returned. */
    STARTING,
    /** A service is ready. */
    RUNNING,
    /** A stop is being carried out. */
    STOPPING,
    /** The report is there, the exit code is known. */
    DECIDED,
    /** The warden ends the JVM. */
    EXITING
  }

  /** A second SIGINT earlier than this is the same key press: wrappers deliver it twice. */
  static final long DOUBLE_NANOS = 500_000_000L;

  private final Surroundings around;
  private final Registry registry;

  /** Set once by whoever asks first; read by any thread. */
  private final AtomicReference<@Nullable Request> request = new AtomicReference<>();

  /** Who starts and stops here; null once a stop has begun. Any thread adds, the warden ends it. */
  private final AtomicReference<@Nullable List<Member>> members;

  /** How many signals came after the one that began the stop. */
  private final AtomicInteger repeats = new AtomicInteger();

  private final Gate decided = new Gate();
  private final JvmExit exit = new JvmExit();
  private final Thread thread;
  private final Reporter reporter;

  /** For the warden only. */
  private boolean rehearsed;

  /** Written by the warden, read by any thread. */
  private volatile Phase phase = Phase.STARTING;

  /** Set by any thread that has news, cleared by the warden before it looks. */
  private volatile boolean news;

  /** Set by the second SIGINT. */
  private volatile boolean insisted;

  /** Who stops together; written by the warden before it empties {@link #members}. */
  private volatile List<Member> leaving = List.of();

  /** Written by the warden before the gate opens. */
  private volatile @Nullable StopReport report;

  /**
   * Written by the warden before the gate opens: whether a foreign exit, should it have come first,
   * must be overruled, because the report names another code.
   */
  private volatile boolean overrides;

  Warden(Surroundings around, Registry registry, Member first) {
    this.around = around;
    this.registry = registry;
    this.reporter = new Reporter(around.voice(), around.terminationLog());
    this.members = new AtomicReference<>(List.of(first));
    this.thread = Host.current().platformThread("curfew-warden", this);
    first.joins(this);
  }

  void start() {
    Systemd systemd = around.systemd();
    if (systemd != null) {
      systemd.start();
    }
    thread.start();
  }

  /** Takes in another service; false if a stop has begun. */
  boolean admit(Member member) {
    member.joins(this);
    List<Member> before;
    List<Member> after;
    do {
      before = members.get();
      if (before == null || request.get() != null) {
        return false;
      }
      after = new ArrayList<>(before);
      after.add(member);
    } while (!members.compareAndSet(before, List.copyOf(after)));
    Request asked = request.get();
    if (asked != null) {
      // It came between: the smaller curfew holds for it, too.
      armWatchdog(asked, after);
    }
    wake();
    return true;
  }

  // What others see and ask; any thread.

  Phase phase() {
    return phase;
  }

  @Nullable Request request() {
    return request.get();
  }

  @Nullable StopReport report() {
    return report;
  }

  Gate decided() {
    return decided;
  }

  JvmExit exit() {
    return exit;
  }

  /** The JVM's shutdown hooks run. Before the decision this can't be the warden's own doing. */
  void hooksRun() {
    if (phase.compareTo(Phase.DECIDED) < 0) {
      exit.begin();
      wake();
      if (around.process()) {
        registry.embedded().forEach(Warden::hooksRun);
      }
    }
  }

  boolean overrides() {
    return overrides;
  }

  Surroundings around() {
    return around;
  }

  Registry registry() {
    return registry;
  }

  Thread thread() {
    return thread;
  }

  boolean insisted() {
    return insisted;
  }

  int repeats() {
    return repeats.get();
  }

  /** Asks for a stop; true if nobody did before. Neither waits nor locks. */
  boolean ask(Request wanted) {
    List<Member> asked = members.get();
    boolean first = request.compareAndSet(null, wanted);
    if (first && asked != null) {
      armWatchdog(wanted, asked);
    }
    wake();
    return first;
  }

  private void armWatchdog(Request asked, List<Member> of) {
    Watchdog watchdog = around.watchdog();
    if (watchdog != null) {
      watchdog.lower(asked.nanos() + smallest(of, asked).total().toNanos());
    }
  }

  /** A signal has come. */
  void signal(Signals.Kind kind) {
    Request asked = Request.now(Trigger.Origin.SIGNAL, kind.name(), "");
    if (ask(asked)) {
      return;
    }
    Request first = Objects.requireNonNull(request.get());
    if (kind == Signals.Kind.SIGINT && asked.nanos() - first.nanos() >= DOUBLE_NANOS) {
      insist(asked.nanos());
    } else {
      repeats.incrementAndGet();
    }
  }

  /** Somebody presses Ctrl+C again: the halt is armed first, then there is time for a last look. */
  private void insist(long now) {
    insisted = true;
    Watchdog watchdog = around.watchdog();
    if (watchdog == null) {
      return;
    }
    watchdog.exitCode(Verdict.INTERRUPTED);
    watchdog.lower(now + DOUBLE_NANOS);
    Request first = Objects.requireNonNull(request.get(), "request");
    List<Aide> files = new ArrayList<>();
    files.add(writeInterrupted(first));
    registry.embedded().forEach(other -> files.add(other.writeInterrupted(first)));
    around.voice().accept("CURFEW second SIGINT: the process is halted, exit=130; not home yet:\n");
    around.voice().accept(around.rollCall().get());
    files.forEach(file -> file.await(Deadline.at(now + DOUBLE_NANOS)));
    // All has been said, and somebody waits.
    watchdog.lower(Host.current().nanoTime());
  }

  /** What the files say in the end: nothing is written over it. */
  private Aide writeInterrupted(Request first) {
    List<Member> all = everybody();
    return reporter.last(Reports.interrupted(all, first, report), Member.files(all));
  }

  private List<Member> everybody() {
    List<Member> now = members.get();
    return now == null ? leaving : now;
  }

  /** Ends the process with the code that was decided, whatever an exit was called with. */
  void halt() {
    around.ending().halt(reportOrLate().exitCode());
  }

  void wake() {
    news = true;
    LockSupport.unpark(thread);
  }

  /** The report of the stop, or, if it is late, one that says so. */
  StopReport reportOrLate() {
    StopReport there = report;
    if (there != null) {
      return there;
    }
    Request asked = Objects.requireNonNull(request.get(), "request");
    return Reports.late(everybody(), asked);
  }

  /** Says what nobody else will hear: the report of a stop that was not clean. */
  void sayUnlessClean() {
    StopReport last = reportOrLate();
    if (!around.prints() && last.outcome() != StopOutcome.CLEAN) {
      around.voice().accept(Reporter.render(last, List.of()));
    }
  }

  // What only the warden does.

  @Override
  @SuppressWarnings("CatchThrowable")
  public void run() {
    try {
      watch();
    } catch (Throwable t) {
      // Whatever failed here, out of memory as a rule: a stop is still possible, nothing else is.
      ask(Request.now(Trigger.Origin.CRASH, "failure", "the warden itself: " + t.getClass()));
    }
    Request asked = Objects.requireNonNull(request.get());
    phase = Phase.STOPPING;
    leaving = everybody();
    leaving = Objects.requireNonNullElse(members.getAndSet(null), leaving);
    List<Member> stopping = leaving;
    Stop stop = new Stop(this, stopping, asked);
    StopReport last;
    try {
      last = stop.carryOut();
    } catch (Throwable t) {
      // The stop itself failed, which must neither be hidden nor keep the process alive.
      last = Reports.broken(stopping, asked, t);
      around.voice().accept(last.text());
    }
    settle(last);
  }

  private void settle(StopReport last) {
    Watchdog watchdog = around.watchdog();
    if (watchdog != null && last.exitCode() != Verdict.KEPT) {
      lowerExitCode(watchdog, last.exitCode());
    }
    report = last;
    overrides = last.exitCode() != Verdict.KEPT;
    phase = Phase.DECIDED;
    registry.left(this);
    decided.open();
    if (around.process() && !exit.hasBegun()) {
      phase = Phase.EXITING;
      around.ending().exit(last.exitCode());
    }
  }

  /** From here on a foreign hook that hangs no longer turns a known end into a forced one. */
  void lowerExitCode(Watchdog watchdog, int code) {
    watchdog.exitCode(code);
    if (insisted) {
      watchdog.exitCode(Verdict.INTERRUPTED);
    }
  }

  /** Starts what joins and watches it, until somebody asks for a stop. */
  private void watch() {
    while (request.get() == null) {
      news = false;
      List<Member> now = Objects.requireNonNullElse(members.get(), List.<Member>of());
      boolean allUp = true;
      for (Member member : now) {
        if (!member.startUp().isUp() && member.startUp().advance(this)) {
          phase = Phase.RUNNING;
          reporter.keep(Reports.running(now), Member.files(now));
          rehearse();
        }
        allUp &= member.startUp().isUp();
      }
      if (allUp && request.get() == null) {
        tellReady();
        stopIfDone(now);
      }
      if (request.get() == null) {
        pause(Long.MAX_VALUE);
      }
    }
  }

  private void tellReady() {
    Systemd systemd = around.systemd();
    if (systemd != null) {
      systemd.ready();
    }
  }

  /** Once, and only for the process: a stop that nobody waits for may be slow. */
  private void rehearse() {
    if (around.rehearses() && !rehearsed) {
      rehearsed = true;
      Aide unused = Aide.start("curfew-rehearsal", Rehearsal::play, () -> {});
    }
  }

  /** Waits for news, at most this many nanoseconds. */
  void pause(long nanos) {
    Host host = Host.current();
    long end = host.nanoTime() + nanos;
    long left = nanos;
    while (!news && left > 0) {
      host.parkNanos(this, left);
      // Nobody has a reason to interrupt the warden; a flag left set would make it spin.
      Thread.interrupted();
      left = nanos == Long.MAX_VALUE ? nanos : end - host.nanoTime();
    }
  }

  Reporter reporter() {
    return reporter;
  }

  /** Clears the news; to be called before looking at what may have changed. */
  void look() {
    news = false;
  }

  private void stopIfDone(List<Member> all) {
    long forks = 0;
    long backgrounds = 0;
    int intakes = 0;
    boolean everForked = false;
    boolean everOwned = false;
    int resources = 0;
    for (Member member : all) {
      RootGroup.Census census = member.root().census();
      forks += census.forks();
      backgrounds += census.backgrounds();
      intakes += census.intakes();
      everForked |= census.everForked();
      everOwned |= census.everOwned();
      resources += census.resources();
    }
    if (forks > 0 || intakes > 0) {
      return;
    }
    if (everForked) {
      ask(Request.now(Trigger.Origin.SELF, "done", "the last task has ended"));
    } else if (backgrounds == 0 && resources == 0) {
      // A resource may be a server with threads of its own; without one nothing is left to do.
      ask(
          everOwned
              ? Request.now(Trigger.Origin.SELF, "done", "the last background task has ended")
              : Request.now(Trigger.Origin.SELF, "nothing-to-do", "set-up started nothing"));
    }
  }

  /** The smallest curfew of these services, or the one that the request has. */
  static Curfew smallest(List<Member> of, @Nullable Request asked) {
    Curfew least = asked == null ? null : asked.limit();
    for (Member member : of) {
      Curfew own = member.options().curfew();
      if (least == null || own.total().compareTo(least.total()) < 0) {
        least = own;
      }
    }
    return least == null ? Curfew.DEFAULT : least;
  }

  /** What these services hold now. */
  static Account snapshotOf(List<Member> of) {
    Account sum = new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of());
    for (Member member : of) {
      sum = Reports.plus(sum, member.root().snapshot());
    }
    return sum;
  }

  Duration since(Request asked) {
    return Duration.ofNanos(Host.current().nanoTime() - asked.nanos());
  }
}
