// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.time.Await;
import dev.curfew.time.Deadline;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cause 1: forks that return before the work that they have begun is done. */
class EscapesTest {
  /** Holds what a test leaves unfinished: a future that nobody holds is forgotten. */
  private final List<Object> held = new ArrayList<>();

  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
    Findings.take("");
  }

  @AfterEach
  void finish() {
    held.clear();
    Findings.take("");
  }

  private <F> F hold(F future) {
    held.add(future);
    return future;
  }

  @Test
  void aForkThatReturnsAnUnfinishedFutureIsFoundWithItsSiteAndWhatMendsIt() throws Exception {
    TaskGroup.run(
        "group", group -> group.fork("send", () -> hold(new CompletableFuture<String>())));
    assertThat(Findings.take("/group"))
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.cause()).isEqualTo(Cause.FORGOTTEN);
          assertThat(finding.path()).isEqualTo("/group/send");
          assertThat(finding.what()).contains("CompletableFuture that is not done");
          assertThat(finding.certain()).isFalse();
          assertThat(finding.remedy()).contains("group.adopt(name, future)");
          assertThat(finding.at()).isNotNull();
          assertThat(finding.at().getClassName()).isEqualTo(EscapesTest.class.getName());
        });
    assertThat(Findings.take("/group")).as("told once").isEmpty();
  }

  @Test
  void everyKindOfFutureCounts() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          group.fork("task", () -> hold(new FutureTask<>(() -> 1)));
          CompletionStage<String> stage =
              hold(new CompletableFuture<String>()).minimalCompletionStage();
          group.fork("stage", () -> hold(stage));
          group.fork("foreign", () -> foreignStage(hold(new CompletableFuture<>())));
          group
              .inner(TaskGroup.named("inner").carry(Carrier.of(new ThreadLocal<String>())))
              .fork("carried", () -> hold(new CompletableFuture<String>()));
        });
    assertThat(Findings.take("/group"))
        .extracting(Finding::path)
        .containsExactlyInAnyOrder(
            "/group/task", "/group/stage", "/group/foreign", "/group/inner/carried");
  }

  /** They are forks, too: a candidate that only begins its work wins at once. */
  @Test
  void candidatesOfARaceAndItemsOfAMapCount() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          Callable<CompletableFuture<String>> candidate = () -> hold(new CompletableFuture<>());
          var won = TaskGroup.race("race", List.of(candidate));
          var mapped =
              TaskGroup.named("map").map(List.of(1), item -> hold(new CompletableFuture<String>()));
          TaskGroup.named("unordered")
              .carry(Carrier.of(new ThreadLocal<String>()))
              .mapUnordered(
                  List.of(1), item -> hold(new CompletableFuture<String>()), result -> {});
          assertThat(won).isNotDone();
          assertThat(mapped).hasSize(1);
        });
    assertThat(Findings.take("/group"))
        .extracting(Finding::path)
        .containsExactlyInAnyOrder(
            "/group/race/candidate", "/group/map/item", "/group/unordered/item");
  }

  /** One that is no future itself, as other libraries have them. */
  private static Object foreignStage(CompletableFuture<String> behind) {
    return Proxy.newProxyInstance(
        EscapesTest.class.getClassLoader(),
        new Class<?>[] {CompletionStage.class},
        (proxy, method, arguments) -> method.invoke(behind, arguments));
  }

  @Test
  void whatHasCompletedByTheTimeOfTheReportIsNoFinding() throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    TaskGroup.run("group", group -> group.fork("send", () -> future));
    assertThat(Findings.below("/group")).hasSize(1);
    future.complete("late");
    assertThat(Findings.below("/group")).isEmpty();
    assertThat(Findings.take("/group")).isEmpty();
  }

  @Test
  void nothingIsSaidOfResultsThatAreDoneOrHaveAnOwner() throws Exception {
    TaskGroup.run(
        "group",
        group -> {
          group.fork("value", () -> "value");
          group.fork("null", () -> (Object) null);
          group.fork("done", () -> CompletableFuture.completedFuture("value"));
          Task<?> task = group.fork("task", () -> Thread.sleep(Duration.ofMillis(20)));
          group.fork("owned", () -> hold(task.asFuture()));
          CompletableFuture<String> adopted = new CompletableFuture<>();
          group.adopt("adopted", adopted);
          assertThat(Findings.below("/group")).isEmpty();
          adopted.complete("value");
        });
    assertThat(Findings.take("/group")).isEmpty();
  }

  /** One line of a report, however many; and bounded memory, however many. */
  @Test
  void equalOnesAreCountedAndVeryManyAreBounded() throws Exception {
    List<CompletableFuture<String>> futures = new ArrayList<>();
    int many = 3 * Escapes.MOST;
    for (int i = 0; i < many; i++) {
      futures.add(new CompletableFuture<>());
    }
    TaskGroup.run("group", group -> futures.forEach(future -> group.fork("send", () -> future)));
    assertThat(Findings.below("/group"))
        .singleElement()
        .extracting(Finding::count)
        .isEqualTo(Escapes.MOST);

    futures.forEach(future -> future.complete("value"));
    CompletableFuture<String> one = new CompletableFuture<>();
    TaskGroup.run(
        "group",
        group -> {
          for (int i = 0; i <= Escapes.MOST; i++) {
            group.fork("other", () -> one);
          }
        });
    assertThat(Findings.take("/group"))
        .as("room was made for them")
        .singleElement()
        .extracting(Finding::count)
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.INTEGER)
        .isGreaterThan(Escapes.MOST / 2);
  }

  @Test
  void aFutureThatNobodyHoldsIsForgotten() throws Exception {
    TaskGroup.run("group", group -> group.fork("send", () -> new CompletableFuture<String>()));
    Await.until(
        "the future is collected",
        () -> {
          System.gc();
          return Findings.below("/group").isEmpty();
        });
  }

  @Test
  void aFutureWhoseCodeThrowsChangesNothing() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Future<String> broken =
        new CompletableFuture<>() {
          @Override
          public boolean isDone() {
            asked.incrementAndGet();
            throw new IllegalStateException("broken");
          }
        };
    Object result =
        TaskGroup.call(
            "group",
            group -> {
              Task<Object> task = group.fork("task", () -> broken);
              return task.join();
            });
    assertThat(result).isSameAs(broken);
    assertThat(asked).hasPositiveValue();
    assertThat(Findings.take("/group")).isEmpty();
  }

  @Test
  void theReportOfAStopNamesIt() throws Exception {
    RootGroup root =
        RootGroup.open(
            "service",
            new RootGroup.Listener() {
              @Override
              public void failed(String path, Throwable failure) {
                throw new AssertionError(path, failure);
              }

              @Override
              public void changed() {}
            });
    root.fork("send", () -> hold(new CompletableFuture<String>())).await();
    Deadline mark = Deadline.in(Duration.ofSeconds(5));
    CancelReason why =
        new CancelReason(CancelReason.Kind.STOP, "SIGTERM", "the process stops", Instant.EPOCH);
    Account account =
        RootGroup.stop(
            List.of(root), false, why, new RootGroup.Marks(mark, mark, mark, false, stage -> {}));
    assertThat(account.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.cause()).isEqualTo(Cause.FORGOTTEN);
          assertThat(finding.path()).isEqualTo("/service/send");
        });
    assertThat(account.work().addsUp()).isTrue();
    assertThat(account.work().completed()).isEqualTo(1);
  }
}
