// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Frames;
import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What a group has besides tasks: inner groups, resources, intakes. Rare, so a lock guards it; it
 * is never held across foreign code.
 *
 * <p>Once {@link #seal} has found everything home, nothing is added any more: whoever comes later
 * is rejected, so no resource slips between the check and the close.
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
final class Holdings {
  /** How long a resource that comes too late may take to close again. */
  private static final Duration LATE_CLOSE = Duration.ofSeconds(5);

  private final Group group;

  /** Replaced as a whole under the lock; read by any thread. */
  private volatile List<Group> inners = List.of();

  private volatile List<OpenIntake> intakes = List.of();

  /** Newest first. Guarded by this. */
  private @Nullable ArrayDeque<Owned> resources;

  /** What was last taken from them, to be closed. Guarded by this. */
  private @Nullable Owned closing;

  /** Guarded by this. */
  private boolean sealed;

  /** Whether anything was ever put in. */
  private volatile boolean used;

  Holdings(Group group) {
    this.group = group;
  }

  List<Group> inners() {
    return inners;
  }

  List<OpenIntake> intakes() {
    return intakes;
  }

  /** Whether this inner group belongs to an intake that is not home. The driver. */
  boolean servesIntake(Group inner) {
    for (OpenIntake intake : intakes) {
      if (intake.requests == inner) {
        return !intake.isHome();
      }
    }
    return false;
  }

  /** Whether no inner group and no intake is open. */
  boolean isQuiet() {
    return inners.isEmpty() && intakes.isEmpty();
  }

  boolean wasUsed() {
    return used;
  }

  /** Opens an inner group. Any thread. */
  Group open(Options options) {
    Deadline own = options.deadlineNow();
    long limit = Block.effective(own, group.deadline);
    Group inner = new Group(options, null, null, group, limit);
    GroupTask<?> holder = holder();
    if (holder != null) {
      inner.holder = holder;
      holder.mark(GroupTask.OPENED, true);
    }
    Host.step();
    add(inner);
    if (limit != group.deadline) {
      inner.expiry = Block.expireAt(inner, own);
    }
    return inner;
  }

  /**
   * The task, of this group or of one that it is part of, in which this is called; null if it is
   * called elsewhere, or in a set-up.
   */
  private @Nullable GroupTask<?> holder() {
    Strand strand = ForeignStrand.known();
    while (strand instanceof GroupTask<?> task && task.kind() != GroupTask.SET_UP) {
      for (Group above = group; above != null; above = above.parent) {
        if (task.group == above) {
          return task;
        }
      }
      strand = task.group.joiner();
    }
    return null;
  }

  private void add(Group inner) {
    synchronized (this) {
      if (sealed || !group.isOpen()) {
        throw group.rejection("open inner group " + inner.options.name());
      }
      used = true;
      Host.step();
      List<Group> more = new ArrayList<>(inners);
      more.add(inner);
      inners = List.copyOf(more);
    }
    Host.step();
    // Who began to drive the group, or cancelled it, and did not find it in the list, has written
    // that down before.
    inner.driver = group.driver;
    group.passCancelOn(inner);
    if (group.forkSignal().isSet()) {
      inner.askForks(group.forkSignal().deadline());
    }
  }

  /** An inner group has ended; its account goes to its parent. The driver. */
  void ended(Group inner) {
    synchronized (this) {
      List<Group> fewer = new ArrayList<>(inners);
      if (!fewer.remove(inner)) {
        return;
      }
      inners = List.copyOf(fewer);
    }
    inner.joinedAll();
    inner.close();
    Timers.Timer expiry = inner.expiry;
    if (expiry != null) {
      Timers.remove(expiry);
    }
    group.tally.add(inner.workBelow());
  }

  /** Adapted by its run-time type. */
  <R> R own(String name, R resource) {
    Options.checkName("resource", name);
    Objects.requireNonNull(resource, "resource was null, expected something to close");
    if (resource instanceof Intake) {
      throw new IllegalArgumentException(
          name
              + " is an intake: own() would never start it, nor make it quiet; use intake(\""
              + name
              + "\", …), which owns it, too");
    }
    add(name, Managed.of(resource));
    return resource;
  }

  <R> R own(String name, R resource, Closer<? super R> closer) {
    Options.checkName("resource", name);
    Objects.requireNonNull(resource, "resource was null, expected something to close");
    Objects.requireNonNull(closer, "closer was null, expected how to close the resource");
    add(name, Managed.of(resource, closer));
    return resource;
  }

  private void add(String name, Managed managed) {
    Owned owned = new Owned(group, name, managed, Frames.here());
    RejectedExecutionException rejection;
    synchronized (this) {
      if (!sealed && group.isOpen()) {
        used = true;
        if (resources == null) {
          resources = new ArrayDeque<>();
        }
        resources.push(owned);
        return;
      }
      rejection = group.rejection("own " + name);
    }
    Errand errand =
        Errand.start(
            "close " + owned.path(),
            () -> managed.close(Deadline.in(LATE_CLOSE)),
            Deadline.in(LATE_CLOSE));
    errand.await();
    Throwable failure = errand.failure();
    if (failure != null) {
      rejection.addSuppressed(failure);
    } else if (errand.wasLeft()) {
      rejection.addSuppressed(
          new Failures.Abandoned(owned.path(), "did not close in time", errand.stack()));
    }
    throw rejection;
  }

  <I extends Intake> I intake(String name, I intake) {
    Options.checkName("intake", name);
    Objects.requireNonNull(intake, "intake was null, expected an Intake");
    if (intake instanceof Managed || intake instanceof AutoCloseable) {
      add(name, Managed.of(intake));
    }
    Group requests = intake instanceof GroupIntake ? open(Options.of(name).isolated()) : null;
    OpenIntake open = new OpenIntake(name, intake, requests, null);
    if (!add(open)) {
      throw group.rejection("open intake " + name);
    }
    if (group.startsIntakes()) {
      try {
        open.start();
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(
            "Intake " + group.path() + "/" + Options.printable(name) + " could not start: " + e, e);
      }
    }
    return intake;
  }

  /** A background task that is an intake itself: it was started as a task. */
  void noteIntake(String name, Intake intake, Task<?> task) {
    // If the group has closed, the task has ended.
    boolean unused = add(new OpenIntake(name, intake, null, task));
  }

  private synchronized boolean add(OpenIntake open) {
    if (sealed) {
      return false;
    }
    used = true;
    List<OpenIntake> more = new ArrayList<>(intakes);
    more.add(open);
    intakes = List.copyOf(more);
    return true;
  }

  /** Nothing is added any more, if everything is home. The driver. */
  boolean seal() {
    synchronized (this) {
      // One step with the close: were it sealed a moment earlier, a task that was accepted in
      // between would meet a group that is open and takes nothing.
      sealed = inners.isEmpty() && group.closeIfHome();
      return sealed;
    }
  }

  /** The next resource to close: the newest. The driver, after sealing. */
  synchronized @Nullable Owned next() {
    Owned next = resources == null ? null : resources.poll();
    closing = next;
    return next;
  }

  /** The one whose close is under way, if there is one. Any thread. */
  synchronized @Nullable Owned closing() {
    return closing;
  }

  /** The open ones, newest first. Any thread. */
  synchronized List<Owned> resources() {
    return resources == null ? List.of() : List.copyOf(resources);
  }

  /** Ends what resources have in flight, on helpers: it is user code. Any thread. */
  void cancelResources() {
    resources().forEach(Owned::cancel);
  }
}
