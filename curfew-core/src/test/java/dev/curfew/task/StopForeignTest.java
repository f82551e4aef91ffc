// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.report.Account;
import dev.curfew.report.Cause;
import dev.curfew.report.ResourceEnd;
import dev.curfew.time.Microscope;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Laws 1, 2 and 20: what a stop of the process ends beside its services. */
class StopForeignTest {
  @Test
  void groupsOnForeignThreadsAreAskedWithWhatIsNestedInThemAndAwaited() throws Exception {
    Scene.play(scene -> {
      Thread foreign =
          scene.spawn(
              "foreign",
              () -> {
                try {
                  TaskGroup.run(
                      "outer",
                      outer -> {
                        scene.own(outer, "resource");
                        scene.asked(outer, "outer fork");
                        TaskGroup.run("nested", nested -> scene.asked(nested, "nested fork"));
                      });
                } catch (InterruptedException e) {
                  scene.note("interrupted"); // Where the clock stalls, up to the drain mark.
                }
              });
      scene.await("both forks", () -> scene.started() == 2);
      Account account = scene.stopProcess();
      foreign.join();
      scene.inOrder("asked nested fork", "close resource");
      scene.inOrder("asked outer fork", "close resource");
      scene.accountsForAll(account);
      scene.lost(account, 0);
      scene.tookAtMost(0.1);
    });
  }

  @Test
  void groupsOnForeignThreadsAreCancelledAtTheDrainMark() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          scene.spawn(
              "foreign",
              () -> {
                try {
                  TaskGroup.run(
                      "outer",
                      outer ->
                          TaskGroup.run(
                              "nested",
                              nested -> scene.fork(nested, "deaf", () -> scene.sleep(100))));
                } catch (InterruptedException e) {
                  scene.note("interrupted");
                }
              });
          scene.await("the fork", () -> scene.started() == 1);
          Account account = scene.stopProcess();
          assertThat(account.work().cancelled()).isEqualTo(1);
          assertThat(account.pendingTasks()).isZero();
          scene.accountsForAll(account);
          scene.tookAtMost(Scene.DRAIN + 0.2);
        });
  }

  @Test
  void aTaskThatHangsInAForeignGroupIsAbandonedNamedAndCountedOnce() throws Exception {
    Scene.playHanging(scene -> {
      Scene.Gate gate = scene.gate();
      Thread foreign =
          scene.spawn(
              "foreign",
              () -> {
                try {
                  TaskGroup.run(
                      "outer",
                      outer ->
                          TaskGroup.run(
                              "nested", nested -> scene.fork(nested, "stuck", gate::hang)));
                } catch (InterruptedException e) {
                  scene.note("interrupted");
                }
              });
      scene.await("it to hang", () -> gate.reached);
      Account account = scene.stopProcess();
      assertThat(Scene.pending(account)).containsExactly("/outer/nested/stuck");
      assertThat(account.work().abandoned()).isEqualTo(1);
      scene.accountsForAll(account);
      gate.open();
      foreign.join();
    });
  }

  @Test
  void whatAnAbandonedGroupKeepsIsClosedInTheStopOfTheProcess() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          Scene.Gate gate = scene.gate();
          Thread foreign =
              scene.spawn(
                  "foreign",
                  () -> {
                    TaskGroup.run(
                        "page",
                        page -> {
                          scene.own(page, "connection");
                          scene.fork(page, "stuck", gate::hang);
                          scene.await("it to hang", () -> gate.reached);
                          page.cancel("enough");
                        });
                  });
          foreign.join();
          assertThat(RollCall.now().text()).contains("/page", "stuck", "connection");
          assertThat(scene.notes()).isEmpty();
          Account account = scene.stopProcess(scene.open("svc"));
          assertThat(scene.notes()).contains("close connection");
          assertThat(Scene.how(account, "/page/connection")).isEqualTo(ResourceEnd.How.CLOSED);
          assertThat(Scene.pending(account)).contains("/page/stuck");
          scene.tookAtMost(0.2);
        });
  }

  @Test
  void whatIsOpenInsideATaskThatWasGivenUpIsClosedOrSkippedButNamed() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          boolean process = scene.microscope.random().nextBoolean();
          RootGroup root = scene.open("svc");
          Scene.Gate gate = scene.gate();
          scene.fork(
              root,
              "request",
              () ->
                  TaskGroup.run(
                      "page",
                      page -> {
                        scene.own(page, "connection");
                        gate.hang();
                      }));
          scene.await("it to hang", () -> gate.reached);
          Account account = process ? scene.stopProcess(root) : scene.stop(root);
          assertThat(Scene.how(account, "/svc/request/page/connection"))
              .isEqualTo(process ? ResourceEnd.How.CLOSED : ResourceEnd.How.SKIPPED);
          assertThat(Scene.pending(account)).containsExactly("/svc/request");
        });
  }

  @Test
  void findingsGoToTheReportOfTheServiceTheyHappenedInOnce() throws Exception {
    Scene.play(scene -> {
      RootGroup first = scene.open("svc");
      RootGroup second = scene.open("svc2");
      scene.background(first, "early", stop -> {}).await();
      scene.background(second, "early too", stop -> {}).await();
      scene.await("findings", () -> RollCall.now().findings().size() == 2);
      Account one = scene.stop(first);
      Account other = scene.stop(second);
      assertThat(one.findings()).extracting(f -> f.path()).containsExactly("/svc/early");
      assertThat(other.findings()).extracting(f -> f.path()).containsExactly("/svc2/early too");
      assertThat(RollCall.now().findings()).isEmpty();
    });
  }

  @Test
  void twoServicesStopTogetherInOneAccount() throws Exception {
    Scene.play(scene -> {
      RootGroup first = scene.open("first");
      RootGroup second = scene.open("second");
      scene.own(first, "a");
      scene.own(second, "b");
      scene.asked(first, "fork of first");
      scene.asked(second, "fork of second");
      Account account = scene.stop(first, second);
      scene.accountsForAll(account);
      assertThat(account.resources()).hasSize(2);
      assertThat(RollCall.now().nodes()).isEmpty();
    });
  }

  @Test
  void aServiceThatStopsLeavesTheOtherAlone() throws Exception {
    Scene.play(scene -> {
      RootGroup first = scene.open("first");
      RootGroup second = scene.open("second");
      scene.asked(first, "fork of first");
      Task<?> other = scene.asked(second, "fork of second");
      assertThat(scene.stop(first).work().accepted()).isEqualTo(1);
      assertThat(other.isDone()).isFalse();
      try {
        first.fork("late", () -> {});
        throw new AssertionError("a service that has ended accepted a fork");
      } catch (RejectedExecutionException e) {
        assertThat(e).hasMessageContaining("/first");
      }
      second.fork("still", () -> {});
      assertThat(scene.stop(second).work().accepted()).isEqualTo(2);
    });
  }

  @Test
  void whoBringsWorkToAGroupThatAStopHasClosedIsNamedAsCause5() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      TaskGroup inner = root.inner("inner");
      Account account = scene.stop(root);
      assertThat(account.findings()).isEmpty();
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> root.fork("late", () -> {}));
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> inner.fork("late", () -> {}));
      for (String path : List.of("/svc/inner", "/svc")) {
        assertThat(Findings.take(path))
            .singleElement()
            .satisfies(finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.ORDER);
              assertThat(finding.certain()).isFalse();
              assertThat(finding.what()).contains("fork late");
              assertThat(finding.at().getClassName()).contains("StopForeignTest");
            });
      }
    });
  }

  @Test
  void aTaskThatIsRejectedBecauseItIsCancelledItselfIsBlamedForNothing() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.fork(
              root,
              "late",
              () -> {
                try {
                  scene.sleep(100);
                } finally {
                  root.fork("later", () -> {});
                }
              });
          Account account = scene.stop(root);
          assertThat(account.work().rejected()).isEqualTo(1);
          assertThat(account.findings()).noneMatch(finding -> finding.cause() == Cause.ORDER);
        });
  }
}
