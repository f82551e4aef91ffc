// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.ResourceEnd;
import dev.curfew.time.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Real processes that a group owns. */
@DisabledOnOs(OS.WINDOWS) // no SIGTERM there
@Timeout(60)
class ProcessOwnershipTest {
  private static final int SIGTERM = 143;

  @Test
  void aProcessEndsAfterTheTasksThatUseItAndBeforeItsGroup() throws Exception {
    AtomicReference<Process> owned = new AtomicReference<>();
    String line =
        TaskGroup.call(
            "group",
            group -> {
              // Echoes what it gets: it lives as long as its input is open.
              Process cat = group.own("cat", new ProcessBuilder("cat").start());
              owned.set(cat);
              Task<String> task =
                  group.fork(
                      "uses",
                      () -> {
                        cat.outputWriter().write("hello\n");
                        cat.outputWriter().flush();
                        return cat.inputReader().readLine();
                      });
              group.join();
              return task.get();
            });
    assertThat(line).isEqualTo("hello");
    assertThat(owned.get().isAlive()).isFalse();
    assertThat(owned.get().exitValue()).isEqualTo(SIGTERM);
  }

  /**
   * A task that waits for its process does not hold up the cancel: the process is asked at once.
   */
  @Test
  void aCancelAsksTheProcessWhileTasksStillUseIt() {
    assertThatThrownBy(() ->
            TaskGroup.run(
                "group",
                group -> {
                  Process sleep = group.own("sleep", new ProcessBuilder("sleep", "1000").start());
                  group.fork(
                      "stubborn",
                      () ->
                          Shield.run(
                              Duration.ofSeconds(20),
                              () -> assertThat(sleep.waitFor()).isEqualTo(SIGTERM)));
                  group.cancel("enough");
                  group.join();
                }))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void aStopKillsAProcessThatDoesNotAnswerAndReportsItsClose() throws Exception {
    RootGroup root = RootGroup.open("service", new Silent());
    Process deaf =
        new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.02; done")
            .start();
    root.own("deaf", deaf);
    assertThat(deaf.inputReader().readLine()).isEqualTo("ready");
    Deadline drain = Deadline.in(Duration.ofMillis(100));
    Deadline close = Deadline.in(Duration.ofSeconds(3));
    CancelReason why =
        new CancelReason(CancelReason.Kind.STOP, "SIGTERM", "the process stops", Instant.EPOCH);
    Account account =
        RootGroup.stop(
            List.of(root),
            false,
            why,
            new RootGroup.Marks(drain, drain, close, false, stage -> {}));

    assertThat(close.hasPassed()).as("stopped by the close mark").isFalse();
    assertThat(deaf.isAlive()).isFalse();
    assertThat(account.resources())
        .singleElement()
        .satisfies(end -> {
          assertThat(end.path()).isEqualTo("/service/deaf");
          assertThat(end.how()).isEqualTo(ResourceEnd.How.THREW);
          assertThat(end.failure())
              .isInstanceOf(TimeoutException.class)
              .hasMessageContaining("process " + deaf.pid())
              .hasMessageContaining("had to be killed");
        });
  }

  private static final class Silent implements RootGroup.Listener {
    @Override
    public void failed(String path, Throwable failure) {
      throw new AssertionError(path, failure);
    }

    @Override
    public void changed() {}
  }

  @Test
  void aProcessThatComesTooLateIsEndedBeforeTheCallThrows() throws Exception {
    AtomicReference<TaskGroup> leaked = new AtomicReference<>();
    TaskGroup.run("group", leaked::set);
    Process late = new ProcessBuilder("sleep", "1000").start();
    assertThatThrownBy(() -> leaked.get().own("late", late))
        .isInstanceOf(RejectedExecutionException.class);
    assertThat(late.waitFor(0, TimeUnit.SECONDS)).isTrue();
  }
}
