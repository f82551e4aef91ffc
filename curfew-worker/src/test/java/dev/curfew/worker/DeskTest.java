// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.time.Deadline;
import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DeskTest {
  private final Desk desk = new Desk(() -> 2);
  private final Lease lease = new Lease();

  private static Claim claim() {
    NewJob job = NewJob.of("payload");
    return new Claim(job.id(), 1, job.payload(), 1, 0, 0, 0, Instant.now());
  }

  @Test
  void whatWasClaimedUnderALeaseThatHasPassedIsNotBegun() throws Exception {
    Claim lost = claim();
    Claim kept = claim();
    lease.renewed(Deadline.in(Duration.ZERO)); // It has passed, and no beat has said so yet.
    desk.add(List.of(lost), lease.number());
    lease.lost(Deadline.in(Duration.ofHours(1)));
    desk.add(List.of(kept), lease.number());

    RunningJob begun = Objects.requireNonNull(desk.begin(lease, new WorkerStop()));

    assertThat(begun.claim()).isSameAs(kept);
    assertThat(desk.awaitOutgoing())
        .containsExactly(new Settlement(lost, new JobOutcome.GiveBack(false, Duration.ZERO)));
  }

  @Test
  void whatIsClaimedAfterTheCloseIsLeftToTheFarewell() {
    desk.quiet();
    desk.close();
    desk.add(List.of(claim()), lease.number());
    assertThat(desk.unsettled()).isZero();
    assertThat(desk.stats().givenBack()).isEqualTo(1);
  }
}
