// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.WorkCount;
import dev.curfew.resource.Managed;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Work that went through a resource is in the report's account (law 21). */
class ResourceWorkTest {
  private record Queue(WorkCount work) implements Managed, AutoCloseable {
    @Override
    public void close(Deadline limit) {}

    @Override
    public void close() {}
  }

  private record Talkless() implements Managed, AutoCloseable {
    @Override
    public void close(Deadline limit) {}

    @Override
    public void close() {}

    @Override
    public WorkCount work() {
      throw new IllegalStateException("lost count");
    }
  }

  @Test
  void aQueuesJobsAreInTheAccountAndBesideTheirQueue() throws Exception {
    WorkCount jobs = new WorkCount(9, 4, 1, 3, 0, 0, 1, 0);
    StopReport report = stopped(service -> service.own("queue", new Queue(jobs)));
    assertThat(report.account().work().givenBack()).isEqualTo(3);
    assertThat(report.account().work().failed()).isEqualTo(1);
    assertThat(report.account().work().addsUp()).isTrue();
    assertThat(report.account().resources())
        .extracting(ResourceEnd::path, ResourceEnd::work)
        .containsExactly(tuple("/shop/queue", jobs));
    StringBuilder json = new StringBuilder();
    report.writeJson(json);
    assertThat(json.toString().replaceAll("\\s", "")).contains("\"work\":{\"accepted\":9,");
  }

  @Test
  void aResourceThatCannotCountIsNamedAndClosed() throws Exception {
    StopReport report = stopped(service -> service.own("queue", new Talkless()));
    assertThat(report.account().resources())
        .extracting(ResourceEnd::how)
        .containsExactly(ResourceEnd.How.CLOSED);
    assertThat(report.account().findings())
        .anySatisfy(finding -> assertThat(finding.what()).contains("lost count"));
  }

  @Test
  void whatAnExecutorNeverBeganInAGroupThatItsProgramCancelledIsNoLossOfTheStop() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    StopReport report =
        stopped(service -> {
          service.background(
              "poller",
              stop -> {
                callOff();
                left.countDown();
                stop.await();
              });
          left.await();
        });
    assertThat(report.account().work().neverStarted()).isEqualTo(1);
    assertThat(report.account().work().lost()).isZero();
    assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
  }

  private static void callOff() throws Exception {
    CountDownLatch runs = new CountDownLatch(1);
    try {
      TaskGroup.run(
          "round",
          group -> {
            ExecutorService pool = group.own("pool", Executors.newSingleThreadExecutor());
            pool.execute(() -> block(runs));
            pool.execute(() -> {});
            runs.await();
            group.cancel("not needed any more");
          });
    } catch (CancellationException e) {
      assertThat(e).hasMessageContaining("not needed any more");
    }
  }

  private static void block(CountDownLatch runs) {
    runs.countDown();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static StopReport stopped(Service.Setup setup) throws Exception {
    RunningService service = Service.named("shop").start(setup);
    return service.stop("the test is over");
  }
}
