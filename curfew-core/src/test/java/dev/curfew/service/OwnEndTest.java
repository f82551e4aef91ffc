// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.task.TaskGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting for the end of a service inside the service itself. */
@Timeout(30)
class OwnEndTest {
  @Test
  void aTaskThatWaitsForTheEndOfItsServiceIsToldSo() throws Exception {
    CompletableFuture<RunningService> self = new CompletableFuture<>();
    RunningService running =
        Service.named("self")
            .start(service -> {
              service.fork(
                  "stops",
                  () -> {
                    assertRejected("stop", () -> self.get().stop("enough"));
                    assertRejected("await", () -> self.get().await());
                    TaskGroup.run(
                        "block",
                        group -> {
                          var unused =
                              group.fork(
                                  "closes", () -> assertRejected("close", self.get()::close));
                          group.join();
                        });
                    self.get().requestStop("enough");
                  });
            });
    self.complete(running);

    StopReport report = running.await();
    assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(report.trigger().why()).isEqualTo("enough");
  }

  @Test
  void aTaskOfAnotherServiceMayWaitForIt() throws Exception {
    RunningService inner = Service.named("inner").start(service -> idles(service));
    RunningService other =
        Service.named("outer")
            .start(service -> {
              var unused = service.fork("stops", () -> assertThat(inner.stop("done")).isNotNull());
            });
    StopReport outer = other.await();
    assertThat(outer.outcome()).isEqualTo(StopOutcome.CLEAN);
  }

  private static void idles(Service service) {
    var unused = service.background("wait", stop -> stop.await());
  }

  private static void assertRejected(String call, ThrowingCallable wait) {
    assertThatThrownBy(wait)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(call + "() was called in a task of service self")
        .hasMessageContaining("requestStop");
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
