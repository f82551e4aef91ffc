// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Account;
import dev.curfew.report.ResourceEnd;
import dev.curfew.time.Microscope;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Laws 4, 14 and 21: marks, what races with them, and the account of it. */
class StopMarksTest {
  @Test
  void tasksThatEndAtTheVeryMarksAreCountedOnce() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      scene.own(root, "resource");
      for (double end : new double[] {Scene.DRAIN, 12, Scene.CANCEL, Scene.CLOSE}) {
        scene.fork(root, "fork " + end, () -> scene.sleep(scene.scaleFree(end)));
        scene.background(root, "background " + end, stop -> scene.sleep(scene.scaleFree(end)));
      }
      Account account = scene.stop(root);
      scene.accountsForAll(account);
      assertThat(account.resources()).hasSize(1);
    });
  }

  @Test
  void backgroundsThatIgnoreTheirSignalAreCancelledHalfwayToTheCancelMark() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = scene.open("svc");
      scene.background(root, "deaf", stop -> scene.sleep(100));
      Account account = scene.stop(root);
      scene.tookAtMost(12.1);
      assertThat(account.work().addsUp()).isTrue();
      if (!scene.stalls()) {
        assertThat(account.pendingTasks()).isZero();
      }
    });
  }

  @Test
  void whatTheStopCutOffIsLostHoweverItsTaskPutsIt() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = scene.open("svc");
      scene.fork(root, "obeys", () -> scene.sleep(100));
      scene.fork(
          root,
          "translates",
          () -> {
            try {
              scene.sleep(100);
            } catch (InterruptedException e) {
              throw new IllegalStateException("the statement was cancelled");
            }
          });
      Account account = scene.stop(root);
      scene.accountsForAll(account);
      if (!scene.stalls()) {
        assertThat(account.work().cancelled()).isEqualTo(1);
        assertThat(account.work().failed()).isEqualTo(1);
        assertThat(account.work().lost()).isEqualTo(2);
      }
    });
  }

  @Test
  void aCloseThatReturnsAtItsLimitHasExactlyOneEnd() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      // The limit of the first is what is left, less half a second for the other: 16.5 of 17 s.
      root.own("slow", (AutoCloseable) () -> scene.sleep(scene.scaleFree(16.5)));
      scene.own(root, "older");
      Account account = scene.stop(root);
      assertThat(account.resources()).hasSize(2);
      assertThat(Scene.how(account, "/svc/slow"))
          .isIn(ResourceEnd.How.CLOSED, ResourceEnd.How.ABANDONED, ResourceEnd.How.SKIPPED);
      scene.sleep(scene.scaleFree(20)); // Until a close that was left has ended, too.
    });
  }

  @Test
  void aForkIsAcceptedDuringTheDrainAndRejectedAfterItsMark() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = scene.open("svc");
      scene.fork(
          root,
          "worker",
          () -> {
            StopSignal.current().await();
            scene.fork(root, "late", () -> scene.note("late work"));
            try {
              scene.sleep(100);
            } catch (InterruptedException e) {
              Throwable thrown = catchThrowable(() -> root.fork("too late", () -> {}));
              scene.note("rejected " + (thrown instanceof RejectedExecutionException));
              assertThat(thrown).hasMessageContaining("/svc").hasMessageContaining("too late");
            }
          });
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        assertThat(scene.notes()).contains("late work", "rejected true");
        assertThat(account.work().rejected()).isEqualTo(1);
      }
      scene.accountsForAll(account);
    });
  }

  @Test
  void forksFromEverywhereDuringAStopAreAcceptedOrRejectedAndNeverLost() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      TaskGroup inner = root.inner("inner");
      for (String name : new String[] {"a", "b"}) {
        scene.spawn(
            name,
            () -> {
              for (int i = 0; i < 3; i++) {
                try {
                  scene.fork(i == 1 ? inner : root, name, () -> scene.note("ran"));
                } catch (RejectedExecutionException e) {
                  scene.note("rejected");
                }
                dev.curfew.time.Host.step();
              }
            });
      }
      Account account = scene.stop(root);
      long ran = scene.notes().stream().filter("ran"::equals).count();
      assertThat(account.work().completed() + account.work().abandoned())
          .isGreaterThanOrEqualTo(ran);
      if (!scene.stalls()) {
        assertThat(account.work().completed()).isEqualTo(ran);
        assertThat(account.work().accepted()).isEqualTo(ran);
      }
    });
  }

  @Test
  void aResourceGivenToAGroupThatStopsIsOwnedOrClosedAndRejectedButClosedOnce() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      Thread giver =
          scene.spawn(
              "giver",
              () -> {
                try {
                  scene.own(root, "late");
                } catch (RejectedExecutionException e) {
                  scene.note("rejected");
                }
              });
      Account account = scene.stop(root);
      giver.join();
      assertThat(scene.notes().stream().filter("close late"::equals)).hasSizeLessThan(2);
      assertThat(account.resources()).hasSize(scene.notes().contains("rejected") ? 0 : 1);
      if (!scene.stalls()) {
        assertThat(scene.notes()).contains("close late");
      }
    });
  }

  @Test
  void nobodyIsRejectedWhileTheGroupIsStillOpen() throws Exception {
    Scene.seeds(
        Microscope.lens().seeds(400),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.asked(root, "first");
          scene.spawn(
              "client",
              () -> {
                Task<?> accepted;
                try {
                  accepted =
                      root.fork(
                          "request",
                          () -> {
                            scene.own(root, "its resource");
                            root.inner("its group");
                          });
                } catch (RejectedExecutionException e) {
                  return;
                }
                assertThat(accepted.await()).isInstanceOf(Outcome.Completed.class);
              });
          scene.stop(root);
        });
  }

  @Test
  void aStopAfterALongSuspensionNamesWhatIsStillOutAndClosesWhatItCan() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        true,
        scene -> {
          RootGroup root = scene.open("svc");
          Scene.Gate gate = scene.gate();
          scene.own(root, "resource");
          scene.fork(root, "stuck", gate::hang);
          scene.askedBackground(root, "background");
          scene.await("it to hang", () -> gate.reached);
          Account account = scene.stop(false, scene.marks(-3, -2, -1), root);
          assertThat(Scene.pending(account)).contains("/svc/stuck");
          scene.accountsForAll(account);
          assertThat(account.resources()).hasSize(1);
        });
  }

  @Test
  void tenThousandPendingTasksAreCountedExactlyAndNamedInFewLines() throws Exception {
    Scene.real(
        0.05,
        scene -> {
          RootGroup root = scene.open("svc");
          Scene.Gate gate = scene.gate();
          for (int i = 0; i < 10_000; i++) {
            scene.fork(root, "job", gate::hang);
          }
          long from = System.nanoTime();
          Account account = scene.stop(root);
          assertThat(System.nanoTime() - from).isLessThan(10_000_000_000L);
          assertThat(account.pendingTasks()).isEqualTo(10_000);
          assertThat(account.work().abandoned()).isEqualTo(10_000);
          assertThat(account.pending()).hasSizeLessThanOrEqualTo(4);
          assertThat(account.pending().stream().mapToInt(line -> line.alike()).sum())
              .isEqualTo(10_000);
          scene.accountsForAll(account);
        });
  }

  @Test
  void theCensusSaysWhatIsThere() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      assertThat(root.census()).isEqualTo(new RootGroup.Census(0, 0, 0, 0, false, false));
      root.startIntakes();
      scene.own(root, "resource");
      root.intake("api", scene.new Door("api"));
      TaskGroup inner = root.inner("inner");
      scene.asked(inner, "fork");
      scene.askedBackground(root, "background");
      assertThat(root.census()).isEqualTo(new RootGroup.Census(1, 1, 1, 1, true, true));
      scene.stop(root);
      RootGroup.Census after = root.census();
      assertThat(after.forks() + after.backgrounds() + after.resources()).isZero();
    });
  }

  @Test
  void aWorkerThatHasEndedIsNoOpenIntake() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      class Worker extends Scene.Door implements Background {
        Worker() {
          scene.super("worker");
        }

        @Override
        public void run(StopSignal stop) {
          scene.note("works");
        }
      }

      Task<?> worker = scene.background(root, "worker", new Worker());
      worker.await();
      assertThat(root.census().intakes()).isZero();
      scene.accountsForAll(scene.stop(root));
    });
  }
}
