// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.CancelReason;
import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after cancelled work that does not end: delivers again, with growing pauses, and finds who
 * swallowed the interrupt. No stack is taken before the first delivery, which would cost more than
 * the cancel. What is alive after a first grace is watched, the oldest few and a sample, on a
 * helper's thread, because taking a stack can stall.
 */
@SuppressWarnings("ReferenceEquality") // strands, reasons and groups have identity, not value
final class Finder {
  /** From the end of a cancel to the first look. */
  static final Duration GRACE = Duration.ofMillis(50);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** Stacks that were taken in a shorter one say nothing. */
  private static final Duration SHORTEST_PAUSE = GRACE.dividedBy(2);

  /** What has not ended by then is no cleanup. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** So many of the oldest are watched, and as many of the rest. */
  private static final int WATCHED = 32;

  private static final int MOST_WATCHES = 4 * WATCHED;

  /** After so many looks, half a minute, nobody expects an abandoned task to answer any more. */
  private static final int LOOKS_AT_ABANDONED = 20;

  private static final Map<Strand, Watch> WATCHES = new ConcurrentHashMap<>();

  private Finder() {}

  /** One cancelled strand that did not end. Only looks write it, one after the other. */
  private static final class Watch {
    final long since = Host.current().nanoTime();
    private StackTraceElement[] before = new StackTraceElement[0];
    private volatile @Nullable Verdict verdict;
    private boolean delivered;
    private long lookedAt;

    /** What it was cancelled for. After that, on the same thread, everything is another matter. */
    final @Nullable CancelReason reason;

    Watch(Strand strand) {
      reason = strand.reason();
    }

    void look(Strand strand, Thread thread) {
      long at = Host.current().nanoTime();
      if (delivered && at - lookedAt < SHORTEST_PAUSE.toNanos()) {
        return; // Two cancels above it are looked after: it had no time to answer since.
      }
      lookedAt = at;
      StackTraceElement[] now = thread.getStackTrace();
      if (delivered) {
        boolean patient = Host.current().nanoTime() - since >= PATIENCE.toNanos();
        if (strand.isShielded()) {
          verdict = new Verdict(Pending.State.SHIELDED, null);
        } else if (strand.signalOnly()) {
          verdict = Verdict.ofUninterrupted(strand.path(), now);
        } else if (!strand.wasDelivered()) {
          // Its interrupt is still on its way, behind a hook for one.
          verdict = new Verdict(Pending.State.CANCELLED, null);
        } else {
          verdict =
              Verdict.of(
                  strand.path(), thread.isInterrupted(), thread.getState(), before, now, patient);
        }
      }
      before = now;
      delivered = true;
    }
  }

  /** A group was cancelled. Any thread. */
  static void watch(Group group) {
    Timers.add(new Look(visitor -> group.forEachStrand(true, visitor), GRACE, 1));
  }

  /** A task was cancelled by itself. Any thread. */
  static void watch(GroupTask<?> task) {
    Timers.add(
        new Look(
            visitor -> {
              if (!task.hasEnded()) {
                visitor.accept(task);
                Group.forEachInside(task, null, visitor);
              }
            },
            GRACE,
            1));
  }

  /** What was found about a strand, if it is watched. Any thread. */
  static @Nullable Verdict verdict(Strand strand) {
    if (WATCHES.isEmpty()) {
      return null; // As nearly always; a look-up would compute an identity hash for each task.
    }
    Watch watch = WATCHES.get(strand);
    return watch == null || isOver(strand) || watch.reason != strand.reason()
        ? null
        : watch.verdict;
  }

  /** Whether a strand has answered: it has ended, or left the block that was cancelled. */
  private static boolean isOver(Strand strand) {
    return (strand.word & Strand.DELIVERY) == Strand.GONE || strand.reason() == null;
  }

  private static boolean isAbandoned(Strand strand) {
    return (strand.word & GroupTask.ABANDONED) != 0;
  }

  /** A strand has left a cancelled block. Its own thread. */
  static void forget(Strand strand) {
    WATCHES.remove(strand);
  }

  /** What was found about those that are still out and that somebody waits for. Any thread. */
  static List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    for (Strand strand : WATCHES.keySet()) {
      Finding finding = finding(strand);
      if (finding != null && !isAbandoned(strand)) {
        findings.add(finding);
      }
    }
    return findings;
  }

  static @Nullable Finding finding(Strand strand) {
    Verdict verdict = verdict(strand);
    return verdict == null ? null : verdict.finding();
  }

  /** One look at everything below a cancel; schedules the next while something is alive. */
  private static final class Look extends Timers.Timer {
    private final Consumer<Consumer<? super Strand>> strands;
    private final Duration pause;
    private final int round;

    Look(Consumer<Consumer<? super Strand>> strands, Duration pause, int round) {
      super(Deadline.in(pause));
      this.strands = strands;
      this.pause = pause;
      this.round = round;
    }

    @Override
    void fire() {
      List<Strand> alive = new ArrayList<>();
      strands.accept(strand -> {
        if (!isOver(strand) && (round < LOOKS_AT_ABANDONED || !isAbandoned(strand))) {
          alive.add(strand);
        }
      });
      WATCHES.keySet().removeIf(Finder::isOver);
      if (alive.isEmpty()) {
        return;
      }
      List<Strand> hooked = new ArrayList<>(0);
      int step = Math.max(1, (alive.size() - WATCHED) / WATCHED);
      for (int i = 0; i < alive.size(); i++) {
        Strand strand = alive.get(i);
        if (i < WATCHED || i % step == 0 || WATCHES.containsKey(strand)) {
          look(strand);
        }
        // At the first look most are about to end; only those that are watched hear it twice.
        if (i < WATCHED || !pause.equals(GRACE)) {
          if (pause.compareTo(PATIENCE) < 0 && Hook.anyDue(strand)) {
            hooked.add(strand); // The hook first, as long as there is hope that it is run at all.
          } else {
            strand.deliver(true);
          }
        }
      }
      Delivery.afterHooks(hooked);
      Duration next = pause.multipliedBy(2);
      Timers.add(
          new Look(strands, next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next, round + 1));
    }

    private static void look(Strand strand) {
      Thread thread = strand.thread;
      Watch watch = WATCHES.get(strand);
      if (watch == null || watch.reason != strand.reason()) {
        if (WATCHES.size() >= MOST_WATCHES) {
          WATCHES.keySet().removeIf(Finder::isAbandoned); // They are in the findings by now.
        }
        if (watch == null && WATCHES.size() >= MOST_WATCHES) {
          return;
        }
        watch = new Watch(strand);
        WATCHES.put(strand, watch);
      }
      if (thread != null) {
        watch.look(strand, thread);
      }
    }
  }
}
