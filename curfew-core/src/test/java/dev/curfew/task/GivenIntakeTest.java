// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.time.Host;
import dev.curfew.time.Microscope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An intake that is given by how it goes quiet and how it is closed. */
class GivenIntakeTest {
  /** Under the microscope there is no thread of an earlier test. */
  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
  }

  @Test
  void itGoesQuietBeforeTheTasksEndAndClosesAfterThem() {
    Looks.everySeedOnTime(microscope -> {
      List<String> order = new CopyOnWriteArrayList<>();
      TaskGroup.run(
          "group",
          group -> {
            String server =
                group.intake(
                    "server",
                    "the server",
                    given -> order.add("quiet " + given),
                    given -> order.add("close " + given));
            assertThat(server).isEqualTo("the server");
            group.fork(
                "request",
                () -> {
                  Microscope.sleep(Duration.ofSeconds(1));
                  order.add("request");
                });
            group.background(
                "poller",
                stop -> {
                  stop.await();
                  order.add("poller");
                });
          });
      assertThat(order)
          .containsExactly("quiet the server", "request", "poller", "close the server");
    });
  }

  @Test
  void itClosesOnceWhateverTheCancelMeets() {
    Looks.everySeed(microscope -> {
      AtomicInteger closed = new AtomicInteger();
      AtomicInteger given = new AtomicInteger();
      try {
        TaskGroup.run(
            "group",
            group -> {
              microscope.spawn("canceller", () -> group.cancel("enough"));
              Host.step();
              given.incrementAndGet();
              group.intake("server", "server", quiet -> {}, close -> closed.incrementAndGet());
            });
      } catch (RejectedExecutionException | java.util.concurrent.CancellationException expected) {
        Host.step();
      }
      assertThat(closed.get()).as("closes").isEqualTo(given.get());
    });
  }

  @Test
  void aQuietThatFailsKeepsTheCloseFromNothing() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    TaskGroup.run(
        "group",
        group ->
            group.intake(
                "server",
                "server",
                quiet -> {
                  throw new IllegalStateException("broken");
                },
                close -> closed.incrementAndGet()));
    assertThat(closed).hasValue(1);
    assertThat(Findings.take("/group"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.path()).isEqualTo("/group/server");
          assertThat(finding.what()).contains("failed to go quiet").contains("broken");
        });
  }

  @Test
  void aCloseThatFailsIsThrown() {
    assertThatThrownBy(() ->
            TaskGroup.run(
                "group",
                group ->
                    group.intake(
                        "server",
                        "server",
                        quiet -> {},
                        close -> {
                          throw new IllegalStateException("broken");
                        })))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("broken");
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void whatIsMissingIsNamed() throws Exception {
    AtomicReference<TaskGroup> ended = new AtomicReference<>();
    TaskGroup.run(
        "group",
        group -> {
          ended.set(group);
          assertThatThrownBy(() -> group.intake("", "server", quiet -> {}, close -> {}))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageStartingWith("The name of a intake is empty; give one");
          missing("name", () -> group.intake(null, "server", quiet -> {}, close -> {}));
          missing("intake", () -> group.intake("x", null, quiet -> {}, close -> {}));
          missing("quiet", () -> group.intake("x", "server", null, close -> {}));
          missing("close", () -> group.intake("x", "server", quiet -> {}, null));
          missing("resource", () -> group.own("x", (Process) null));
        });
    AtomicInteger closed = new AtomicInteger();
    assertThatThrownBy(
            () -> ended.get().intake("x", "server", quiet -> {}, close -> closed.incrementAndGet()))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(closed).as("what came too late was closed").hasValue(1);
  }

  private static void missing(String what, Action call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining(what);
  }
}
