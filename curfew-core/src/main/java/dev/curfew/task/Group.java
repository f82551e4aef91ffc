// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.report.Frames;
import dev.curfew.report.WorkCount;
import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node of the tree: a block on its owner's thread, an inner group without a body, or a root.
 *
 * <p><b>The word.</b> The low 48 bits count the forks that were accepted, the high ones say why no
 * more are: REFUSING, CANCELLED, CLOSING, CLOSED. A fork publishes its record in {@link Slots},
 * then has the word accept it by CAS; a canceller sets CANCELLED, then walks the slots. So a
 * canceller meets every record that was accepted before it, and no fork slips between the check and
 * the close, which is the same CAS. Finished forks are counted in a cell of their own, so that
 * those who fork and those who end do not write to the same line. All forks are home when both
 * counts agree and the word has not moved meanwhile.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
class Group implements TaskGroup {
  static final long NO_DEADLINE = Long.MAX_VALUE;

  private static final long ACCEPTED = (1L << 48) - 1;
  static final long REFUSING = 1L << 48;
  static final long CANCELLED = 1L << 49;
  static final long CLOSING = 1L << 50;
  static final long CLOSED = 1L << 51;

  /** So many names of one group are told apart for sure. */
  private static final int MOST_NAMES = 1024;

  // Cells, each on a cache line of its own.
  private static final int WORD = 8;
  private static final int FINISHED = 24;
  private static final int BACKGROUNDS = 40;
  private static final int BACKGROUNDS_FINISHED = 41;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  /** A reason and the group that it began at. */
  record Cancel(CancelReason reason, @Nullable Group origin, long at) {}

  final Options options;

  /** Whose thread the body runs on; null for roots and for inner groups, which have no body. */
  final @Nullable Strand owner;

  /** The block around this one on the same strand. */
  final @Nullable Group outer;

  /** The group that an inner one is part of. */
  final @Nullable Group parent;

  /** How many shields were up when the block was opened; see {@link Strand#isShielded()}. */
  final int shieldDepth;

  /** The effective one, by the monotonic clock. */
  final long deadline;

  /** What tasks get of the context of who forks them: its own and those around it. */
  final List<Carrier> carriers;

  final Tally tally = new Tally();
  final Slots slots = new Slots(this);
  final Holdings holdings = new Holdings(this);
  final Ending ending = new Ending();

  /** Null unless the group is bounded. */
  final @Nullable Turns turns;

  final long openedAt = Host.current().nanoTime();
  private final long[] cells = new long[42];
  private final Signal forkSignal = new Signal();
  private final Signal backgroundSignal = new Signal();
  private final AtomicLong rejected = new AtomicLong();

  /** Tasks that have called System.exit: they are let go, but stay in flight for their intake. */
  final AtomicLong exited = new AtomicLong();

  /** Forks that were accepted, but not started: whoever forked them was told. */
  private final AtomicLong unstarted = new AtomicLong();

  /** Set once by CAS, each; the second also holds for background tasks and the body. */
  private volatile @Nullable Cancel forksCancel;

  private volatile @Nullable Cancel cancel;

  /** Who is unparked when something comes home; written by whoever begins to wait. */
  volatile @Nullable Thread driver;

  /** The task that opened an inner group, or what it is inside; written by who opens it. */
  @Nullable GroupTask<?> holder;

  /** What cancels an inner group at its deadline; written by who opens it, read by its driver. */
  volatile Timers.@Nullable Timer expiry;

  /** Who was out when its deadline came; written before the cancel, read after it. */
  String lateAtDeadline = "";

  /** Forks up to this ordinal have been joined; written by the owner. */
  private volatile long joinedUpTo;

  /** Names, and whether more than one task has had them; made when the second is seen. */
  private volatile @Nullable Map<String, Boolean> names;

  private final @Nullable String[] recentNames = new String[8];

  /** The name that was last found to be repeated; a hint, any thread writes it. */
  private @Nullable String lastRepeated;

  /**
   * Forks that a StackOverflowError cut short: a task and the next such pair. An array, because
   * that is made without a call. Written under the lock of the slots.
   */
  private volatile @Nullable Object @Nullable [] unsettled;

  /** Reasons of tasks that were cancelled by themselves, and threads that wait for single tasks. */
  private final Map<GroupTask<?>, Cancel> ownCancels = new ConcurrentHashMap<>(0);

  private final Map<GroupTask<?>, Set<Thread>> awaiting = new ConcurrentHashMap<>(0);

  /** What a join, or the end of the block, throws: the failure of a task, or an inner deadline. */
  private record Failed(String path, Throwable cause) {}

  /** What failed and was not isolated, in the order of its end. Guarded by itself. */
  private final List<Failed> failed = new ArrayList<>(0);

  /** How many of them somebody was told; guarded by the list. */
  private int failuresTold;

  Group(
      Options options,
      @Nullable Strand owner,
      @Nullable Group outer,
      @Nullable Group parent,
      long deadline) {
    this.options = options;
    this.owner = owner;
    this.outer = outer;
    this.parent = parent;
    this.deadline = deadline;
    this.carriers = Carriers.join(carriersAround(), options.carriers());
    this.shieldDepth = owner == null ? 0 : owner.shieldDepth();
    turns = options.bound() == 0 ? null : new Turns(options.bound());
    if (parent != null) {
      driver = parent.driver;
    }
  }

  private List<Carrier> carriersAround() {
    Group around = outer != null ? outer : parent;
    if (around == null && owner instanceof GroupTask<?> task) {
      around = task.group;
    }
    return around == null ? List.of() : around.carriers;
  }

  // ---- where it stands

  @Override
  public String path() {
    return base() + "/" + Options.printable(options.name());
  }

  private String base() {
    if (outer != null) {
      return outer.path();
    }
    if (parent != null) {
      return parent.path();
    }
    return owner == null ? "" : owner.path();
  }

  boolean isRepeated(String name) {
    Map<String, Boolean> known = names;
    return known != null && known.getOrDefault(name, false);
  }

  /**
   * Few groups have many names: the last of each slot is at hand, those it has ousted are kept up
   * to a bound. Beyond it, or forked from two threads at once, a repetition may be missed.
   */
  private void noteName(String name) {
    if (name == lastRepeated) {
      return;
    }
    int slot = name.hashCode() & 7;
    String recent = recentNames[slot];
    if (recent != null && recent.equals(name)) {
      if (!isRepeated(name)) {
        names().put(name, true);
      }
      lastRepeated = name;
      return;
    }
    recentNames[slot] = name;
    if (recent == null) {
      return;
    }
    Map<String, Boolean> seen = names();
    if (seen.size() < MOST_NAMES) {
      seen.putIfAbsent(recent, false);
    }
    if (seen.containsKey(name)) {
      seen.put(name, true);
    }
  }

  private Map<String, Boolean> names() {
    Map<String, Boolean> known = names;
    if (known == null) {
      synchronized (slots) {
        known = names;
        if (known == null) {
          known = new ConcurrentHashMap<>();
          names = known;
        }
      }
    }
    return known;
  }

  // ---- forking

  @Override
  public <T extends @Nullable Object> Task<T> fork(String name, Callable<? extends T> body) {
    return start(name, Objects.requireNonNull(body, "body was null, expected a Callable"), 0);
  }

  @Override
  public Task<?> fork(String name, Action body) {
    return start(name, Objects.requireNonNull(body, "body was null, expected an Action"), 0);
  }

  @Override
  public Task<?> background(String name, Background body) {
    Objects.requireNonNull(body, "body was null, expected a Background");
    Task<?> task = start(name, body, GroupTask.BACKGROUND);
    if (body instanceof Intake intake) {
      holdings.noteIntake(name, intake, task);
    }
    return task;
  }

  @Override
  public <T extends @Nullable Object> Task<T> adopt(
      String name, CompletionStage<? extends T> future) {
    return adopt(name, new Adopted<>(future, null));
  }

  @Override
  public <T extends @Nullable Object> Task<T> adopt(
      String name, CompletionStage<? extends T> future, Action onCancel) {
    Objects.requireNonNull(onCancel, "onCancel was null, expected an Action that stops the work");
    return adopt(name, new Adopted<>(future, onCancel));
  }

  private <T extends @Nullable Object> Task<T> adopt(String name, Adopted<T> adopted) {
    Options.checkName("task", name);
    try {
      return start(name, adopted, GroupTask.FORK);
    } catch (Throwable t) {
      // Throwable: why ever no task stands for it now, it must not go on without an owner.
      adopted.refused(path() + "/" + Options.printable(name), t);
      throw t;
    }
  }

  <T extends @Nullable Object> GroupTask<T> start(String name, Object body, int kind) {
    Options.checkName("task", name);
    Sites.note(body);
    noteName(name);
    if (kind != GroupTask.FORK) {
      StackProbe.touch();
    }
    boolean bare = carriers.isEmpty() || body instanceof Adopted;
    Object runs = bare ? body : Carried.capture(carriers, body, this, name);
    GroupTask<T> task = new GroupTask<>(this, name, runs, kind);
    Thread thread =
        options.onPlatformThreads()
            ? Host.current().platformThread(name, task)
            : Host.current().virtualThread(task);
    thread.setName(name);
    thread.setUncaughtExceptionHandler(task);
    task.thread = thread;
    Strand current = owner;
    if (current != null && current.thread == Thread.currentThread()) {
      slots.addAsOwner(task);
    } else {
      slots.addShared(task);
    }
    Host.step();
    int ordinal = -1;
    try {
      ordinal = kind == GroupTask.FORK ? accept() : acceptOther(kind);
      if (ordinal >= 0) {
        task.ordinal = ordinal;
        Host.step();
        thread.start();
        return task;
      }
    } catch (Throwable t) {
      // Throwable, as start may fail in any way, and may have started the thread all the same. The
      // claim decides whether the body runs; the caller gets the error in both cases.
      if (t instanceof StackOverflowError) {
        // There may be no frame left for a call: only these writes. Settled at a shallower place.
        synchronized (slots) {
          unsettled = new @Nullable Object[] {task, unsettled};
        }
      } else {
        settle(task);
      }
      throw t;
    }
    task.reject();
    throw rejection((kind == GroupTask.BACKGROUND ? "start " : "fork ") + name);
  }

  /** Decides about a task whose fork was cut short: the body runs, or never will. Any thread. */
  private void settle(GroupTask<?> task) {
    if (task.ordinal == 0 && task.kind() != GroupTask.SET_UP) {
      task.reject();
    } else if (task.claim(GroupTask.RUNNING)) {
      if (task.kind() == GroupTask.FORK) {
        unstarted.incrementAndGet();
      }
      task.finishUnstarted();
    }
  }

  /** Decides about forks that the end of a stack cut short. Any thread with some stack left. */
  final void settleUnsettled() {
    for (; ; ) {
      @Nullable Object[] first;
      synchronized (slots) {
        first = unsettled;
        if (first == null) {
          return;
        }
        unsettled = (@Nullable Object[]) first[1];
      }
      settle((GroupTask<?>) Objects.requireNonNull(first[0]));
    }
  }

  /** Counts one more, if the group is open. Any thread. */
  private int accept() {
    for (; ; ) {
      long w = word();
      if ((w & ~ACCEPTED) != 0) {
        return -1;
      }
      if (CELL.compareAndSet(cells, WORD, w, w + 1)) {
        // From 1, and round again after 2^31 - 1: a group may live for years.
        return 1 + (int) ((w & ACCEPTED) % Integer.MAX_VALUE);
      }
    }
  }

  private int acceptOther(int kind) {
    if (kind == GroupTask.SET_UP) {
      return isOpen() ? 0 : -1;
    }
    int ordinal = accept();
    if (ordinal >= 0) {
      // In this order: until both have counted it, it passes for a fork that is out, so nobody can
      // take the forks for home while one is. Who looked in between has to look again.
      Host.step();
      CELL.getAndAdd(cells, BACKGROUNDS, 1L);
      LockSupport.unpark(driver);
    }
    return ordinal;
  }

  long word() {
    return (long) CELL.getVolatile(cells, WORD);
  }

  /** Sets a bit of the word; false if it was set. Any thread. */
  final boolean setWord(long bit) {
    for (; ; ) {
      long w = word();
      if ((w & bit) != 0) {
        return false;
      }
      if (CELL.compareAndSet(cells, WORD, w, w | bit)) {
        return true;
      }
    }
  }

  /** Closes the group if everything is home: the check and the close are one CAS. The driver. */
  final boolean closeIfHome() {
    long w = word();
    boolean home = isHome();
    Host.step();
    return home && CELL.compareAndSet(cells, WORD, w, w | CLOSING);
  }

  RejectedExecutionException rejection(String what) {
    rejected.incrementAndGet();
    long w = word();
    Cancel why = forksCancel;
    String state =
        (w & CLOSED) != 0
            ? "has ended"
            : why != null
                ? "is cancelled: " + why.reason()
                : (w & CLOSING) != 0 ? "is closing its resources" : refusal();
    noteOrder(what);
    return new Failures.Rejected(
        "Can't " + what + " in group " + path() + ": it " + state + "; use a group that is open",
        why != null || (w & REFUSING) != 0);
  }

  /**
   * Whoever brings work to what a stop has closed outlives it: cause 5, unless that one is being
   * cancelled itself, when the rejection is the answer to its cancel.
   */
  private void noteOrder(String what) {
    Strand bringer = ForeignStrand.known();
    if (!isStopping() || (bringer != null && bringer.reason() != null)) {
      return;
    }
    StackTraceElement at = Frames.here();
    if (at != null) {
      Findings.outlived(path(), what, at);
    }
  }

  /** Whether a stop has reached this group. */
  boolean isStopping() {
    if (parent != null) {
      return parent.isStopping();
    }
    return owner instanceof GroupTask<?> task ? task.group.isStopping() : Roots.signal().isSet();
  }

  /** Why a root takes nothing more. */
  @Nullable CancelReason refusalReason() {
    return null;
  }

  String refusal() {
    return "refuses new work";
  }

  final boolean hasClosed() {
    return (word() & CLOSED) != 0;
  }

  final boolean isOpen() {
    return (word() & ~ACCEPTED) == 0;
  }

  // ---- coming home

  final boolean forksHome() {
    if (unsettled != null) {
      settleUnsettled();
    }
    for (; ; ) {
      long w = word();
      long finished = (long) CELL.getVolatile(cells, FINISHED);
      long backgrounds = (long) CELL.getVolatile(cells, BACKGROUNDS);
      if (word() == w) {
        return (w & ACCEPTED) == finished + backgrounds;
      }
    }
  }

  final boolean backgroundsHome() {
    return backgroundsOut() == 0;
  }

  final long backgroundsOut() {
    long finished = (long) CELL.getVolatile(cells, BACKGROUNDS_FINISHED);
    return (long) CELL.getVolatile(cells, BACKGROUNDS) - finished;
  }

  final long forksOut() {
    long finished = (long) CELL.getVolatile(cells, FINISHED);
    return Math.max(
        0, (word() & ACCEPTED) - finished - (long) CELL.getVolatile(cells, BACKGROUNDS));
  }

  /** Whether a fork of it has run and is home. */
  final boolean everForked() {
    // In this order: a fork whose start failed is counted as unstarted before it counts as home.
    long finished = (long) CELL.getVolatile(cells, FINISHED);
    return finished > unstarted.get();
  }

  final boolean isHome() {
    return forksHome() && backgroundsHome();
  }

  final long accepted() {
    return word() & ACCEPTED;
  }

  /** The thread of a task that has ended. */
  final void taskEnded(GroupTask<?> task, int lastWord) {
    int kind = lastWord & GroupTask.KIND;
    if ((lastWord & GroupTask.ABANDONED) != 0) {
      Abandoned.cameHome(this, task);
    } else {
      countHome(kind);
      if (kind == GroupTask.BACKGROUND) {
        backgroundEnded(task);
      }
    }
    Thread waiting = driver;
    if (waiting != null
        && (kind != GroupTask.FORK || (lastWord & GroupTask.OPENED) != 0 || forksHome())) {
      LockSupport.unpark(waiting);
    }
    if ((lastWord & GroupTask.OWN_CANCEL) != 0 && task.status() != GroupTask.COMPLETED) {
      ownCancels.remove(task); // Its outcome has the reason.
    }
    if ((lastWord & GroupTask.AWAITED) != 0) {
      Set<Thread> threads = awaiting.remove(task);
      if (threads != null) {
        threads.forEach(LockSupport::unpark);
      }
    }
    somethingEnded(kind);
  }

  private void countHome(int kind) {
    if (kind == GroupTask.FORK) {
      CELL.getAndAdd(cells, FINISHED, 1L);
    } else if (kind == GroupTask.BACKGROUND) {
      CELL.getAndAdd(cells, BACKGROUNDS_FINISHED, 1L);
    }
  }

  /**
   * Stops waiting for a task: it counts as home from now on, and its own end will not count again.
   *
   * @return false if it has ended, or was not accepted yet
   */
  final boolean abandon(GroupTask<?> task) {
    if ((task.ordinal == 0 && task.kind() != GroupTask.SET_UP) || !task.abandon()) {
      return false;
    }
    if (turns != null) {
      turns.giveBack(task);
    }
    countHome(task.kind());
    wakeAwaiting(task);
    LockSupport.unpark(driver);
    return true;
  }

  /** Tells the root of the service, if there is one. */
  void somethingEnded(int kind) {
    if (parent != null) {
      parent.somethingEnded(kind);
    }
  }

  private void backgroundEnded(GroupTask<?> task) {
    if (task.status() == GroupTask.COMPLETED
        && !backgroundSignal.isSet()
        && cancel == null
        && task.baseReason() == null) {
      Findings.endedEarly(task);
    }
  }

  /**
   * A task has failed: whoever has to know is told, and what that cancels is marked. Its own
   * thread.
   *
   * @param what the failure in one line
   * @return what was cancelled by it, and has to be {@linkplain #deliverCancel delivered}, or null
   */
  final @Nullable Group taskFailed(GroupTask<?> task, Throwable thrown, String what) {
    if (options.isIsolated()) {
      Findings.failed(task.path(), thrown);
      return null;
    }
    return failed(task, thrown, what);
  }

  /** For roots and inner groups otherwise. */
  @Nullable Group failed(GroupTask<?> task, Throwable thrown, String what) {
    synchronized (failed) {
      failed.add(new Failed(task.path(), thrown));
    }
    String why = "task " + task.path() + " failed: " + what;
    Cancel failure =
        new Cancel(
            reasonFor(CancelReason.Kind.FAILURE, why, task), this, Host.current().nanoTime());
    Group cancelled = markCancelled(failure) ? this : null;
    if (cancelled != null) {
      Finder.watch(this);
    }
    if (parent == null) {
      return cancelled;
    }
    if (parent.options.isIsolated()) {
      Findings.failed(task.path(), thrown);
      return cancelled;
    }
    Group above = parent.failed(task, thrown, what);
    return above != null ? above : cancelled; // What is above has all that is below it.
  }

  /** The block is over: whatever cancels it from now on finds nothing to cancel. The owner. */
  final void close() {
    synchronized (forkSignal) {
      setWord(CLOSED);
    }
  }

  /** Who may join it: the owner of the block that it is, or is part of. */
  final @Nullable Strand joiner() {
    return parent != null ? parent.joiner() : owner;
  }

  /** The block that it is, or is part of; a root for those below one. */
  final Group block() {
    return parent == null ? this : parent.block();
  }

  /** Its deadline has passed. For inner groups: their parent treats it like a failed fork. */
  final void expired() {
    if (parent == null) {
      return;
    }
    TimeoutException timeout =
        new TimeoutException(
            "the deadline of inner group " + path() + " has passed: " + lateAtDeadline);
    if (parent.options.isIsolated()) {
      Findings.failed(path(), timeout);
    } else {
      parent.innerExpired(this, timeout);
    }
  }

  /** For roots otherwise. */
  void innerExpired(Group inner, TimeoutException timeout) {
    synchronized (failed) {
      failed.add(new Failed(inner.path(), timeout));
    }
    String why = String.valueOf(timeout.getMessage());
    cancel(new Cancel(reasonFor(CancelReason.Kind.FAILURE, why), this, Host.current().nanoTime()));
    if (parent != null && !parent.options.isIsolated()) {
      parent.innerExpired(inner, timeout);
    }
  }

  /** Whether an intake starts when it is given to the group; a root waits for its set-up. */
  boolean startsIntakes() {
    return parent == null || parent.startsIntakes();
  }

  /** Something that happened to a task and has no other place. */
  final void note(String path, String what, Throwable thrown) {
    Findings.note(path, what, thrown);
  }

  /** What a join throws if forks failed since the last one; null if none did. The owner. */
  final @Nullable ExecutionException failures() {
    List<Failed> fresh;
    synchronized (failed) {
      fresh = List.copyOf(failed.subList(failuresTold, failed.size()));
      failuresTold = failed.size();
    }
    if (fresh.isEmpty()) {
      return null;
    }
    // Not under the lock: the message asks the failure for its own, which is foreign code.
    ExecutionException thrown =
        new Failures.TaskFailed(fresh.getFirst().path, fresh.getFirst().cause);
    fresh.subList(1, fresh.size()).forEach(later -> Failures.suppress(thrown, later.cause));
    return thrown;
  }

  /**
   * Whether the task that opened it may still put something in: until then it does not close. A
   * background task may until the forks are home; it is asked after inner groups have ended.
   */
  final boolean isHeldOpen() {
    GroupTask<?> task = holder;
    return task != null
        && !task.isDone()
        && (task.kind() == GroupTask.FORK || !task.group.forksHome());
  }

  final void joinedAll() {
    joinedUpTo = accepted();
    holdings.inners().forEach(Group::joinedAll);
  }

  final boolean hasJoined(int ordinal) {
    return ordinal <= joinedUpTo || (word() & CLOSED) != 0;
  }

  // ---- waiting

  @Override
  public void join() throws ExecutionException, InterruptedException {
    Block.join(this);
  }

  /** Waits until a task has ended or was abandoned. Any thread but its own. */
  final void awaitTask(GroupTask<?> task, Deadline limit) throws InterruptedException {
    Strand waiter = ForeignStrand.known();
    if (waiter == task) {
      throw new IllegalStateException(
          "Task " + task.path() + " waits for itself; wait for it from another thread");
    }
    Turns lent = turns != null && turns.lend(waiter, this) ? turns : null;
    try {
      awaitEnd(task, limit, waiter);
    } finally {
      if (lent != null) {
        lent.takeAgain(waiter);
      }
    }
  }

  private void awaitEnd(GroupTask<?> task, Deadline limit, @Nullable Strand waiter)
      throws InterruptedException {
    Thread current = Thread.currentThread();
    awaiting.compute(
        task,
        (t, known) -> {
          Set<Thread> threads = known == null ? ConcurrentHashMap.newKeySet() : known;
          threads.add(current);
          return threads;
        });
    try {
      task.mark(GroupTask.AWAITED, true);
      while (!task.isDone() && !limit.hasPassed()) {
        if (Thread.interrupted()) {
          throw Signal.interrupted(waiter);
        }
        if (waiter != null) {
          waiter.check();
        }
        Host.step();
        Host.current().parkNanos(task, limit.remainingNanos());
      }
    } finally {
      // Only one's own thread: the others are woken by the task, or by who gives it up.
      awaiting.computeIfPresent(
          task,
          (t, threads) -> {
            threads.remove(current);
            return threads.isEmpty() ? null : threads;
          });
    }
  }

  /** Its failure was thrown at somebody who waited for it alone. */
  final void delivered(GroupTask<?> task) {
    // The group still fails: only its own join, or its end, tells its owner.
    task.mark(GroupTask.JOINED, true);
  }

  final void wakeAwaiting(GroupTask<?> task) {
    Set<Thread> threads = awaiting.get(task);
    if (threads != null) {
      threads.forEach(LockSupport::unpark);
    }
  }

  // ---- asking

  final Signal forkSignal() {
    return forkSignal;
  }

  final Signal backgroundSignal() {
    return backgroundSignal;
  }

  /** Asks the forks, and what is inside them, also in inner groups. Any thread. */
  final void askForks(Deadline whenCancelled) {
    forkSignal.ask(whenCancelled);
    holdings.inners().forEach(inner -> inner.askForks(whenCancelled));
    slots.forEach(task -> {
      if (task.kind() != GroupTask.BACKGROUND) {
        askInside(task, whenCancelled);
      }
    });
  }

  /** Asks the background tasks, all at once, and what is inside them. Any thread. */
  final void askBackgrounds(Deadline whenCancelled) {
    backgroundSignal.ask(whenCancelled);
    slots.forEach(task -> {
      if (task.kind() == GroupTask.BACKGROUND) {
        askInside(task, whenCancelled);
      }
    });
  }

  static void askInside(Strand strand, Deadline whenCancelled) {
    for (Group block = strand.scope; block != null; block = block.outer) {
      block.askForks(whenCancelled);
    }
  }

  // ---- cancelling

  @Override
  public void cancel(String why) {
    cancel(
        new Cancel(reasonFor(CancelReason.Kind.REQUESTED, why), this, Host.current().nanoTime()));
  }

  final CancelReason reasonFor(CancelReason.Kind kind, String why) {
    return reasonFor(kind, why, ForeignStrand.known());
  }

  private CancelReason reasonFor(CancelReason.Kind kind, String why, @Nullable Strand by) {
    Objects.requireNonNull(why, "why was null, expected a sentence for the report");
    String who = by == null || by.path().isEmpty() ? Thread.currentThread().getName() : by.path();
    return new CancelReason(kind, who.isEmpty() ? path() : who, why, Host.current().wallTime());
  }

  /** Why everything in the group is cancelled. Any thread. */
  final @Nullable CancelReason reason() {
    Cancel known = cancel;
    return known == null ? null : known.reason();
  }

  /** Why the forks are cancelled: earlier than the rest, in a stop. */
  final @Nullable CancelReason forksReason() {
    Cancel known = forksCancel;
    return known == null ? null : known.reason();
  }

  final @Nullable Cancel cancelled() {
    return cancel;
  }

  /** When this task was cancelled, by the monotonic clock; when it was forked, if it was not. */
  final long cancelledAt(GroupTask<?> task) {
    Cancel why = task.kind() == GroupTask.FORK ? forksCancel : cancel;
    Cancel own = ownCancels.get(task);
    if (why == null || (own != null && own.at() - why.at() < 0)) {
      why = own;
    }
    return why == null ? task.forkedAt : why.at();
  }

  final @Nullable CancelReason ownCancel(GroupTask<?> task) {
    Cancel own = ownCancels.get(task);
    return own == null ? null : own.reason();
  }

  /** The record of a task is swept, or moved. Under the lock of the tally. */
  final void forget(GroupTask<?> task) {
    if ((task.word & GroupTask.OWN_CANCEL) != 0 && task.hasEnded()) {
      ownCancels.remove(task);
    }
  }

  /** Tasks that were cancelled by themselves, with when. */
  final Map<GroupTask<?>, Cancel> ownCancels() {
    return ownCancels;
  }

  /** Cancels the group and all below it: marks the whole subtree, then delivers. Any thread. */
  final void cancel(Cancel why) {
    if (markCancelled(why)) {
      // Watched first: an interrupt may run a channel's close, which may hang, here.
      Finder.watch(this);
      deliverCancel();
    }
  }

  /** The second half of a cancel; runs foreign code. Any thread. */
  final void deliverCancel() {
    cancelResources();
    Delivery.to(this, true);
  }

  /** Ends what resources have in flight, of this group and of all that is cancelled below it. */
  final void cancelResources() {
    holdings.cancelResources();
    holdings.inners().forEach(Group::cancelResources);
    slots.forEach(task -> cancelResourcesInside(task, null));
    if (owner != null) {
      cancelResourcesInside(owner, this);
    }
  }

  /** Cancels an inner group that was opened while this one was being cancelled. Any thread. */
  final void passCancelOn(Group inner) {
    Cancel all = cancel;
    Cancel forks = forksCancel;
    if (all != null) {
      inner.cancel(all);
    } else if (forks != null) {
      inner.cancelForks(forks);
    }
  }

  /** Cancels the forks, and those of inner groups; asks nobody. Any thread. */
  final void cancelForks(Cancel why) {
    markForksCancelled(why);
    Finder.watch(this);
    Delivery.to(this, false);
  }

  private static void cancelResourcesInside(Strand strand, @Nullable Group upTo) {
    for (Group block = strand.scope; block != null && block != upTo; block = block.outer) {
      if (block.cancelled() != null) {
        block.holdings.cancelResources();
        block.holdings.inners().forEach(Group::cancelResources);
        block.slots.forEach(task -> cancelResourcesInside(task, null));
      }
    }
  }

  /** Marks the forks, and those of inner groups, as cancelled; delivers nothing. Any thread. */
  final void markForksCancelled(Cancel why) {
    // The reason first: whoever is rejected for the word's sake must find it.
    synchronized (forkSignal) {
      if (forksCancel == null) {
        forksCancel = why;
      }
    }
    Host.step();
    setWord(CANCELLED);
    Host.step();
    LockSupport.unpark(driver);
    forkSignal.wake();
    holdings.inners().forEach(inner -> inner.markForksCancelled(why));
    slots.forEach(task -> {
      if (task.kind() != GroupTask.BACKGROUND) {
        markInside(task, why, null);
      }
    });
  }

  /** False if it was cancelled, or has ended, before. */
  final boolean markCancelled(Cancel why) {
    synchronized (forkSignal) {
      if (cancel != null || (word() & CLOSED) != 0) {
        return false;
      }
      cancel = why;
      if (forksCancel == null) {
        forksCancel = why;
      }
    }
    setWord(CANCELLED);
    Host.step();
    // From now on its driver has a limit. An inner group has no owner that an interrupt would wake.
    LockSupport.unpark(driver);
    forkSignal.wake();
    backgroundSignal.wake();
    holdings.inners().forEach(inner -> inner.markCancelled(why));
    slots.forEach(task -> markInside(task, why, null));
    if (owner != null) {
      markInside(owner, why, this);
    }
    return true;
  }

  /** Cancels one task and what is inside it. Any thread. */
  final void cancelTask(GroupTask<?> task, CancelReason why) {
    Cancel own = new Cancel(why, this, Host.current().nanoTime());
    // Not its base reason: a set-up that is refused already still has to be interrupted.
    boolean cancelled = (task.kind() == GroupTask.FORK ? forksReason() : reason()) != null;
    if (task.hasEnded() || cancelled || ownCancels.putIfAbsent(task, own) != null) {
      return;
    }
    task.mark(GroupTask.OWN_CANCEL, true);
    if (task.hasEnded()) {
      ownCancels.remove(task);
      return;
    }
    Host.step();
    LockSupport.unpark(driver);
    task.baseSignal().wake();
    markInside(task, own, null);
    Finder.watch(task);
    Delivery.to(task);
  }

  /** Marks the blocks that a strand is in, up to one, but for those opened under a shield. */
  static void markInside(Strand strand, Cancel why, @Nullable Group upTo) {
    int unshielded = upTo == null ? 0 : upTo.shieldDepth;
    for (Group block = innermost(strand, upTo); block != upTo && block != null; ) {
      if (block.shieldDepth <= unshielded || Shield.hasExpired(strand, block.shieldDepth)) {
        block.markCancelled(why);
      }
      block = block.outer;
    }
  }

  /**
   * The innermost block of a strand, if it is inside this one. The strand may have left that one
   * meanwhile: what it is in now has nothing to do with it.
   */
  private static @Nullable Group innermost(Strand strand, @Nullable Group upTo) {
    Group innermost = strand.scope;
    for (Group block = innermost; block != upTo; block = block.outer) {
      if (block == null) {
        return null;
      }
    }
    return innermost;
  }

  /**
   * Every strand below this group that can be interrupted: its owner, what the owner has opened
   * inside, its tasks, and what is inside them.
   */
  final void forEachStrand(boolean all, Consumer<? super Strand> visitor) {
    if (all && owner != null && innermost(owner, this) != null) {
      visitor.accept(owner);
      forEachInside(owner, this, visitor);
    }
    forEachHeld(all, visitor);
  }

  private void forEachHeld(boolean all, Consumer<? super Strand> visitor) {
    for (Group inner : holdings.inners()) {
      inner.forEachStrand(all, visitor);
    }
    slots.forEach(task -> {
      if ((all || task.kind() != GroupTask.BACKGROUND) && !task.hasEnded()) {
        visitor.accept(task);
        forEachInside(task, null, visitor);
      }
    });
  }

  /** The same for what is inside one strand, up to a block; itself not included. */
  static void forEachInside(Strand strand, @Nullable Group upTo, Consumer<? super Strand> visitor) {
    Group block = innermost(strand, upTo);
    while (block != null && block != upTo) {
      block.forEachHeld(true, visitor);
      block = block.outer;
    }
  }

  // ---- owning: see Holdings

  @Override
  public TaskGroup inner(String name) {
    return holdings.open(Options.of(name));
  }

  @Override
  public TaskGroup inner(GroupOptions<?> innerOptions) {
    return holdings.open((Options) Objects.requireNonNull(innerOptions, "options"));
  }

  @Override
  public <R extends AutoCloseable> R own(String name, R resource) {
    return holdings.own(name, resource);
  }

  @Override
  public <R> R own(String name, R resource, Closer<? super R> closer) {
    return holdings.own(name, resource, closer);
  }

  @Override
  public <P extends Process> P own(String name, P process) {
    return holdings.own(name, process);
  }

  @Override
  public void onClose(String name, Action action) {
    Objects.requireNonNull(action, "action was null, expected an Action");
    holdings.own(name, action, Action::run);
  }

  @Override
  public <I extends Intake> I intake(String name, I intake) {
    return holdings.intake(name, intake);
  }

  @Override
  public <R> R intake(String name, R intake, Closer<? super R> quiet, Closer<? super R> close) {
    Options.checkName("intake", name);
    GivenIntake<R> given = new GivenIntake<>(intake, quiet, close);
    return holdings.intake(name, given).resource();
  }

  // ---- accounting

  /** What has become of all work below this group. Any thread; exact once nothing moves. */
  final WorkCount workBelow() {
    for (int attempt = 0; ; attempt++) {
      long before = accepted();
      Tally.Pass pass = new Tally.Pass();
      List<Group> below = new ArrayList<>(holdings.inners());
      WorkCount known;
      synchronized (tally) {
        known = tally.sum();
        slots.forEach(task -> {
          pass.count(task, task.word);
          for (Group block = task.scope; block != null; block = block.outer) {
            below.add(block);
          }
        });
      }
      pass.nameLost();
      pass.accepted = before;
      pass.rejected = rejected.get();
      WorkCount sum = known.plus(pass.result());
      for (Group group : below) {
        sum = sum.plus(group.workBelow());
      }
      if (accepted() == before || attempt == 3) {
        return sum;
      }
    }
  }

  @Override
  public String toString() {
    return "TaskGroup " + path();
  }
}
