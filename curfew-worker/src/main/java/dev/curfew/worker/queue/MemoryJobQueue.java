// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue in memory: nothing of it outlives a {@code kill -9}. What is left in it when it
 * is closed is written to its spill file, and taken up again by the next queue of that file;
 * without one the close fails and names the jobs that are lost, so the report of a stop does.
 *
 * <p>A put to a full queue throws a passing {@link QueueException}: whoever has more to put than is
 * done should be told, not made to wait.
 */
public final class MemoryJobQueue implements JobQueue, Managed {
  private static final int CRASHES = 3;
  private static final int NAMED = 5;

  private static final Comparator<Entry> BY_DUE =
      Comparator.<Entry>comparingLong(entry -> entry.due).thenComparing(entry -> entry.job.id());
  private static final Comparator<Entry> BY_PRIORITY =
      Comparator.<Entry>comparingInt(entry -> entry.job.priority())
          .reversed()
          .thenComparing(BY_DUE);

  /** A job and where it stands. Guarded by the queue's lock. */
  static final class Entry {
    final NewJob job;
    final Instant putAt;
    JobState state = JobState.WAITING;

    /** When it is due; a running one: when it was claimed. Of the host's clock. */
    long due;

    long token;
    int attempts;
    int interruptions;
    int crashes;
    @Nullable String lastError;
    @Nullable Seat holder;

    Entry(NewJob job, Instant putAt, long due) {
      this.job = job;
      this.putAt = putAt;
      this.due = due;
    }
  }

  private final int capacity;
  private final @Nullable Spill spill;

  private final ReentrantLock lock = new ReentrantLock();

  /** Something may be due, or a consumer is quiet. */
  private final Condition changed = lock.newCondition();

  // All below is guarded by the lock.
  private final Map<UUID, Entry> all = new HashMap<>();
  private final Map<String, Entry> byKey = new HashMap<>();
  private final PriorityQueue<Entry> due = new PriorityQueue<>(BY_PRIORITY);
  private final PriorityQueue<Entry> later = new PriorityQueue<>(BY_DUE);
  private final Set<Seat> seats = new HashSet<>();
  private boolean closed;

  private MemoryJobQueue(int capacity, @Nullable Spill spill) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "MemoryJobQueue: the capacity is " + capacity + "; give at least 1");
    }
    this.capacity = capacity;
    this.spill = spill;
    if (spill != null) {
      spill.read().forEach(this::enter);
    }
  }

  /**
   * A queue that loses, and names, what is in it when it is closed.
   *
   * @param capacity how many jobs it holds at most, dead letters included
   * @return a queue
   * @throws IllegalArgumentException if the capacity is less than 1
   */
  public static MemoryJobQueue of(int capacity) {
    return new MemoryJobQueue(capacity, null);
  }

  /**
   * A queue that writes what is in it to a file when it is closed, and begins with what the file
   * has. The file stays until the queue is closed, so a process that crashes does again what it had
   * found there.
   *
   * @param capacity how many jobs it holds at most, dead letters included; what the file has is
   *     taken in any case
   * @param spillFile need not exist; its folder must
   * @return a queue
   * @throws IllegalArgumentException if the capacity is less than 1
   * @throws QueueException if the file can't be read, or is no spill file
   */
  public static MemoryJobQueue of(int capacity, Path spillFile) {
    return new MemoryJobQueue(capacity, new Spill(spillFile));
  }

  // ---- putting

  @Override
  public List<Put> putAll(List<NewJob> jobs) throws InterruptedException {
    jobs.forEach(job -> Objects.requireNonNull(job, "a job was null, expected what to do"));
    lock.lockInterruptibly();
    try {
      checkOpen();
      List<Put> puts = new ArrayList<>(jobs.size());
      List<Entry> added = new ArrayList<>(jobs.size());
      for (NewJob job : jobs) {
        Entry known = known(job);
        if (known == null) {
          long now = now();
          Entry entry = new Entry(job, Host.current().wallTime(), now + nanos(job.delay()));
          all.put(job.id(), entry);
          keep(entry);
          added.add(entry);
        }
        puts.add(new Put(known == null ? job.id() : known.job.id(), known == null));
      }
      if (all.size() > capacity) {
        added.forEach(this::forget);
        throw new QueueException(
            "the queue is full: "
                + all.size()
                + " jobs, and it holds "
                + capacity
                + "; put it later, or have more workers",
            true,
            null);
      }
      added.forEach(this::await);
      changed.signalAll();
      return puts;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Entry known(NewJob job) {
    Entry known = all.get(job.id());
    return known == null && job.uniqueKey() != null ? byKey.get(job.uniqueKey()) : known;
  }

  private void enter(Entry entry) {
    all.put(entry.job.id(), entry);
    if (entry.state == JobState.WAITING) {
      keep(entry);
      await(entry);
    }
  }

  private void keep(Entry entry) {
    if (entry.job.uniqueKey() != null) {
      byKey.put(entry.job.uniqueKey(), entry);
    }
  }

  private void await(Entry entry) {
    (entry.due - now() > 0 ? later : due).add(entry);
  }

  private void forget(Entry entry) {
    all.remove(entry.job.id());
    release(entry);
  }

  /** It waits and runs no more. */
  private void release(Entry entry) {
    if (entry.job.uniqueKey() != null) {
      byKey.remove(entry.job.uniqueKey(), entry);
    }
    if (entry.state == JobState.WAITING) {
      due.remove(entry); // Both look at all of them: not for a job that was running.
      later.remove(entry);
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new QueueException("the queue is closed: it takes nothing more", false, null);
    }
  }

  // ---- taking

  @Override
  public JobConsumer consume(String name, Duration lease) throws InterruptedException {
    Objects.requireNonNull(name, "name was null, expected who takes the jobs");
    if (lease.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "the lease is " + lease + "; give at least 1 s, and several times what a pause may take");
    }
    lock.lockInterruptibly();
    try {
      checkOpen();
      Seat seat = new Seat(name, lease);
      seats.add(seat);
      return seat;
    } finally {
      lock.unlock();
    }
  }

  /** A consumer. Its fields are guarded by the queue's lock. */
  final class Seat implements JobConsumer {
    private final String name;
    private final Duration lease;
    private Deadline until;
    private boolean lost;
    private boolean quiet;
    private boolean left;

    Seat(String name, Duration lease) {
      this.name = name;
      this.lease = lease;
      until = Deadline.in(lease);
    }

    @Override
    public Duration lease() {
      return lease;
    }

    @Override
    public List<Claim> claim(int most, Duration wait) throws InterruptedException {
      if (most < 1) {
        throw new IllegalArgumentException("claim at most " + most + " jobs; give at least 1");
      }
      Deadline limit = Deadline.in(wait);
      lock.lockInterruptibly();
      try {
        for (; ; ) {
          checkOpen();
          rescue();
          if (quiet || left || lost) {
            return List.of();
          }
          ripen();
          if (!due.isEmpty()) {
            return take(most);
          }
          long nanos = limit.remainingNanos();
          if (nanos == 0) {
            return List.of();
          }
          Entry next = later.peek();
          long untilDue = next == null ? Long.MAX_VALUE : Math.max(1, next.due - now());
          long unused = changed.awaitNanos(Math.min(nanos, untilDue));
        }
      } finally {
        lock.unlock();
      }
    }

    private List<Claim> take(int most) {
      List<Claim> claims = new ArrayList<>();
      for (Entry entry = due.poll(); entry != null; entry = due.poll()) {
        entry.state = JobState.RUNNING;
        entry.due = now();
        entry.holder = this;
        entry.token++;
        entry.attempts++;
        claims.add(
            new Claim(
                entry.job.id(),
                entry.token,
                entry.job.payload(),
                entry.attempts,
                entry.interruptions,
                entry.crashes,
                entry.job.priority(),
                entry.putAt));
        if (claims.size() == most) {
          break;
        }
      }
      return claims;
    }

    @Override
    public List<Settled> settle(List<Settlement> settlements) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        checkOpen();
        return settlements.stream().map(this::settle).toList();
      } finally {
        changed.signalAll();
        lock.unlock();
      }
    }

    private Settled settle(Settlement settlement) {
      Entry entry = all.get(settlement.claim().id());
      if (entry == null || entry.holder != this || entry.token != settlement.claim().token()) {
        return Settled.STALE;
      }
      switch (settlement.outcome()) {
        case JobOutcome.Done() -> forget(entry);
        case JobOutcome.GiveBack(boolean begun, Duration delay) -> {
          entry.attempts--;
          entry.interruptions += begun ? 1 : 0;
          back(entry, delay);
        }
        case JobOutcome.RetryAfter(Duration delay, boolean spent, String why) -> {
          entry.attempts -= spent ? 0 : 1;
          entry.lastError = why;
          back(entry, delay);
        }
        case JobOutcome.Dead(String why) -> bury(entry, why);
      }
      return Settled.APPLIED;
    }

    @Override
    public boolean beat() throws InterruptedException {
      lock.lockInterruptibly();
      try {
        checkOpen();
        rescue();
        boolean had = !lost;
        lost = false;
        until = Deadline.in(lease);
        if (!left) {
          seats.add(this);
        }
        return had;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void quiet() {
      lock.lock();
      try {
        quiet = true;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        left = true;
        seats.remove(this);
        for (Entry entry : List.copyOf(all.values())) {
          if (entry.holder == this) {
            entry.attempts--;
            back(entry, Duration.ZERO);
          }
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void back(Entry entry, Duration delay) {
    entry.state = JobState.WAITING;
    entry.holder = null;
    entry.due = now() + nanos(delay);
    await(entry);
  }

  private void bury(Entry entry, String why) {
    entry.state = JobState.DEAD;
    entry.holder = null;
    entry.due = now();
    entry.lastError = why;
    release(entry);
  }

  /** What has become due. */
  private void ripen() {
    long now = now();
    for (Entry entry = later.peek(); entry != null && entry.due - now <= 0; entry = later.peek()) {
      later.remove();
      due.add(entry);
    }
  }

  /** Takes back the jobs of those whose lease has passed. */
  private void rescue() {
    for (Seat seat : List.copyOf(seats)) {
      if (!seat.until.hasPassed()) {
        continue;
      }
      seat.lost = true;
      seats.remove(seat);
      for (Entry entry : List.copyOf(all.values())) {
        if (entry.holder == seat) {
          entry.crashes++;
          if (entry.crashes >= CRASHES) {
            bury(entry, "its worker's lease passed " + CRASHES + " times while it ran");
          } else {
            back(entry, Duration.ZERO);
          }
        }
      }
      changed.signalAll();
    }
  }

  private static long now() {
    return Host.current().nanoTime();
  }

  private static long nanos(Duration delay) {
    // A century is less than half of what fits in a long.
    return delay.compareTo(Duration.ofDays(36_500)) > 0
        ? Duration.ofDays(36_500).toNanos()
        : delay.toNanos();
  }

  // ---- operating

  @Override
  public QueueStats stats() {
    lock.lock();
    try {
      ripen();
      long running = all.values().stream().filter(e -> e.state == JobState.RUNNING).count();
      long dead = all.values().stream().filter(e -> e.state == JobState.DEAD).count();
      long oldest = due.stream().mapToLong(entry -> now() - entry.due).max().orElse(0);
      return new QueueStats(
          due.size(), later.size(), running, dead, Duration.ofNanos(oldest), seats.size());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<JobView> list(JobState state, int most) {
    Objects.requireNonNull(state, "state was null, expected one");
    lock.lock();
    try {
      return all.values().stream()
          .filter(entry -> entry.state == state)
          .sorted(BY_DUE)
          .limit(most)
          .map(MemoryJobQueue::view)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<JobView> find(UUID id) {
    lock.lock();
    try {
      return Optional.ofNullable(all.get(id)).map(MemoryJobQueue::view);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<UUID> requeue(Collection<UUID> ids) {
    lock.lock();
    try {
      checkOpen();
      List<UUID> requeued = new ArrayList<>();
      for (UUID id : ids) {
        Entry entry = all.get(id);
        if (entry == null || entry.state == JobState.RUNNING) {
          continue;
        }
        String key = entry.job.uniqueKey();
        Entry other = key == null ? null : byKey.get(key);
        if (other != null && other != entry) {
          continue;
        }
        release(entry);
        entry.attempts = 0;
        entry.crashes = 0;
        keep(entry);
        back(entry, Duration.ZERO);
        requeued.add(id);
      }
      changed.signalAll();
      return requeued;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<UUID> drop(Collection<UUID> ids) {
    lock.lock();
    try {
      checkOpen();
      List<UUID> dropped = new ArrayList<>();
      for (UUID id : ids) {
        Entry entry = all.get(id);
        if (entry != null && entry.state != JobState.RUNNING) {
          forget(entry);
          dropped.add(id);
        }
      }
      return dropped;
    } finally {
      lock.unlock();
    }
  }

  private static JobView view(Entry entry) {
    Instant due = Host.current().wallTime().plusNanos(entry.due - now());
    return new JobView(
        entry.job.id(),
        "memory",
        entry.state,
        entry.job.payload(),
        entry.job.priority(),
        entry.job.uniqueKey(),
        entry.putAt,
        due,
        entry.attempts,
        entry.interruptions,
        entry.crashes,
        entry.holder == null ? null : entry.holder.name,
        entry.lastError);
  }

  // ---- closing

  @Override
  public void close(Deadline limit) {
    close();
  }

  /**
   * Writes what is left to the spill file.
   *
   * @throws QueueException if jobs are left and there is no such file, or it can't be written; they
   *     are lost, and named
   */
  @Override
  public void close() {
    List<Entry> left;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      changed.signalAll();
      left = all.values().stream().sorted(BY_DUE).toList();
    } finally {
      lock.unlock();
    }
    if (spill != null) {
      spill.write(left);
    } else if (!left.isEmpty()) {
      throw new QueueException(
          left.size()
              + " jobs were not done and are lost with this queue in memory: "
              + named(left)
              + "; give it a spill file, or use a durable queue",
          false,
          null);
    }
  }

  static String named(List<Entry> entries) {
    StringBuilder names = new StringBuilder();
    for (Entry entry : entries.subList(0, Math.min(NAMED, entries.size()))) {
      names.append(names.isEmpty() ? "" : ", ").append(entry.job.id());
      names.append(entry.state == JobState.DEAD ? " (dead)" : "");
    }
    return entries.size() > NAMED
        ? names + " and " + (entries.size() - NAMED) + " more"
        : names + "";
  }
}
