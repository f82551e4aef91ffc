// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A consumer, whatever the database.
 *
 * <p>It knows what it holds: the claims that were returned and not settled. What the database says
 * it runs beyond that was claimed by a statement whose answer was lost. Nobody would work on it,
 * and its lease is renewed with all others, so {@link #beat()} gives it back.
 */
final class SqlConsumer implements JobConsumer {
  /** How long after a look the next one is, if nothing is known to come. */
  private static final long POLL = TimeUnit.SECONDS.toNanos(1);

  /** How many settlements with unknown outcome are remembered. */
  private static final int REMEMBERED = 10_000;

  private final Store store;
  private final Hints hints;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Set by any thread, read by who claims. */
  private volatile boolean quiet;

  /** Who it is in the database. Written by who beats, read by all. */
  private volatile Store.Lessee self;

  /** What was returned and not settled. Guarded by itself. */
  private final Set<Store.Key> held = new HashSet<>();

  /** How many looks for jobs have begun and ended. Guarded by {@link #held}. */
  private long begun;

  private long ended;

  /** What runs without being held, and how many looks had begun then. For who beats. */
  private Map<Store.Key, Long> strays = new HashMap<>();

  /** What may have been done by a settle whose outcome is not known. For who settles. */
  private final Set<Store.Key> perhapsDone = new HashSet<>();

  SqlConsumer(Store store, Hints hints, Store.Lessee self) {
    this.store = store;
    this.hints = hints;
    this.self = self;
  }

  @Override
  public List<Claim> claim(int most, Duration wait) throws InterruptedException {
    if (most < 1) {
      throw new IllegalArgumentException("claim: at most " + most + " jobs; give at least 1");
    }
    long end = System.nanoTime() + Math.min(nanos(wait), Long.MAX_VALUE / 2);
    long pause = TimeUnit.MILLISECONDS.toNanos(2);
    store.watch();
    try {
      while (true) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        long seen = hints.seen();
        if (quiet) {
          return List.of();
        }
        Store.Taken taken = take(most);
        if (!taken.claims().isEmpty()) {
          return taken.claims();
        }
        long left = end - System.nanoTime();
        if (left <= 0) {
          return List.of();
        }
        // What is due and was not taken is locked by somebody for a moment.
        pause = taken.nanosUntilNext() == 0 ? Math.min(pause * 2, POLL / 20) : POLL / 500;
        hints.await(seen, Math.min(left, Math.min(POLL, Math.max(pause, taken.nanosUntilNext()))));
      }
    } finally {
      store.unwatch();
    }
  }

  private Store.Taken take(int most) throws InterruptedException {
    Store.Lessee me = self;
    synchronized (held) {
      begun++;
    }
    Store.Taken taken = new Store.Taken(List.of(), POLL);
    try {
      taken = store.take(me, most);
    } finally {
      synchronized (held) {
        ended++;
        if (me.equals(self)) {
          taken.claims().forEach(claim -> held.add(Store.Key.of(claim)));
        } else {
          // The lease was lost meanwhile: these belong to others.
          taken = new Store.Taken(List.of(), 0);
        }
      }
    }
    return taken;
  }

  @Override
  public List<Settled> settle(List<Settlement> settlements) throws InterruptedException {
    if (settlements.isEmpty()) {
      return List.of();
    }
    boolean known = false;
    Store.Applied applied;
    try {
      applied = store.settle(self, settlements);
      known = true;
    } finally {
      if (!known) {
        for (Settlement settlement : settlements) {
          if (settlement.outcome() instanceof JobOutcome.Done && perhapsDone.size() < REMEMBERED) {
            perhapsDone.add(Store.Key.of(settlement.claim()));
          }
        }
      }
    }
    Set<Store.Key> done = doneBefore(settlements, applied);
    List<Settled> answers = new ArrayList<>(settlements.size());
    Set<Store.Key> answered = new HashSet<>();
    synchronized (held) {
      for (Settlement settlement : settlements) {
        Store.Key key = Store.Key.of(settlement.claim());
        boolean first = answered.add(key);
        answers.add(
            (first && applied.keys().contains(key))
                    || (settlement.outcome() instanceof JobOutcome.Done && done.contains(key))
                ? Settled.APPLIED
                : Settled.STALE);
        held.remove(key);
      }
    }
    answered.forEach(perhapsDone::remove);
    return answers;
  }

  /** Those whose job is gone, while an earlier attempt of ours may have done that. */
  private Set<Store.Key> doneBefore(List<Settlement> settlements, Store.Applied applied)
      throws InterruptedException {
    Set<Store.Key> perhaps = new HashSet<>();
    for (Settlement settlement : settlements) {
      Store.Key key = Store.Key.of(settlement.claim());
      if (settlement.outcome() instanceof JobOutcome.Done
          && !applied.keys().contains(key)
          && (applied.again() || perhapsDone.contains(key))) {
        perhaps.add(key);
      }
    }
    if (!perhaps.isEmpty()) {
      perhapsDone.addAll(perhaps); // Until this has its answer.
      Set<UUID> present = store.present(perhaps.stream().map(Store.Key::id).toList());
      perhaps.removeIf(key -> present.contains(key.id()));
    }
    return perhaps;
  }

  @Override
  public boolean beat() throws InterruptedException {
    if (closed.get()) {
      throw new QueueException(
          "beat: this consumer was closed, and its jobs were given back", false, null);
    }
    Store.Lessee me = self;
    Store.Renewed renewed = store.renew(me);
    if (renewed.given()) {
      hints.give();
    }
    if (!renewed.had()) {
      Store.Lessee next = new Store.Lessee(UUID.randomUUID(), me.name(), me.lease());
      synchronized (held) {
        self = next;
        held.clear();
      }
      strays.clear();
      store.register(next);
      if (closed.get()) {
        store.leave(next);
      }
      hints.give();
      return false;
    }
    giveBackStrays(me, renewed.running());
    return true;
  }

  private void giveBackStrays(Store.Lessee me, Set<Store.Key> running) throws InterruptedException {
    Map<Store.Key, Long> found = new HashMap<>();
    List<Store.Key> lost = new ArrayList<>();
    synchronized (held) {
      for (Store.Key key : running) {
        if (!held.contains(key)) {
          long since = strays.getOrDefault(key, begun);
          found.put(key, since);
          // Looks that had begun when it was found have ended, and none has returned it.
          if (strays.containsKey(key) && ended >= since) {
            lost.add(key);
          }
        }
      }
    }
    strays = found;
    if (!lost.isEmpty()) {
      store.giveBack(me, lost);
      lost.forEach(strays::remove);
      hints.give();
    }
  }

  @Override
  public void quiet() {
    quiet = true;
    hints.give();
  }

  @Override
  public void close() {
    quiet();
    if (closed.compareAndSet(false, true)) {
      store.leave(self);
      synchronized (held) {
        held.clear();
      }
      hints.give();
    }
  }

  @Override
  public Duration lease() {
    return self.lease();
  }

  private static long nanos(Duration wait) {
    try {
      return wait.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE; // Three hundred years.
    }
  }
}
