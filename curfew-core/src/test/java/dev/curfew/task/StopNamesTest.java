// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import dev.curfew.report.Finding;
import dev.curfew.report.ResourceEnd;
import dev.curfew.time.Microscope;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Law 21: work that a stop cuts off is named, and so is whoever made the stop wait. */
class StopNamesTest {
  private static List<Finding> lost(Account account) {
    return account.findings().stream()
        .filter(finding -> finding.what().startsWith("lost"))
        .toList();
  }

  @Test
  void aForkThatAStopCutsOffIsNamedWithItsSite() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.fork(root, "import", () -> scene.sleep(100));
          TaskGroup inner = root.inner("inner");
          scene.fork(inner, "part", () -> scene.sleep(100));
          scene.fork(inner, "part", () -> scene.sleep(100));
          Account account = scene.stop(root);
          assertThat(account.work().lost()).isEqualTo(3);
          assertThat(lost(account).stream().mapToInt(Finding::count).sum()).isEqualTo(3);
          assertThat(lost(account)).anyMatch(finding -> finding.path().equals("/svc/import"));
          assertThat(lost(account)).anyMatch(finding -> finding.path().contains("/svc/inner/part"));
          assertThat(lost(account)).noneMatch(finding -> finding.remedy().isEmpty());
        });
  }

  @Test
  void aForkThatFailsBecauseOfTheCancelOfAStopIsLostAndNamed() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          TaskGroup inner = root.inner(TaskGroup.named("inner").isolated());
          scene.fork(
              inner,
              "wraps",
              () -> {
                try {
                  scene.sleep(100);
                } catch (InterruptedException e) {
                  throw new IllegalStateException("no cause given");
                }
              });
          Account account = scene.stop(root);
          assertThat(account.work().failed()).isEqualTo(1);
          assertThat(account.work().lost()).isEqualTo(1);
          assertThat(lost(account)).hasSize(1);
        });
  }

  @Test
  void whatEndsInTimeOrIsCancelledByItsOwnProgramIsNotCalledLost() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      Task<?> cancelled = scene.fork(root, "cancelled", () -> new CountDownLatch(1).await());
      cancelled.cancel("enough");
      scene.asked(root, "asked");
      Account account = scene.stop(root);
      scene.lost(account, 0);
      if (!scene.stalls()) {
        assertThat(lost(account)).isEmpty();
      }
    });
  }

  @Test
  void aPoolWhoseQueueIsCutOffIsNamedWithItsNumbers() throws Exception {
    Scene.real(
        0.1,
        scene -> {
          RootGroup root = scene.open("svc");
          ExecutorService pool = root.own("pool", Executors.newFixedThreadPool(1));
          for (int i = 0; i < 3; i++) {
            pool.execute(StopNamesTest::waitForAnInterrupt);
          }
          Account account = scene.stop(root);
          assertThat(account.work().lost()).isEqualTo(3);
          assertThat(lost(account))
              .singleElement()
              .satisfies(finding -> {
                assertThat(finding.path()).isEqualTo("/svc/pool");
                assertThat(finding.what()).contains("2 never started");
                assertThat(finding.at().getClassName()).contains("StopNamesTest");
              });
        });
  }

  private static void waitForAnInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aBackgroundTaskThatDoesNotAnswerIsNamedWithThePlaceWhereItWaits() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.background(root, "deaf", stop -> scene.sleep(100));
          scene.askedBackground(root, "listens");
          Account account = scene.stop(root);
          assertThat(account.work().lost()).isZero();
          assertThat(account.findings())
              .singleElement()
              .satisfies(finding -> {
                assertThat(finding.path()).isEqualTo("/svc/deaf");
                assertThat(finding.what()).contains("did not answer its stop signal");
              });
        });
  }

  @Test
  void aCloseHasAllTheTimeThatNobodyElseNeeds() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.own(root, "oldest");
          scene.own(root, "older");
          root.own("long queue", (AutoCloseable) () -> scene.sleep(15));
          Account account = scene.stop(root);
          assertThat(Scene.how(account, "/svc/long queue")).isEqualTo(ResourceEnd.How.CLOSED);
          assertThat(Scene.closed(account)).allMatch(end -> end.startsWith("CLOSED"));
          assertThat(account.findings()).isEmpty();
        });
  }

  @Test
  void theRollCallShowsTheResourceWhoseCloseIsUnderWay() throws Exception {
    Scene.real(
        1,
        scene -> {
          RootGroup root = scene.open("svc");
          CountDownLatch closing = new CountDownLatch(1);
          CountDownLatch go = new CountDownLatch(1);
          root.own(
              "db",
              (AutoCloseable)
                  () -> {
                    closing.countDown();
                    go.await();
                  });
          Thread looks =
              scene.spawn(
                  "looks",
                  () -> {
                    closing.await();
                    scene.note(RollCall.now().text());
                    go.countDown();
                  });
          scene.stop(root);
          looks.join();
          assertThat(scene.notes()).anyMatch(text -> text.contains("db  resource is closing for"));
        });
  }
}
