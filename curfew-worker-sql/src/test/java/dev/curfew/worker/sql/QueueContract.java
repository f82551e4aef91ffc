// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.JobQueue;
import dev.curfew.worker.queue.JobState;
import dev.curfew.worker.queue.JobView;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Put;
import dev.curfew.worker.queue.QueueException;
import dev.curfew.worker.queue.Settled;
import dev.curfew.worker.queue.Settlement;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every durable queue promises. Each test has a database of its own. */
@Timeout(value = 120, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class QueueContract {
  static final Duration LEASE = Duration.ofSeconds(20);
  static final Duration SHORT = Duration.ofSeconds(1);
  static final Duration SOON = Duration.ofSeconds(10);
  static final JobOutcome DONE = new JobOutcome.Done();

  private final List<AutoCloseable> opened = new ArrayList<>();

  /** Opens the test's database once more, as another process would. */
  abstract SqlJobQueue connect(SqlQueueOptions options);

  /** A connection of somebody else to the test's database, in a transaction. */
  abstract Connection stranger() throws Exception;

  /** A connection in auto-commit. */
  Connection admin() throws Exception {
    Connection connection = stranger();
    connection.setAutoCommit(true);
    return connection;
  }

  final SqlJobQueue open() {
    return open(SqlQueueOptions.defaults());
  }

  final SqlJobQueue open(SqlQueueOptions options) {
    return closing(connect(options));
  }

  final <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  static JobConsumer consumer(JobQueue queue) throws InterruptedException {
    return queue.consume("test", LEASE);
  }

  static Claim claimOne(JobConsumer consumer) throws InterruptedException {
    List<Claim> claims = consumer.claim(1, SOON);
    assertThat(claims).hasSize(1);
    return claims.getFirst();
  }

  static Settled settle(JobConsumer consumer, Claim claim, JobOutcome outcome)
      throws InterruptedException {
    return consumer.settle(List.of(new Settlement(claim, outcome))).getFirst();
  }

  static JobOutcome giveBack(boolean begun) {
    return new JobOutcome.GiveBack(begun, Duration.ZERO);
  }

  static JobOutcome retry(Duration delay, boolean spent, String why) {
    return new JobOutcome.RetryAfter(delay, spent, why);
  }

  static String text(Claim claim) {
    return new String(claim.payload(), StandardCharsets.UTF_8);
  }

  static List<String> texts(List<Claim> claims) {
    return claims.stream().map(QueueContract::text).toList();
  }

  static JobView view(JobQueue queue, UUID id) {
    return queue.find(id).orElseThrow();
  }

  /** A condition that may throw. */
  interface Condition {
    boolean holds() throws Exception;
  }

  static void await(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + SECONDS.toNanos(30);
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited 30 s for: " + what);
      }
      Thread.onSpinWait();
      Thread.sleep(5);
    }
  }

  /** Lets the lease of a consumer pass, by the database's clock. */
  static void awaitPassed(SqlJobQueue queue) throws Exception {
    await("the lease to pass", () -> queue.stats().workers() == 0);
  }

  @Test
  void whatIsPutIsClaimedOnceAndGoneWhenDone() throws Exception {
    SqlJobQueue queue = open();
    Put put = queue.put(NewJob.of("hello").withPriority(3));
    assertThat(put.added()).isTrue();
    JobConsumer consumer = closing(consumer(queue));
    Claim claim = claimOne(consumer);
    assertThat(claim.id()).isEqualTo(put.id());
    assertThat(text(claim)).isEqualTo("hello");
    assertThat(claim.attempt()).isEqualTo(1);
    assertThat(claim.priority()).isEqualTo(3);
    assertThat(claim.interruptions()).isZero();
    assertThat(claim.crashes()).isZero();
    assertThat(consumer.claim(5, Duration.ZERO)).isEmpty();
    JobView running = view(queue, put.id());
    assertThat(running.state()).isEqualTo(JobState.RUNNING);
    assertThat(running.worker()).startsWith("test (host ").contains("pid");
    assertThat(running.queue()).isEqualTo("jobs");
    assertThat(settle(consumer, claim, DONE)).isEqualTo(Settled.APPLIED);
    assertThat(queue.find(put.id())).isEmpty();
    assertThat(settle(consumer, claim, DONE)).isEqualTo(Settled.STALE);
  }

  @Test
  void aPutIsThereForAnotherThatOpensTheQueue() throws Exception {
    SqlJobQueue one = open();
    UUID id = one.put(NewJob.of("kept")).id();
    one.close();
    assertThat(new String(view(open(), id).payload(), StandardCharsets.UTF_8)).isEqualTo("kept");
  }

  @Test
  void payloadsOfAnyBytesComeBackAsTheyWere() throws Exception {
    SqlJobQueue queue = open();
    byte[] all = new byte[70_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    queue.putAll(List.of(NewJob.of(new byte[0]), NewJob.of(all)));
    JobConsumer consumer = closing(consumer(queue));
    List<Claim> claims = consumer.claim(2, SOON);
    assertThat(claims.get(0).payload()).isEmpty();
    assertThat(claims.get(1).payload()).isEqualTo(all);
  }

  @Test
  void theHighestPriorityComesFirstAndThenWhatIsDueLongest() throws Exception {
    SqlJobQueue queue = open();
    queue.put(NewJob.of("first"));
    queue.put(NewJob.of("second"));
    queue.put(NewJob.of("low").withPriority(-1));
    queue.putAll(List.of(NewJob.of("high a").withPriority(7), NewJob.of("high b").withPriority(7)));
    JobConsumer consumer = closing(consumer(queue));
    assertThat(texts(consumer.claim(2, SOON))).containsExactly("high a", "high b");
    assertThat(texts(consumer.claim(9, SOON))).containsExactly("first", "second", "low");
  }

  @Test
  void aDelayedJobIsClaimedWhenItIsDueAndByItsPriorityThen() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = closing(consumer(queue));
    UUID later = queue.put(NewJob.of("later").in(Duration.ofMillis(300)).withPriority(9)).id();
    queue.put(NewJob.of("never").in(Duration.ofDays(36_500)).withPriority(10));
    queue.put(NewJob.of("now"));
    assertThat(queue.stats().later()).isPositive();
    assertThat(view(queue, later).due()).isAfter(view(queue, later).putAt());
    assertThat(texts(consumer.claim(1, SOON))).containsExactly("now");
    assertThat(texts(consumer.claim(1, SOON))).containsExactly("later");
    assertThat(consumer.claim(1, Duration.ZERO)).isEmpty();
    assertThat(queue.stats().later()).isEqualTo(1);
  }

  @Test
  void aClaimThatWaitsGetsWhatIsPutHereOrElsewhere() throws Exception {
    SqlJobQueue here = open();
    SqlJobQueue elsewhere = open();
    JobConsumer consumer = closing(consumer(here));
    for (SqlJobQueue queue : List.of(here, elsewhere)) {
      CompletableFuture<List<Claim>> claims = new CompletableFuture<>();
      Thread thread = start(() -> claims.complete(consumer.claim(5, Duration.ofSeconds(60))));
      await("the claim to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
      queue.put(NewJob.of("news"));
      assertThat(texts(claims.get(30, SECONDS))).containsExactly("news");
    }
  }

  @Test
  void theSameIdIsPutOnce() throws Exception {
    SqlJobQueue queue = open();
    NewJob job = NewJob.of("once");
    assertThat(queue.put(job)).isEqualTo(new Put(job.id(), true));
    assertThat(queue.put(job)).isEqualTo(new Put(job.id(), false));
    assertThat(queue.putAll(List.of(NewJob.of("a"), job, NewJob.of("b"))))
        .extracting(Put::added)
        .containsExactly(true, false, true);
    assertThat(queue.stats().due()).isEqualTo(3);
  }

  @Test
  void aUniqueKeyIsHeldWhileItsJobWaitsOrRuns() throws Exception {
    SqlJobQueue queue = open();
    NewJob first = NewJob.of("1").withUniqueKey("k");
    assertThat(queue.put(first).added()).isTrue();
    assertThat(queue.put(NewJob.of("2").withUniqueKey("k"))).isEqualTo(new Put(first.id(), false));
    JobConsumer consumer = closing(consumer(queue));
    Claim claim = claimOne(consumer);
    assertThat(queue.put(NewJob.of("3").withUniqueKey("k"))).isEqualTo(new Put(first.id(), false));
    settle(consumer, claim, retry(Duration.ofDays(1), true, "later"));
    assertThat(queue.put(NewJob.of("4").withUniqueKey("k"))).isEqualTo(new Put(first.id(), false));
    queue.requeue(List.of(first.id()));
    settle(consumer, claimOne(consumer), new JobOutcome.Dead("no"));
    NewJob second = NewJob.of("5").withUniqueKey("k");
    assertThat(queue.put(second).added()).isTrue();
    // The dead one's key is taken now.
    assertThat(queue.requeue(List.of(first.id()))).isEmpty();
    assertThat(view(queue, first.id()).state()).isEqualTo(JobState.DEAD);
    settle(consumer, claimOne(consumer), DONE);
    assertThat(queue.requeue(List.of(first.id()))).containsExactly(first.id());
    SqlJobQueue other = open(SqlQueueOptions.defaults().withQueue("other"));
    assertThat(other.put(NewJob.of("6").withUniqueKey("k")).added()).isTrue();
  }

  @Test
  void aBatchWithOneUniqueKeyTwiceAddsItOnce() throws Exception {
    SqlJobQueue queue = open();
    NewJob b = NewJob.of("1").withUniqueKey("b");
    NewJob a = NewJob.of("2").withUniqueKey("a");
    NewJob plain = NewJob.of("3");
    List<Put> puts = queue.putAll(List.of(b, a, plain, NewJob.of("4").withUniqueKey("b"), plain));
    assertThat(puts)
        .containsExactly(
            new Put(b.id(), true),
            new Put(a.id(), true),
            new Put(plain.id(), true),
            new Put(b.id(), false),
            new Put(plain.id(), false));
    assertThat(queue.stats().due()).isEqualTo(3);
  }

  @Test
  void ofTwoDeadJobsWithOneKeyOneIsRequeued() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = closing(consumer(queue));
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ids.add(queue.put(NewJob.of("x").withUniqueKey("k")).id());
      settle(consumer, claimOne(consumer), new JobOutcome.Dead("no"));
    }
    assertThat(queue.requeue(ids)).hasSize(1);
    assertThat(queue.stats().due()).isEqualTo(1);
    assertThat(queue.stats().dead()).isEqualTo(1);
  }

  @Test
  void givingBackSpendsNoAttempt() throws Exception {
    SqlJobQueue queue = open();
    UUID id = queue.put(NewJob.of("a")).id();
    queue.put(NewJob.of("b"));
    JobConsumer consumer = closing(consumer(queue));
    Claim first = claimOne(consumer);
    assertThat(settle(consumer, first, giveBack(false))).isEqualTo(Settled.APPLIED);
    // It keeps its place before the one that was put later.
    Claim second = claimOne(consumer);
    assertThat(second.id()).isEqualTo(id);
    assertThat(second.token()).isGreaterThan(first.token());
    assertThat(second.attempt()).isEqualTo(1);
    assertThat(second.interruptions()).isZero();
    settle(consumer, second, giveBack(true));
    List<Claim> both = consumer.claim(2, SOON);
    assertThat(texts(both)).containsExactly("b", "a");
    Claim third = both.get(1);
    assertThat(third.attempt()).isEqualTo(1);
    assertThat(third.interruptions()).isEqualTo(1);
    settle(consumer, third, new JobOutcome.GiveBack(true, Duration.ofDays(1)));
    assertThat(view(queue, id).interruptions()).isEqualTo(2);
    assertThat(queue.stats().later()).isEqualTo(1);
  }

  @Test
  void aRetryComesAfterItsDelayAndCountsIfItWasSpent() throws Exception {
    SqlJobQueue queue = open();
    UUID id = queue.put(NewJob.of("x")).id();
    JobConsumer consumer = closing(consumer(queue));
    Claim first = claimOne(consumer);
    settle(consumer, first, retry(Duration.ofMillis(100), true, "503\0 of a\0 server"));
    assertThat(view(queue, id).lastError()).isEqualTo("503 of a server");
    assertThat(view(queue, id).due()).isAfter(view(queue, id).putAt());
    Claim second = claimOne(consumer);
    assertThat(second.attempt()).isEqualTo(2);
    settle(consumer, second, retry(Duration.ZERO, false, "limit"));
    assertThat(claimOne(consumer).attempt()).isEqualTo(2);
  }

  @Test
  void longErrorsAreCutAndDeadJobsAreKept() throws Exception {
    SqlJobQueue queue = open();
    UUID id = queue.put(NewJob.of("x")).id();
    JobConsumer consumer = closing(consumer(queue));
    settle(consumer, claimOne(consumer), new JobOutcome.Dead("😀".repeat(5000)));
    JobView dead = view(queue, id);
    assertThat(dead.state()).isEqualTo(JobState.DEAD);
    assertThat(dead.lastError()).hasSizeLessThanOrEqualTo(2000).endsWith("😀…");
    assertThat(dead.worker()).isNull();
    assertThat(consumer.claim(1, Duration.ZERO)).isEmpty();
    assertThat(queue.list(JobState.DEAD, 5)).containsExactly(dead);
    assertThat(queue.requeue(List.of(id, UUID.randomUUID()))).containsExactly(id);
    assertThat(claimOne(consumer).attempt()).isEqualTo(1);
    assertThat(queue.requeue(List.of(id))).isEmpty();
    assertThat(queue.drop(List.of(id))).isEmpty();
  }

  @Test
  void requeueMakesWhatWaitsDueNow() throws Exception {
    SqlJobQueue queue = open();
    UUID id = queue.put(NewJob.of("x").in(Duration.ofDays(1))).id();
    JobConsumer consumer = closing(consumer(queue));
    assertThat(consumer.claim(1, Duration.ZERO)).isEmpty();
    assertThat(queue.requeue(List.of(id))).containsExactly(id);
    assertThat(claimOne(consumer).id()).isEqualTo(id);
  }

  @Test
  void dropRemovesWhatDoesNotRun() throws Exception {
    SqlJobQueue queue = open();
    UUID due = queue.put(NewJob.of("x")).id();
    UUID later = queue.put(NewJob.of("x").in(Duration.ofDays(1))).id();
    assertThat(queue.drop(List.of(due, later, UUID.randomUUID())))
        .containsExactlyInAnyOrder(due, later);
    assertThat(queue.stats().due() + queue.stats().later()).isZero();
  }

  @Test
  void mixedSettlementsAreAnsweredInTheirOrder() throws Exception {
    SqlJobQueue queue = open();
    List<NewJob> jobs = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      jobs.add(NewJob.of("job " + i));
    }
    queue.putAll(jobs);
    JobConsumer consumer = closing(consumer(queue));
    List<Claim> claims = consumer.claim(6, SOON);
    settle(consumer, claims.get(3), DONE);
    Claim old = claims.get(4);
    settle(consumer, old, giveBack(true));
    Claim again = claimOne(consumer);
    assertThat(again.id()).isEqualTo(old.id());
    assertThat(
            consumer.settle(
                List.of(
                    new Settlement(claims.get(5), DONE),
                    new Settlement(old, DONE),
                    new Settlement(claims.get(0), retry(Duration.ofDays(1), true, "r")),
                    new Settlement(claims.get(3), DONE),
                    new Settlement(claims.get(1), new JobOutcome.Dead("d")),
                    new Settlement(again, giveBack(true)),
                    new Settlement(claims.get(2), giveBack(false)))))
        .containsExactly(
            Settled.APPLIED,
            Settled.STALE,
            Settled.APPLIED,
            Settled.STALE,
            Settled.APPLIED,
            Settled.APPLIED,
            Settled.APPLIED);
    assertThat(queue.stats().due()).isEqualTo(2);
    assertThat(queue.stats().later()).isEqualTo(1);
    assertThat(queue.stats().dead()).isEqualTo(1);
    assertThat(queue.stats().running()).isZero();
    assertThat(consumer.settle(List.of())).isEmpty();
  }

  @Test
  void oneClaimSettledTwiceInABatchIsAppliedOnce() throws Exception {
    SqlJobQueue queue = open();
    queue.put(NewJob.of("x"));
    JobConsumer consumer = closing(consumer(queue));
    Claim claim = claimOne(consumer);
    assertThat(
            consumer.settle(
                List.of(
                    new Settlement(claim, giveBack(true)),
                    new Settlement(claim, new JobOutcome.Dead("no")))))
        .containsExactly(Settled.APPLIED, Settled.STALE);
    assertThat(claimOne(consumer).interruptions()).isEqualTo(1);
  }

  @Test
  void closingAConsumerGivesBackWhatItHas() throws Exception {
    SqlJobQueue queue = open();
    queue.putAll(List.of(NewJob.of("a"), NewJob.of("b"), NewJob.of("c")));
    JobConsumer consumer = consumer(queue);
    List<Claim> claims = consumer.claim(3, SOON);
    settle(consumer, claims.getFirst(), DONE);
    Thread.currentThread().interrupt();
    consumer.close();
    assertThat(Thread.interrupted()).isTrue();
    consumer.close();
    assertThat(queue.stats().due()).isEqualTo(2);
    assertThat(queue.stats().workers()).isZero();
    assertThat(consumer.claim(1, SOON)).isEmpty();
    assertThat(settle(consumer, claims.get(1), DONE)).isEqualTo(Settled.STALE);
    assertThatThrownBy(consumer::beat).isInstanceOf(QueueException.class);
    List<Claim> again = closing(consumer(queue)).claim(3, SOON);
    assertThat(texts(again)).containsExactly("b", "c");
    assertThat(again).extracting(Claim::attempt).containsOnly(1);
    assertThat(again).extracting(Claim::crashes).containsOnly(0);
  }

  @Test
  void quietEndsAClaimThatWaits() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = closing(consumer(queue));
    CompletableFuture<List<Claim>> claims = new CompletableFuture<>();
    Thread thread = start(() -> claims.complete(consumer.claim(5, Duration.ofDays(10_000_000))));
    await("the claim to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
    consumer.quiet();
    assertThat(claims.get(30, SECONDS)).isEmpty();
    queue.put(NewJob.of("x"));
    assertThat(consumer.claim(1, SOON)).isEmpty();
    assertThat(consumer.beat()).isTrue();
  }

  @Test
  void anInterruptEndsAClaimThatWaits() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = closing(consumer(queue));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    for (boolean virtual : new boolean[] {false, true}) {
      thrown.set(null);
      Runnable claim =
          () -> {
            try {
              consumer.claim(5, Duration.ofSeconds(60));
            } catch (InterruptedException | RuntimeException e) {
              thrown.set(e);
            }
          };
      Thread thread = virtual ? Thread.ofVirtual().start(claim) : Thread.ofPlatform().start(claim);
      await("the claim to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
      thread.interrupt();
      thread.join();
      assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
      queue.put(NewJob.of("x"));
      settle(consumer, claimOne(consumer), DONE);
    }
  }

  @Test
  void whoIsInterruptedBeforePutsNothing() throws Exception {
    SqlJobQueue queue = open();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> queue.put(NewJob.of("x"))).isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
    assertThat(queue.stats().due()).isZero();
    Thread.currentThread().interrupt();
    assertThat(queue.stats().due()).isZero();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void jobsOfALeaseThatHasPassedGoToOthers() throws Exception {
    SqlJobQueue one = open();
    SqlJobQueue two = open();
    one.put(NewJob.of("x"));
    JobConsumer lost = closing(one.consume("lost", SHORT));
    JobConsumer other = closing(consumer(two));
    Claim stale = claimOne(lost);
    await("the other to take it back", () -> other.beat() && two.stats().running() == 0);
    Claim claim = claimOne(other);
    assertThat(claim.crashes()).isEqualTo(1);
    assertThat(claim.attempt()).isEqualTo(2);
    assertThat(claim.token()).isGreaterThan(stale.token());
    assertThat(view(two, claim.id()).lastError()).contains("taken back").contains("lost (host");
    assertThat(settle(lost, stale, DONE)).isEqualTo(Settled.STALE);
    assertThat(settle(lost, stale, new JobOutcome.Dead("no"))).isEqualTo(Settled.STALE);
    one.put(NewJob.of("y"));
    assertThat(lost.claim(1, Duration.ZERO)).isEmpty();
    assertThat(lost.beat()).isFalse();
    assertThat(lost.beat()).isTrue();
    assertThat(text(claimOne(lost))).isEqualTo("y");
    assertThat(settle(other, claim, DONE)).isEqualTo(Settled.APPLIED);
  }

  @Test
  void aBeatKeepsTheLease() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer one = closing(queue.consume("one", SHORT));
    JobConsumer two = closing(consumer(queue));
    queue.put(NewJob.of("x"));
    Claim claim = claimOne(one);
    long end = System.nanoTime() + SECONDS.toNanos(3);
    while (System.nanoTime() - end < 0) {
      assertThat(one.beat()).isTrue();
      assertThat(two.beat()).isTrue();
      Thread.sleep(50);
    }
    assertThat(settle(one, claim, DONE)).isEqualTo(Settled.APPLIED);
  }

  @Test
  void aLeaseThatNobodyTookIsRenewed() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer one = closing(queue.consume("one", SHORT));
    queue.put(NewJob.of("x"));
    Claim claim = claimOne(one);
    awaitPassed(queue);
    queue.put(NewJob.of("y"));
    // It may not claim with a lease that has passed: somebody may be about to take all.
    assertThat(one.claim(1, Duration.ZERO)).isEmpty();
    assertThat(one.beat()).isTrue();
    assertThat(settle(one, claim, DONE)).isEqualTo(Settled.APPLIED);
    assertThat(text(claimOne(one))).isEqualTo("y");
  }

  @Test
  void aJobThatEndsItsProcessesIsDeadAtTheLimit() throws Exception {
    SqlJobQueue queue = open(SqlQueueOptions.defaults().withCrashLimit(2));
    JobConsumer watcher = closing(consumer(queue));
    UUID id = queue.put(NewJob.of("poison")).id();
    for (int crash = 1; crash <= 2; crash++) {
      JobConsumer victim = closing(queue.consume("victim", SHORT));
      claimOne(victim);
      await("it to be taken back", () -> watcher.beat() && queue.stats().running() == 0);
    }
    JobView dead = view(queue, id);
    assertThat(dead.state()).isEqualTo(JobState.DEAD);
    assertThat(dead.crashes()).isEqualTo(2);
    assertThat(dead.lastError()).contains("victim").contains("that was the 2. time");
    queue.requeue(List.of(id));
    assertThat(claimOne(watcher).crashes()).isZero();
  }

  @Test
  void orphansAreTakenBack() throws Exception {
    SqlJobQueue queue = open();
    UUID id = queue.put(NewJob.of("x")).id();
    JobConsumer gone = closing(consumer(queue));
    claimOne(gone);
    try (Connection connection = admin();
        var statement = connection.createStatement()) {
      statement.executeUpdate("DELETE FROM curfew_worker");
    }
    JobConsumer other = closing(consumer(queue));
    assertThat(other.beat()).isTrue();
    assertThat(view(queue, id).lastError()).contains("not in curfew_worker");
    assertThat(claimOne(other).crashes()).isEqualTo(1);
    assertThat(gone.beat()).isFalse();
  }

  @Test
  void aClaimWhoseAnswerWasLostIsGivenBackByTheBeat() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = closing(consumer(queue));
    queue.putAll(List.of(NewJob.of("held"), NewJob.of("lost")));
    Claim held = claimOne(consumer);
    // What a statement does whose answer never comes.
    try (Connection connection = admin();
        var statement = connection.createStatement()) {
      statement.executeUpdate(
          "UPDATE curfew_job SET state = 'running', attempts = attempts + 1, token = token + 1,"
              + " worker = (SELECT id FROM curfew_worker) WHERE state = 'due'");
    }
    await("it to be given back", () -> consumer.beat() && queue.stats().due() == 1);
    Claim found = claimOne(consumer);
    assertThat(text(found)).isEqualTo("lost");
    assertThat(found.attempt()).isEqualTo(1);
    for (int i = 0; i < 3; i++) {
      assertThat(consumer.beat()).isTrue();
    }
    assertThat(settle(consumer, held, DONE)).isEqualTo(Settled.APPLIED);
    assertThat(settle(consumer, found, DONE)).isEqualTo(Settled.APPLIED);
  }

  @Test
  void theOutboxPutsIfAndOnlyIfTheTransactionCommits() throws Exception {
    SqlJobQueue queue = open();
    try (Connection connection = stranger()) {
      assertThat(queue.put(connection, NewJob.of("undone")).added()).isTrue();
      connection.rollback();
    }
    assertThat(queue.stats().due()).isZero();
    JobConsumer consumer = closing(consumer(queue));
    CompletableFuture<List<Claim>> claims = new CompletableFuture<>();
    Thread thread = start(() -> claims.complete(consumer.claim(5, Duration.ofSeconds(60))));
    await("the claim to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
    try (Connection connection = stranger()) {
      NewJob job = NewJob.of("kept").withUniqueKey("k");
      assertThat(queue.put(connection, job)).isEqualTo(new Put(job.id(), true));
      assertThat(queue.put(connection, job)).isEqualTo(new Put(job.id(), false));
      assertThat(queue.put(connection, NewJob.of("other").withUniqueKey("k")))
          .isEqualTo(new Put(job.id(), false));
      assertThat(queue.stats().due()).isZero();
      connection.commit();
    }
    assertThat(texts(claims.get(30, SECONDS))).containsExactly("kept");
  }

  @Test
  void queuesInOneDatabaseDoNotMix() throws Exception {
    SqlJobQueue jobs = open();
    SqlJobQueue mails = open(SqlQueueOptions.defaults().withQueue("mails"));
    UUID id = jobs.put(NewJob.of("job")).id();
    assertThat(closing(consumer(mails)).claim(1, Duration.ZERO)).isEmpty();
    assertThat(mails.find(id)).isEmpty();
    assertThat(mails.drop(List.of(id))).isEmpty();
    assertThat(mails.stats().due()).isZero();
    assertThat(mails.list(JobState.WAITING, 9)).isEmpty();
    assertThat(jobs.list(JobState.WAITING, 9)).hasSize(1);
  }

  @Test
  void statsAndListsSayWhatIsThere() throws Exception {
    SqlJobQueue queue = open();
    queue.putAll(
        List.of(
            NewJob.of("a"), NewJob.of("b"), NewJob.of("c").in(Duration.ofDays(1)), NewJob.of("d")));
    JobConsumer consumer = closing(consumer(queue));
    settle(consumer, claimOne(consumer), new JobOutcome.Dead("no"));
    claimOne(consumer);
    await(
        "what is due to grow old",
        () -> queue.stats().oldestDue().compareTo(Duration.ofMillis(5)) > 0);
    assertThat(queue.stats())
        .matches(s -> s.due() == 1 && s.later() == 1 && s.running() == 1 && s.dead() == 1)
        .matches(s -> s.workers() == 1);
    assertThat(queue.list(JobState.WAITING, 9))
        .extracting(v -> new String(v.payload(), StandardCharsets.UTF_8))
        .containsExactly("d", "c");
    assertThat(queue.list(JobState.WAITING, 1)).hasSize(1);
    assertThat(queue.list(JobState.RUNNING, 9)).hasSize(1);
  }

  @Test
  void aNewerSchemaIsRefused() throws Exception {
    open().close();
    try (Connection connection = admin();
        var statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE curfew_schema SET version = 7");
    }
    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isFalse())
        .hasMessageContaining("has schema version 7, this library knows 1: upgrade");
  }

  @Test
  void missingTablesAreNamedUnlessTheyMayBeCreated() {
    assertThatThrownBy(() -> open(SqlQueueOptions.defaults().withoutCreatingTables()))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining("has no tables of a queue");
    open().close();
    open(SqlQueueOptions.defaults().withoutCreatingTables());
  }

  @Test
  void aClosedQueueSaysSo() throws Exception {
    SqlJobQueue queue = open();
    JobConsumer consumer = consumer(queue);
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread thread =
        start(() -> {
          try {
            consumer.claim(1, Duration.ofSeconds(60));
          } catch (QueueException e) {
            thrown.complete(e);
          }
        });
    await("the claim to wait", () -> thread.getState() == Thread.State.TIMED_WAITING);
    queue.close();
    queue.close();
    assertThat(thrown.get(30, SECONDS)).hasMessageContaining("closed");
    assertThatThrownBy(() -> queue.put(NewJob.of("x")))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(queue::stats).isInstanceOf(QueueException.class);
    await(
        "its threads to end",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(t -> t.getName().startsWith("curfew-queue")));
  }

  @Test
  void aLeaseTooShortIsRefused() {
    SqlJobQueue queue = open();
    assertThatThrownBy(() -> queue.consume("x", Duration.ofMillis(999)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 s");
  }

  /** Something that throws. */
  interface Work {
    void run() throws Exception;
  }

  static Thread start(Work work) {
    return Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            work.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
