// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.StopOutcome;
import dev.curfew.task.StopSignal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task that waited for the end of what it is part of would wait for itself. */
@Timeout(30)
class CallersTest {
  @Test
  void stopAndCloseAreRefusedInATaskOfTheirOwnService() throws Exception {
    AtomicReference<RunningService> self = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    List<Throwable> thrown = new CopyOnWriteArrayList<>();
    RunningService running =
        Service.named("self")
            .start(service -> {
              service.background("idle", StopSignal::await);
              service.fork(
                  "task",
                  () -> {
                    known.await();
                    thrown.add(catchThrowable(() -> self.get().stop("enough")));
                    thrown.add(catchThrowable(() -> self.get().close()));
                    self.get().requestStop("that is how");
                  });
            });
    self.set(running);
    known.countDown();
    assertThat(running.await().outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(thrown).hasSize(2);
    assertThat(thrown)
        .allSatisfy(refusal ->
            assertThat(refusal)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("called by /self/task")
                .hasMessageContaining("use requestStop()"));
  }

  @Test
  void mainIsRefusedInATask() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    RunningService running =
        Service.named("outer")
            .start(service -> {
              try {
                Service.named("inner").main(inner -> {});
              } catch (IllegalStateException e) {
                thrown.set(e);
              }
            });
    assertThat(running.stop("done").outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(thrown.get())
        .hasMessageContaining("main() of service inner")
        .hasMessageContaining("/outer/set-up")
        .hasMessageContaining("use start()");
  }
}
