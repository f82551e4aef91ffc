// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.queue;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class MemoryJobQueueTest {
  @TempDir Path folder;

  private static List<Claim> claim(JobConsumer consumer, int most) throws InterruptedException {
    return consumer.claim(most, Duration.ZERO);
  }

  @Test
  void aFullQueueRefusesAllOfAPutAndTakesMoreOnceThereIsRoom() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(2);
    queue.put(NewJob.of("1"));
    assertThatThrownBy(() -> queue.putAll(List.of(NewJob.of("2"), NewJob.of("3"))))
        .isInstanceOfSatisfying(QueueException.class, e -> assertThat(e.isPassing()).isTrue())
        .hasMessageContaining("full");
    assertThat(queue.stats().due()).isEqualTo(1);

    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    Claim first = claim(consumer, 1).getFirst();
    consumer.settle(List.of(new Settlement(first, new JobOutcome.Done())));
    queue.putAll(List.of(NewJob.of("2"), NewJob.of("3")));
    assertThat(queue.stats().due()).isEqualTo(2);
  }

  @Test
  void priorityComesFirstThenWhatIsDueLongest() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    queue.put(NewJob.of("first"));
    queue.put(NewJob.of("second"));
    queue.put(NewJob.of("urgent").withPriority(1));
    queue.put(NewJob.of("idle").withPriority(-1));
    queue.put(NewJob.of("later").in(ofHours(1)).withPriority(9));
    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    assertThat(claim(consumer, 10))
        .extracting(job -> new String(job.payload(), StandardCharsets.UTF_8))
        .containsExactly("urgent", "first", "second", "idle");
  }

  @Test
  void aUniqueKeyIsFreeAgainOnceItsJobIsDone() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    Put first = queue.put(NewJob.of("1").withUniqueKey("k"));
    Put second = queue.put(NewJob.of("2").withUniqueKey("k"));
    assertThat(second).isEqualTo(new Put(first.id(), false));

    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    Claim job = claim(consumer, 5).getFirst();
    assertThat(queue.put(NewJob.of("3").withUniqueKey("k")).added()).isFalse();
    consumer.settle(List.of(new Settlement(job, new JobOutcome.Dead("poison"))));
    assertThat(queue.put(NewJob.of("4").withUniqueKey("k")).added()).isTrue();
    assertThat(queue.requeue(List.of(first.id()))).isEmpty(); // Another has its key.
  }

  @Test
  void aSettlementWithAnOldTokenIsStaleAndDoesNothing() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    UUID id = queue.put(NewJob.of("1")).id();
    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    Claim old = claim(consumer, 1).getFirst();
    consumer.settle(List.of(new Settlement(old, new JobOutcome.GiveBack(true, Duration.ZERO))));
    Claim now = claim(consumer, 1).getFirst();
    assertThat(consumer.settle(List.of(new Settlement(old, new JobOutcome.Done()))))
        .containsExactly(Settled.STALE);
    assertThat(queue.find(id)).isPresent();
    assertThat(now.attempt()).isEqualTo(1);
    assertThat(now.interruptions()).isEqualTo(1);
    assertThat(now.token()).isGreaterThan(old.token());
  }

  @Test
  void aClosedConsumerGivesBackWhatItHas() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    UUID id = queue.put(NewJob.of("1")).id();
    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    assertThat(claim(consumer, 1)).hasSize(1);
    consumer.close();
    assertThat(queue.find(id).orElseThrow().attempts()).isZero();
    assertThat(queue.find(id).orElseThrow().state()).isEqualTo(JobState.WAITING);
    assertThat(queue.stats().workers()).isZero();
  }

  @Test
  void quietEndsAClaimThatWaits() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    JobConsumer consumer = queue.consume("test", ofSeconds(20));
    Thread.ofVirtual().start(consumer::quiet);
    assertThat(consumer.claim(1, ofHours(1))).isEmpty();
  }

  @Test
  void whatIsLeftIsNamedByTheReportOfAStop() throws Exception {
    UUID[] id = new UUID[1];
    RunningService service =
        Service.named("test")
            .curfew(ofSeconds(5))
            .start(group -> {
              MemoryJobQueue queue = group.own("frontier", MemoryJobQueue.of(10));
              id[0] = queue.put(NewJob.of("nobody takes it")).id();
              group.background("idle", stop -> stop.await());
            });
    String text = service.stop("test").text();
    assertThat(text).contains("/test/frontier").contains("1 jobs").contains(id[0].toString());
  }

  @Test
  void whatIsLeftIsWrittenToTheSpillFileAndTakenUpAgain() throws Exception {
    Path file = folder.resolve("jobs");
    NewJob dead = NewJob.of("dead").withUniqueKey("a key");
    NewJob later = NewJob.of("später\n\0").withPriority(7).in(ofHours(1));
    try (MemoryJobQueue queue = MemoryJobQueue.of(10, file)) {
      queue.put(dead);
      JobConsumer consumer = queue.consume("test", ofSeconds(20));
      Claim claim = claim(consumer, 1).getFirst();
      consumer.settle(List.of(new Settlement(claim, new JobOutcome.Dead("bad: \u2603"))));
      queue.put(later);
    }
    try (MemoryJobQueue queue = MemoryJobQueue.of(10, file)) {
      JobView view = queue.find(later.id()).orElseThrow();
      assertThat(view.payload()).isEqualTo(later.payload());
      assertThat(view.priority()).isEqualTo(7);
      assertThat(queue.stats().later()).isEqualTo(1);
      JobView letter = queue.find(dead.id()).orElseThrow();
      assertThat(letter.state()).isEqualTo(JobState.DEAD);
      assertThat(letter.lastError()).isEqualTo("bad: \u2603");
      assertThat(letter.attempts()).isEqualTo(1);
      assertThat(letter.uniqueKey()).isEqualTo("a key");
      assertThat(queue.drop(List.of(dead.id(), later.id()))).hasSize(2);
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void aFileThatIsNoSpillFileIsRefusedAndLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("notes"), "my notes\n");
    assertThatThrownBy(() -> MemoryJobQueue.of(10, file))
        .isInstanceOf(QueueException.class)
        .hasMessageContaining("no spill file");
    assertThat(file).hasContent("my notes");
  }

  @Test
  void aSpillFileThatWasCutIsRefusedAndLeftAlone() throws Exception {
    Path file = folder.resolve("cut");
    MemoryJobQueue queue = MemoryJobQueue.of(10, file);
    queue.put(NewJob.of("a payload of some length"));
    queue.close();
    String whole = Files.readString(file);
    for (int length = whole.length() - 1; length > whole.length() - 40; length--) {
      String cut = whole.substring(0, length);
      Files.writeString(file, cut);
      assertThatThrownBy(() -> MemoryJobQueue.of(10, file))
          .isInstanceOf(QueueException.class)
          .hasMessageContaining("line 2");
      assertThat(file).hasContent(cut);
    }
  }

  @Test
  void idsOfOneProcessAreOrderedAndOfVersionSeven() {
    UUID last = JobIds.next();
    for (int i = 0; i < 20_000; i++) {
      UUID next = JobIds.next();
      assertThat(next.version()).isEqualTo(7);
      assertThat(next.variant()).isEqualTo(2);
      assertThat(next.toString()).isGreaterThan(last.toString());
      last = next;
    }
  }

  @Test
  void theLowestPriorityThereIsComesLast() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    UUID last = queue.put(NewJob.of("last").withPriority(Integer.MIN_VALUE)).id();
    UUID first = queue.put(NewJob.of("first").withPriority(Integer.MAX_VALUE)).id();
    UUID second = queue.put(NewJob.of("second")).id();
    assertThat(claim(queue.consume("worker", ofSeconds(5)), 10))
        .extracting(Claim::id)
        .containsExactly(first, second, last);
  }

  @Test
  void nothingIsPutIfOneOfThemIsNull() throws Exception {
    MemoryJobQueue queue = MemoryJobQueue.of(10);
    NewJob job = NewJob.of("job").withUniqueKey("key");
    assertThatThrownBy(() -> queue.putAll(Arrays.asList(job, null)))
        .isInstanceOf(NullPointerException.class);
    assertThat(queue.put(job).added()).isTrue();
  }
}
