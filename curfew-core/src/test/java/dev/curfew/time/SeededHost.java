// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The host of one seed: a scheduler of virtual threads that runs on the thread that made it, and a
 * clock that moves on when nothing can run.
 */
final class SeededHost extends Host implements Executor {

  /*
   * Every thread made through this host is a virtual thread whose scheduler is this object: what it
   * submits when it becomes runnable goes to `runnable`, and the loop picks from there by the seed.
   * So one thread runs at a time, until it parks, blocks or passes an interleaving point that the
   * seed chose to use, and the order of all that depends on the seed alone.
   *
   * A seed also chooses its manner: how often interleaving points are used (from every one to one
   * in sixteen), whether picks are uniform or by rank with random demotions (which keeps a thread
   * back for long: the manner that finds bugs of depth), whether parks return for no reason now and
   * then, and where on the clock's range it starts (wrap-around included).
   *
   * What other threads submit (the JVM's own, which hands monitors back; threads of the system that
   * a body uses nevertheless) waits in `inbox` until nothing can run, because its moment of arrival
   * is not the seed's. All other fields are touched on the exploring thread only, be it as itself
   * or as carrier of a virtual one; those that the watchdog needs are volatile.
   */

  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");
  private static final int YIELD_SCALE = 16;

  private final Lens lens;
  private final long seed;
  private final String replay;
  private final Host outside;
  private final Thread explorer = Thread.currentThread();
  private final SplittableRandom random;

  private final int yieldChance;
  private final boolean ranked;
  private final boolean spurious;
  private final VirtualClock clock;

  private final Map<Runnable, Actor> actors = new LinkedHashMap<>();
  private final List<Actor> runnable = new ArrayList<>();

  /** Waits for something else than {@link #parkNanos}: monitors, locks, the ends of threads. */
  private final Set<Actor> elsewhere = new LinkedHashSet<>();

  private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final MonitorHandback handback = new MonitorHandback();
  private final FlightRecorder recorder = new FlightRecorder();
  private final List<String> trace = new ArrayList<>();

  private volatile @Nullable Actor running;
  private volatile long beat;
  private volatile boolean ended;

  /** The first finding; written by the exploring thread and by the watchdog. */
  private volatile @Nullable String finding;

  private volatile @Nullable Throwable findingCause;

  private Predicate<Thread> refusedStarts = thread -> false;
  private @Nullable Actor last;
  private long created;
  private long steps;
  private long schedule;
  private int lowestRank;
  private int awaited;

  SeededHost(Lens lens, long seed, String replay, Host outside) {
    this.lens = lens;
    this.seed = seed;
    this.replay = replay;
    this.outside = outside;
    random = new SplittableRandom(seed);
    yieldChance = 1 << random.nextInt(5);
    ranked = random.nextInt(3) == 0;
    spurious = random.nextInt(4) == 0;
    clock =
        new VirtualClock(
            switch (random.nextInt(4)) {
              case 0 -> 0;
              case 1 -> -1;
              case 2 -> Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(1);
              default -> random.nextLong();
            });
  }

  // What core asks of a host

  @Override
  public long nanoTime() {
    return inside() ? clock.nanoTime() : outside.nanoTime();
  }

  @Override
  public Instant wallTime() {
    return inside() ? EPOCH.plus(clock.elapsed()) : outside.wallTime();
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    Actor actor = running;
    if (actor == null || !inside()) {
      outside.parkNanos(blocker, nanos);
      return;
    }
    yieldPoint();
    if (nanos <= 0) {
      return;
    }
    if (spurious && random.nextInt(8) == 0) {
      recorder.note(clock.elapsedNanos(), actor, "parks, and wakes for no reason");
      return;
    }
    if (nanos == Long.MAX_VALUE) {
      park(actor, blocker, "parks");
      return;
    }
    VirtualClock.Timer timer = clock.wakeAfter(nanos, actor.thread);
    park(actor, blocker, "parks for a time");
    timer.cancel();
  }

  private void park(Actor actor, Object blocker, String event) {
    recorder.note(clock.elapsedNanos(), actor, event);
    actor.parked = true;
    LockSupport.park(blocker);
    actor.parked = false;
  }

  @Override
  public Thread virtualThread(Runnable body) {
    return inside() ? newThread("", body, false) : outside.virtualThread(body);
  }

  @Override
  public Thread platformThread(String name, Runnable body) {
    return inside() ? newThread(name, body, false) : outside.platformThread(name, body);
  }

  @SuppressWarnings("ThreadPriorityCheck") // the scheduler that yields to is this one
  @Override
  protected void yieldPoint() {
    Actor actor = running;
    if (actor == null || !inside()) {
      return;
    }
    actor.steps++;
    boolean runAway = ++steps > lens.maxSteps();
    if (runAway || random.nextInt(YIELD_SCALE) < yieldChance) {
      // A run-away thread gives way so that the loop, which looks at the bound, can report it.
      Thread.yield();
      if (runAway) {
        throw new AssertionError("Cannot give way after too many steps: the thread is pinned");
      }
    }
  }

  // What the microscope offers to tests

  Thread newThread(String name, Runnable body, boolean waitFor) {
    Thread thread = VirtualThreads.unstarted(this, name, watched(body));
    register(VirtualThreads.continuation(thread), thread, waitFor);
    return thread;
  }

  void note(String text) {
    Actor actor = running;
    trace.add((actor == null ? "" : actor.name() + ": ") + text);
    recorder.note(clock.elapsedNanos(), actor, "notes: " + text);
  }

  Duration elapsed() {
    return clock.elapsed();
  }

  SplittableRandom random() {
    return random;
  }

  void refuseStarts(Predicate<Thread> refused) {
    refusedStarts = refused;
  }

  // The scheduler

  /** Called by a virtual thread of this host that became runnable, on the thread that woke it. */
  @Override
  public void execute(Runnable continuation) {
    if (ended) {
      return; // a thread that a failed exploration left behind stays where it is
    }
    if (VirtualThreads.carrier().equals(explorer)) {
      enqueue(continuation);
    } else {
      inbox.add(continuation);
    }
  }

  private void enqueue(Runnable continuation) {
    Actor actor = actors.get(continuation);
    if (actor == null) {
      // A body started a virtual thread of its own, which inherits its parent's scheduler.
      Thread thread = VirtualThreads.thread(continuation);
      if (!thread.isAlive()) {
        return;
      }
      actor = register(continuation, thread, false);
      if (!hasOwnHandler(thread)) {
        thread.setUncaughtExceptionHandler((failed, error) -> threw(error));
      }
    }
    if (!actor.started) {
      if (refusedStarts.test(actor.thread)) {
        actors.remove(continuation);
        throw new OutOfMemoryError("the microscope refused to start " + actor.name());
      }
      actor.started = true;
      awaited += actor.awaited ? 1 : 0;
    }
    elsewhere.remove(actor);
    // The JDK submits a runnable thread again after it has read its stack.
    if (!actor.queued) {
      actor.queued = true;
      runnable.add(actor);
    }
  }

  private Actor register(Runnable continuation, Thread thread, boolean waitFor) {
    int rank = random.nextInt(1 << 20);
    Actor actor = new Actor((int) created++, thread, waitFor, rank);
    actors.put(continuation, actor);
    return actor;
  }

  /** Runs one body to the end of all threads. */
  Observation run(Microscope.Body body) {
    try {
      Microscope microscope = new Microscope(this);
      Runnable main =
          () -> {
            try {
              body.run(microscope);
            } catch (Exception e) {
              threw(e);
            }
          };
      newThread("main", main, true).start();
      loop();
    } finally {
      ended = true;
    }
    return new Observation(seed, List.copyOf(trace), schedule, steps, clock.elapsed());
  }

  private void loop() {
    while (finding == null) {
      if (!runnable.isEmpty()) {
        if (lens.stalls() && awaited > 0 && random.nextInt(32) == 0) {
          advance();
        }
        step(pick());
      } else if (!arrive()) {
        if (awaited == 0) {
          break;
        }
        if (anyIn(Thread.State.TIMED_WAITING)) {
          found("real time: a thread is in a timed wait of the JDK; use Microscope.sleep", null);
        } else if (!advance()) {
          found("deadlock: nothing can run and no time-out is set", null);
        }
      }
      if (steps > lens.maxSteps()) {
        found("run away: more than " + lens.maxSteps() + " steps", null);
      }
    }
    boolean left = actors.values().stream().anyMatch(actor -> actor.started);
    if (finding == null && left) {
      found("left over: threads are alive after the body and its actors have ended", null);
    }
    if (finding != null) {
      throw report();
    }
  }

  private Actor pick() {
    int index = ranked ? highest() : random.nextInt(runnable.size());
    if (ranked && random.nextInt(16) == 0) {
      runnable.get(index).rank = --lowestRank;
      index = highest();
    }
    Actor picked = runnable.get(index);
    Actor end = runnable.removeLast();
    if (picked != end) {
      runnable.set(index, end);
    }
    return picked;
  }

  private int highest() {
    int highest = 0;
    for (int i = 1; i < runnable.size(); i++) {
      highest = runnable.get(i).rank > runnable.get(highest).rank ? i : highest;
    }
    return highest;
  }

  private void step(Actor actor) {
    if (actor != last) {
      recorder.note(clock.elapsedNanos(), actor, "runs");
      schedule = mix(schedule, last == null ? 0 : last.steps);
      schedule = mix(schedule, actor.number);
      last = actor;
    }
    steps++;
    beat = steps;
    actor.queued = false;
    Runnable continuation = VirtualThreads.continuation(actor.thread);
    running = actor;
    continuation.run();
    running = null;
    if (!actor.thread.isAlive()) {
      recorder.note(clock.elapsedNanos(), actor, "ends");
      actors.remove(continuation);
      awaited -= actor.awaited ? 1 : 0;
    } else if (!actor.queued && !actor.parked) {
      elsewhere.add(actor);
    }
  }

  /** Takes what other threads submitted, after the JVM has handed back all released monitors. */
  private boolean arrive() {
    // Nothing runs now, so what calls itself runnable has its monitor, and is on the way here.
    if (anyIn(Thread.State.BLOCKED) || anyIn(Thread.State.RUNNABLE)) {
      try {
        handback.settle();
      } catch (InterruptedException e) {
        explorer.interrupt();
        found("interrupted: the test's own thread was interrupted", e);
      }
    }
    List<Runnable> arrived = new ArrayList<>();
    inbox.drainTo(arrived);
    // The moment of arrival is not the seed's, so the order must not be either.
    arrived.sort(Comparator.comparingLong(this::number));
    arrived.forEach(this::enqueue);
    return !arrived.isEmpty();
  }

  private long number(Runnable continuation) {
    Actor actor = actors.get(continuation);
    return actor == null ? Long.MAX_VALUE : actor.number;
  }

  private boolean anyIn(Thread.State state) {
    for (Actor actor : elsewhere) {
      if (actor.thread.getState() == state) {
        return true;
      }
    }
    return false;
  }

  /** Moves the clock to the next time-out; false if there is none. */
  private boolean advance() {
    long next = clock.next();
    if (next < 0) {
      return false;
    }
    if (next > lens.maxTime().toNanos()) {
      found("run away: nothing happens within " + lens.maxTime() + " of virtual time", null);
      return true;
    }
    clock.advance();
    recorder.note(next, null, "the clock moves on");
    return true;
  }

  private boolean inside() {
    return running != null
        && Thread.currentThread().isVirtual()
        && VirtualThreads.carrier().equals(explorer);
  }

  private static long mix(long hash, long value) {
    long mixed = (hash ^ value) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }

  // Findings

  private Runnable watched(Runnable body) {
    return () -> {
      try {
        body.run();
      } catch (Throwable e) { // whatever leaves a thread is a finding
        threw(e);
        if (hasOwnHandler(Thread.currentThread())) {
          throw e; // that handler is part of what is looked at
        }
      }
    };
  }

  private static boolean hasOwnHandler(Thread thread) {
    return !(thread.getUncaughtExceptionHandler() instanceof ThreadGroup);
  }

  private void threw(Throwable error) {
    Actor actor = running;
    found((actor == null ? "a thread" : actor.name()) + " threw " + error, error);
  }

  private synchronized void found(String what, @Nullable Throwable cause) {
    if (finding == null) {
      findingCause = cause;
      finding = what;
    }
  }

  private AssertionError report() {
    StringBuilder text = new StringBuilder("seed " + seed + ": " + finding + "\n");
    text.append("  replay with: ").append(replay).append(" -Dcurfew.seed=").append(seed);
    text.append("\n  ").append(clock.elapsed()).append(" of virtual time, ");
    text.append(steps).append(" steps; live threads:\n");
    // Reading a runnable thread's stack submits it again, so the map must not be walked meanwhile.
    for (Actor actor : List.copyOf(actors.values())) {
      if (actor.started) {
        text.append("    ").append(actor.name()).append(' ').append(actor.thread.getState());
        text.append('\n');
        for (StackTraceElement frame : actor.thread.getStackTrace()) {
          text.append("        at ").append(frame).append('\n');
        }
      }
    }
    recorder.writeTo(text);
    return new AssertionError(text.toString(), findingCause);
  }

  // What the watchdog needs

  long beat() {
    return beat;
  }

  /** Called by the watchdog when the running thread has not given way for long. */
  void stuck(Duration patience) {
    Actor actor = running;
    if (actor == null) {
      return;
    }
    StringBuilder text = new StringBuilder();
    text.append(actor.name()).append(" has not given way for ").append(patience);
    text.append(": it spins without Host.step(), blocks, or is pinned");
    for (StackTraceElement frame : actor.thread.getStackTrace()) {
      text.append("\n        at ").append(frame);
    }
    found("stuck: " + text, null);
    // If the thread ignores the interrupt, this is the only trace of the seed.
    System.err.println("microscope: seed " + seed + " is stuck: " + text + "\n  " + replay);
    actor.thread.interrupt();
    LockSupport.unpark(actor.thread);
  }
}
