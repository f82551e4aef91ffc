// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Pending;
import dev.curfew.report.WorkCount;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The group of a service. */
final class Root extends Group implements RootGroup {
  private final Listener listener;

  /** Whether intakes start when they are given; written by the warden. */
  private volatile boolean startsIntakes;

  /** Why nothing more may be put in; written once. */
  private volatile @Nullable CancelReason refusal;

  Root(Options options, Listener listener) {
    super(options, null, null, null, NO_DEADLINE);
    this.listener = Objects.requireNonNull(listener, "listener");
  }

  @Override
  public Task<?> setUp(Action body) {
    return start("set-up", body, GroupTask.SET_UP);
  }

  @Override
  public Pending describe(Task<?> setUp, List<StackTraceElement> now) {
    return Stragglers.describe((GroupTask<?>) setUp, now);
  }

  @Override
  public void startIntakes() throws Exception {
    startsIntakes = true;
    startIntakes(this);
  }

  private static void startIntakes(Group group) throws Exception {
    for (OpenIntake intake : group.holdings.intakes()) {
      intake.start();
    }
    for (Group inner : group.holdings.inners()) {
      startIntakes(inner);
    }
  }

  @Override
  public void retireIntakes() {
    retireIntakes(this);
  }

  private static void retireIntakes(Group group) {
    for (OpenIntake intake : group.holdings.intakes()) {
      intake.retire(group.path() + "/" + intake.name);
    }
    group.holdings.inners().forEach(Root::retireIntakes);
  }

  @Override
  boolean isStopping() {
    return forkSignal().isSet() || !isOpen();
  }

  @Override
  boolean startsIntakes() {
    return startsIntakes;
  }

  @Override
  public void refuse(CancelReason why) {
    refusal = why;
    setWord(REFUSING);
  }

  @Override
  @Nullable CancelReason refusalReason() {
    return refusal;
  }

  @Override
  String refusal() {
    CancelReason why = refusal;
    return why == null ? super.refusal() : "refuses new work: " + why;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // groups have identity, not value
  public boolean holdsCaller() {
    Strand strand = ForeignStrand.known();
    while (strand instanceof GroupTask<?> task) {
      if (task.group.block() == this) {
        return true;
      }
      strand = task.group.joiner();
    }
    return false;
  }

  @Override
  public WorkCount work() {
    return workBelow();
  }

  @Override
  public Census census() {
    Counter counter = new Counter();
    counter.add(this);
    return new Census(
        counter.forks,
        counter.backgrounds,
        counter.intakes,
        counter.resources,
        counter.forked,
        counter.forked || counter.backgrounds > 0 || counter.used || accepted() > 0);
  }

  @Override
  public Account snapshot() {
    List<GroupTask<?>> out = Stragglers.below(List.of(this));
    return new Account(
        work(), Stragglers.describe(out, Map.of()), out.size(), List.of(), List.of());
  }

  private static final class Counter {
    long forks;
    long backgrounds;
    int intakes;
    int resources;
    boolean forked;
    boolean used;

    void add(Group group) {
      long out = group.forksOut();
      forks += out;
      backgrounds += group.backgroundsOut();
      intakes += (int) group.holdings.intakes().stream().filter(OpenIntake::isOpen).count();
      resources += group.holdings.resources().size();
      forked |= out > 0 || group.everForked();
      used |= group.holdings.wasUsed();
      group.holdings.inners().forEach(this::add);
    }
  }

  @Override
  public Optional<CancelReason> cancelReason() {
    return Optional.ofNullable(reason());
  }

  @Override
  void somethingEnded(int kind) {
    // With an intake the end of a fork decides nothing, and there may be very many.
    if (kind != GroupTask.FORK || (forksHome() && holdings.intakes().isEmpty())) {
      listener.changed();
    }
  }

  @Override
  @Nullable Group failed(GroupTask<?> task, Throwable thrown, String what) {
    if (task.kind() != GroupTask.SET_UP) {
      listener.failed(task.path(), thrown);
    }
    return null;
  }

  @Override
  void innerExpired(Group inner, TimeoutException timeout) {
    listener.failed(inner.path(), timeout);
  }
}
