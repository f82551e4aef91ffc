// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Pending;
import dev.curfew.report.ResourceEnd;
import dev.curfew.resource.Intake;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import dev.curfew.time.Lens;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Services that a test opens, fills and stops, under the microscope or with real threads. The marks
 * of a stop are 10, 14 and 17 s; with real threads and something that hangs a second lasts 50 ms.
 */
final class Scene {
  static final double DRAIN = 10;
  static final double CANCEL = 14;
  static final double CLOSE = 17;

  /** What a test does with its scene. */
  @FunctionalInterface
  interface Script {
    void play(Scene scene) throws Exception;
  }

  /** Null with real threads. */
  final Microscope microscope;

  /** Whether the clock may run ahead of the threads: then nothing is asserted of time. */
  final boolean stalling;

  private final double scale;
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());
  private final List<Gate> gates = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger started = new AtomicInteger();
  final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  final AtomicInteger changes = new AtomicInteger();
  private Duration lastStop = Duration.ZERO;

  private Scene(Microscope microscope, boolean stalling, double scale) {
    this.microscope = microscope;
    this.scale = scale;
    this.stalling = stalling;
  }

  // ---- playing

  /** Under 200 seeds, under 200 with a clock that stalls, and once with real threads. */
  static void play(Script script) throws Exception {
    seeds(Microscope.lens(), false, script);
    seeds(Microscope.lens().stalling(), true, script);
    real(1, script);
  }

  /** The same for a script in which something hangs, so that marks are reached. */
  static void playHanging(Script script) throws Exception {
    seeds(Microscope.lens(), false, script);
    seeds(Microscope.lens().stalling(), true, script);
    real(0.05, script);
  }

  /** Under 200 seeds. */
  static void seeds(Lens lens, boolean stalling, Script script) {
    lens.explore(microscope -> {
      Statics.reset();
      new Scene(microscope, stalling, 1).run(script);
      Statics.settle();
    });
    Statics.reset();
  }

  /** Once with real threads, a second of the script lasting so many real ones. */
  static void real(double scale, Script script) throws Exception {
    Statics.reset();
    Scene scene = new Scene(null, true, scale);
    try {
      scene.run(script);
    } finally {
      for (Thread thread : scene.threads) {
        thread.join(Duration.ofSeconds(20));
      }
      dev.curfew.time.Await.until("abandoned tasks to end", () -> Abandoned.groups().isEmpty());
      Statics.reset();
    }
  }

  private void run(Script script) throws Exception {
    try {
      script.play(this);
    } finally {
      gates.forEach(Gate::open);
    }
  }

  // ---- time

  /** So many seconds, which are shorter with real threads. */
  Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * scale * 1e9));
  }

  /** As is under the microscope, and next to nothing with real threads. */
  double scaleFree(double seconds) {
    return microscope == null ? seconds / 1000 : seconds;
  }

  void sleep(double seconds) throws InterruptedException {
    Microscope.sleep(seconds(seconds));
  }

  void await(String what, java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    if (microscope == null) {
      dev.curfew.time.Await.until(what, condition);
    } else {
      microscope.await(what, condition);
    }
  }

  // ---- actors

  Thread spawn(String name, Microscope.Act act) {
    if (microscope != null) {
      return microscope.spawn(name, act);
    }
    Thread thread =
        Thread.ofPlatform()
            .name(name)
            .daemon(true)
            .start(() -> {
              try {
                act.run();
              } catch (Exception e) {
                note(name + " threw " + e);
              }
            });
    threads.add(thread);
    return thread;
  }

  void note(String text) {
    notes.add(text);
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Asserts that these were noted, in this order; where the clock can't have crossed a mark. */
  void inOrder(String... expected) {
    if (!stalls()) {
      assertThat(notes()).containsSubsequence(expected);
    }
  }

  /** Whether the clock may overtake any thread. */
  boolean stalls() {
    return stalling && (microscope != null || scale < 1);
  }

  /** Something to hang in: whatever interrupts it is swallowed. Opened when the script is over. */
  Gate gate() {
    Gate gate = new Gate();
    gates.add(gate);
    return gate;
  }

  /** See {@link #gate()}. */
  static final class Gate {
    private final CountDownLatch open = new CountDownLatch(1);
    volatile boolean reached;

    void hang() {
      reached = true;
      for (; ; ) {
        try {
          open.await();
          return;
        } catch (InterruptedException e) {
          // Swallowed: that is what it is for.
        }
      }
    }

    void open() {
      open.countDown();
    }
  }

  /** An intake that notes what happens to it. */
  class Door implements Intake {
    final String name;
    final AtomicInteger inFlight = new AtomicInteger();

    Door(String name) {
      this.name = name;
    }

    @Override
    public void start() throws Exception {
      note("start " + name);
    }

    @Override
    public void retire() throws Exception {
      note("retire " + name);
    }

    @Override
    public void quiet() throws Exception {
      note("quiet " + name);
    }

    @Override
    public long inFlight() {
      return inFlight.get();
    }
  }

  // ---- trees

  RootGroup open(String name) {
    return RootGroup.open(
        name,
        new RootGroup.Listener() {
          @Override
          public void failed(String path, Throwable failure) {
            failures.add(path + ": " + failure.getMessage());
          }

          @Override
          public void changed() {
            changes.incrementAndGet();
          }
        });
  }

  Task<?> fork(TaskGroup group, String name, Action body) {
    Task<?> task = group.fork(name, body);
    started.incrementAndGet();
    return task;
  }

  Task<?> background(TaskGroup group, String name, Background body) {
    Task<?> task = group.background(name, body);
    started.incrementAndGet();
    return task;
  }

  /** A fork that goes on until it is asked, and notes it. */
  Task<?> asked(TaskGroup group, String name) {
    return fork(
        group,
        name,
        () -> {
          StopSignal.current().await();
          note("asked " + name);
        });
  }

  /** A background task that goes on until it is asked, and notes it. */
  Task<?> askedBackground(TaskGroup group, String name) {
    return background(
        group,
        name,
        stop -> {
          stop.await();
          note("asked " + name);
        });
  }

  void own(TaskGroup group, String name) {
    group.own(name, (AutoCloseable) () -> note("close " + name));
  }

  int started() {
    return started.get();
  }

  // ---- stopping

  static final CancelReason WHY =
      new CancelReason(CancelReason.Kind.STOP, "SIGTERM", "the process stops", Instant.EPOCH);

  RootGroup.Marks marks(double drain, double cancel, double close) {
    return new RootGroup.Marks(
        at(drain), at(cancel), at(close), false, stage -> note("stage " + stage));
  }

  private Deadline at(double seconds) {
    return Deadline.at(Host.current().nanoTime() + seconds(seconds).toNanos());
  }

  /** Stops services only. */
  Account stop(RootGroup... roots) {
    return stop(false, marks(DRAIN, CANCEL, CLOSE), roots);
  }

  /** Stops these services and everything on foreign threads. */
  Account stopProcess(RootGroup... roots) {
    return stop(true, marks(DRAIN, CANCEL, CLOSE), roots);
  }

  Account stop(boolean foreign, RootGroup.Marks marks, RootGroup... roots) {
    long from = Host.current().nanoTime();
    Account account = RootGroup.stop(List.of(roots), foreign, WHY, marks);
    lastStop = Duration.ofNanos(Host.current().nanoTime() - from);
    assertThat(account.work().addsUp()).as("%s adds up", account.work()).isTrue();
    assertThat(account.resources()).extracting(ResourceEnd::path).doesNotHaveDuplicates();
    // A second for taking stacks at the cancel mark: only the microscope's clock is exact.
    if (!stalling) {
      assertThat(lastStop).isLessThanOrEqualTo(seconds(CLOSE + 0.001));
    }
    return account;
  }

  /** Asserts that the last stop took at most so many seconds, where the clock tells. */
  void tookAtMost(double seconds) {
    if (!stalling) {
      assertThat(lastStop).isLessThanOrEqualTo(seconds(seconds));
    }
  }

  /** Asserts that everything that the script started is in the account. */
  void accountsForAll(Account account) {
    assertThat(account.work().accepted())
        .as("accepted, of %s", account.work())
        .isEqualTo(started());
  }

  /** Asserts how many completed, where the clock does not stall. */
  void completed(Account account, int expected) {
    if (!stalls()) {
      assertThat(account.work().completed()).as("completed").isEqualTo(expected);
    }
  }

  /** Asserts how many were cut off, where the clock does not stall. */
  void lost(Account account, int expected) {
    if (!stalls()) {
      assertThat(account.work().lost()).as("lost").isEqualTo(expected);
    }
  }

  static List<String> closed(Account account) {
    return account.resources().stream().map(end -> end.how() + " " + end.path()).toList();
  }

  static ResourceEnd.How how(Account account, String path) {
    return account.resources().stream()
        .filter(end -> end.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError(path + " is not in " + closed(account)))
        .how();
  }

  static List<String> pending(Account account) {
    return account.pending().stream().map(Pending::path).toList();
  }
}
