// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import dev.curfew.report.ResourceEnd;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import dev.curfew.time.Microscope;
import org.junit.jupiter.api.Test;

/** Law 18: user code that hangs or throws during a stop is left, or recorded; the walk goes on. */
class StopHangsTest {
  /** What must go well beside whatever hangs. */
  private static RootGroup withCompany(Scene scene) throws Exception {
    RootGroup root = scene.open("svc");
    root.startIntakes();
    scene.own(root, "company");
    scene.asked(root, "fork");
    scene.askedBackground(root, "background");
    return root;
  }

  private static void companyIsWell(Scene scene, Account account) {
    assertThat(scene.notes().stream().filter("close company"::equals)).hasSizeLessThan(2);
    if (!scene.stalls()) {
      assertThat(scene.notes()).contains("asked fork", "asked background", "close company");
      assertThat(Scene.how(account, "/svc/company")).isEqualTo(ResourceEnd.How.CLOSED);
    }
    scene.accountsForAll(account);
  }

  private static void isNamed(Scene scene, Account account, String path, String what) {
    assertThat(account.findings())
        .as("findings, at %s", scene.notes())
        .anySatisfy(finding -> {
          assertThat(finding.path()).isEqualTo(path);
          assertThat(finding.what()).contains(what);
        });
  }

  @Test
  void aHangInQuietIsLeftAtTheDrainMarkAndNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.inner("inner")
          .intake(
              "stuck",
              scene.new Door("stuck") {
                @Override
                public void quiet() {
                  gate.hang();
                }
              });
      Account account = scene.stop(root);
      assertThat(Scene.how(account, "/svc/inner/stuck (quiet)"))
          .isEqualTo(ResourceEnd.How.ABANDONED);
      companyIsWell(scene, account);
      scene.tookAtMost(Scene.DRAIN + 0.3);
    });
  }

  @Test
  void aHangInInFlightIsLeftAtTheDrainMarkAndNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.intake(
          "stuck",
          scene.new Door("stuck") {
            @Override
            public long inFlight() {
              gate.hang();
              return 0;
            }
          });
      Account account = scene.stop(root);
      assertThat(Scene.how(account, "/svc/stuck (quiet)")).isEqualTo(ResourceEnd.How.ABANDONED);
      companyIsWell(scene, account);
      scene.tookAtMost(Scene.DRAIN + 0.3);
    });
  }

  @Test
  void workInFlightThatNeverEndsIsNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Door door = scene.new Door("busy");
      door.inFlight.set(3);
      root.intake("busy", door);
      Account account = scene.stop(root);
      assertThat(Scene.how(account, "/svc/busy (quiet)")).isNotEqualTo(ResourceEnd.How.CLOSED);
      companyIsWell(scene, account);
    });
  }

  @Test
  void quietThatThrowsIsNamedAlsoInAnInnerGroupThatEndsLongBefore() throws Exception {
    Scene.play(scene -> {
      RootGroup root = withCompany(scene);
      root.inner("inner")
          .intake(
              "broken",
              scene.new Door("broken") {
                @Override
                public void quiet() {
                  throw new IllegalStateException("no quiet today");
                }
              });
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        ResourceEnd.How how = Scene.how(account, "/svc/inner/broken (quiet)");
        assertThat(how).isEqualTo(ResourceEnd.How.THREW);
      }
      companyIsWell(scene, account);
      scene.tookAtMost(0.1);
    });
  }

  @Test
  void aHangInRetireHoldsUpNothingAndIsNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.intake(
          "stuck",
          scene.new Door("stuck") {
            @Override
            public void retire() {
              gate.hang();
            }
          });
      root.retireIntakes();
      scene.await("retire to hang", () -> gate.reached);
      Account account = scene.stop(root);
      isNamed(scene, account, "/svc/stuck", "retire did not return");
      companyIsWell(scene, account);
      scene.tookAtMost(0.5);
    });
  }

  @Test
  void retireThatThrowsIsNamed() throws Exception {
    Scene.play(scene -> {
      RootGroup root = withCompany(scene);
      root.intake(
          "broken",
          scene.new Door("broken") {
            @Override
            public void retire() {
              scene.note("retiring");
              throw new IllegalStateException("can't retire");
            }
          });
      root.retireIntakes();
      scene.await("retire", () -> scene.notes().contains("retiring"));
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        isNamed(scene, account, "/svc/broken", "failed to retire");
      }
      companyIsWell(scene, account);
    });
  }

  @Test
  void anIntakeWhoseStartHangsIsLeftAndNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      Thread starter =
          scene.spawn(
              "starter",
              () ->
                  root.intake(
                      "stuck",
                      scene.new Door("stuck") {
                        @Override
                        public void start() {
                          gate.hang();
                        }

                        @Override
                        public long inFlight() {
                          return 0;
                        }
                      }));
      scene.await("start to hang", () -> gate.reached);
      Account account = scene.stop(root);
      assertThat(Scene.how(account, "/svc/stuck (quiet)")).isNotEqualTo(ResourceEnd.How.CLOSED);
      companyIsWell(scene, account);
      scene.tookAtMost(Scene.DRAIN + 0.5);
      gate.open();
      starter.join();
    });
  }

  @Test
  void aHookThatHangsDoesNotKeepOthersFromBeingCancelled() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = withCompany(scene);
          Scene.Gate gate = scene.gate();
          scene.fork(
              root, "hooked", () -> Cancellation.onCancel(gate::hang).run(() -> scene.sleep(100)));
          scene.fork(root, "sleeper", () -> scene.sleep(100));
          Account account = scene.stop(root);
          scene.lost(account, 2);
          companyIsWell(scene, account);
          // The hook's own task is interrupted by the finder, and waits a second for its hook.
          scene.tookAtMost(Scene.DRAIN + 1.5);
        });
  }

  @Test
  void aHookThatThrowsIsNamed() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = withCompany(scene);
          scene.fork(
              root,
              "hooked",
              () ->
                  Cancellation.onCancel(
                          () -> {
                            throw new IllegalStateException("hook fails");
                          })
                      .run(() -> scene.sleep(100)));
          Account account = scene.stop(root);
          if (!scene.stalls()) {
            isNamed(scene, account, "/svc/hooked", "hook fails");
          }
          companyIsWell(scene, account);
        });
  }

  @Test
  void aManagedCancelThatHangsIsNamedAndTheOthersAreCancelledOnceEach() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.own("first", managed(() -> scene.note("cancel first"), () -> {}));
      root.own("stuck", managed(gate::hang, () -> {}));
      root.own("last", managed(() -> scene.note("cancel last"), () -> {}));
      scene.background(root, "late", stop -> scene.sleep(11.5));
      scene.fork(root, "busy", () -> scene.sleep(100));
      Account account = scene.stop(root);
      assertThat(scene.notes().stream().filter("cancel last"::equals)).hasSizeLessThan(2);
      assertThat(scene.notes().stream().filter("cancel first"::equals)).hasSizeLessThan(2);
      if (!scene.stalls()) {
        assertThat(scene.notes()).contains("cancel first", "cancel last");
        isNamed(scene, account, "/svc/stuck", "cancel did not return");
      }
      companyIsWell(scene, account);
    });
  }

  @Test
  void aManagedCancelThatThrowsIsNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      root.own(
          "broken",
          managed(
              () -> {
                throw new IllegalStateException("cancel fails");
              },
              () -> {}));
      scene.fork(root, "busy", () -> scene.sleep(100));
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        isNamed(scene, account, "/svc/broken", "cancel fails");
      }
      companyIsWell(scene, account);
    });
  }

  private interface Closing extends Managed, AutoCloseable {
    @Override
    default void close() {}
  }

  private static Closing managed(Action cancel, Action close) {
    return new Closing() {
      @Override
      public void cancel() throws Exception {
        cancel.run();
      }

      @Override
      public void close(Deadline limit) throws Exception {
        close.run();
      }
    };
  }

  @Test
  void aCloseThatHangsIsLeftAndTheOthersAreClosed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.own("stuck", (AutoCloseable) gate::hang);
      scene.own(root, "newer");
      Account account = scene.stop(root);
      assertThat(Scene.how(account, "/svc/stuck")).isEqualTo(ResourceEnd.How.ABANDONED);
      scene.inOrder("close newer", "close company");
      companyIsWell(scene, account);
    });
  }

  @Test
  void everyCloseHangsAndStillEachHasItsLineAndTheMarkHolds() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = scene.open("svc");
      Scene.Gate gate = scene.gate();
      for (int i = 0; i < 8; i++) {
        root.own("r" + i, (AutoCloseable) gate::hang);
      }
      Account account = scene.stop(root);
      assertThat(account.resources()).hasSize(8);
      assertThat(account.resources()).noneMatch(end -> end.how() == ResourceEnd.How.CLOSED);
    });
  }

  @Test
  void aCloseThatThrowsIsRecordedAndTheOthersAreClosed() throws Exception {
    Scene.play(scene -> {
      RootGroup root = withCompany(scene);
      root.own(
          "broken",
          (AutoCloseable)
              () -> {
                throw new AssertionError("an error, even");
              });
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        assertThat(Scene.how(account, "/svc/broken")).isEqualTo(ResourceEnd.How.THREW);
      }
      companyIsWell(scene, account);
      scene.tookAtMost(0.1);
    });
  }

  @Test
  void tasksThatIgnoreTheirCancelAreAbandonedAtTheCancelMarkAndNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      scene.fork(root, "fork that hangs", gate::hang);
      scene.background(root, "background that hangs", stop -> gate.hang());
      scene.await("both to hang", () -> gate.reached);
      Account account = scene.stop(root);
      assertThat(Scene.pending(account))
          .contains("/svc/background that hangs")
          .contains("/svc/fork that hangs");
      assertThat(account.work().abandoned()).isEqualTo(account.pendingTasks());
      if (!scene.stalls()) {
        assertThat(account.pendingTasks()).isEqualTo(2);
      }
      companyIsWell(scene, account);
      scene.tookAtMost(Scene.CANCEL + 0.1);
      assertThat(RollCall.now().text()).contains("fork that hangs", "background that hangs");
    });
  }

  @Test
  void anExceptionWhoseToStringHangsIsLeftAndNamed() throws Exception {
    Scene.playHanging(scene -> {
      RootGroup root = withCompany(scene);
      Scene.Gate gate = scene.gate();
      root.own(
          "broken",
          (AutoCloseable)
              () -> {
                throw new IllegalStateException("broken") {
                  private static final long serialVersionUID = 1;

                  @Override
                  public String getMessage() {
                    gate.hang();
                    return "late";
                  }
                };
              });
      Account account = scene.stop(root);
      if (!scene.stalls()) {
        assertThat(Scene.how(account, "/svc/broken")).isEqualTo(ResourceEnd.How.THREW);
      }
      companyIsWell(scene, account);
      scene.tookAtMost(Scene.CLOSE);
    });
  }

  @Test
  void withoutHelpersTheWardenItselfMakesTheCalls() throws Exception {
    Scene.seeds(
        Microscope.lens(),
        false,
        scene -> {
          RootGroup root = withCompany(scene);
          root.intake("api", scene.new Door("api"));
          scene.fork(root, "busy", () -> scene.sleep(100));
          root.own("cancelled", managed(() -> scene.note("cancel"), () -> scene.note("close")));
          scene.microscope.refuseStarts(thread -> thread.getName().startsWith("curfew"));
          Account account = scene.stop(root);
          scene.inOrder("quiet api", "asked fork", "asked background", "close company");
          scene.inOrder("cancel", "close", "close company");
          scene.lost(account, 1);
          companyIsWell(scene, account);
        });
  }

  @Test
  void anInterruptThatHangsInAChannelKeepsNobodyElseFromBeingCancelled() throws Exception {
    Scene.real(
        0.05,
        scene -> {
          RootGroup first = scene.open("first");
          RootGroup second = scene.open("second");
          Scene.Gate gate = scene.gate();
          Scene.Gate inside = scene.gate();
          scene.fork(first, "channel", () -> new StuckChannel(gate).use(inside));
          scene.await("the channel to be in use", () -> inside.reached);
          scene.fork(first, "one", () -> scene.sleep(100));
          scene.fork(second, "two", () -> scene.sleep(100));
          scene.askedBackground(second, "background");
          Account account = scene.stop(false, scene.marks(0.2, 2.2, 3), first, second);
          assertThat(account.work().cancelled()).isGreaterThanOrEqualTo(2);
          assertThat(account.pending())
              .extracting(line -> line.path())
              .containsOnly("/first/channel");
          scene.accountsForAll(account);
        });
  }

  @Test
  void anInterruptThatHangsInABackgroundTasksChannelDoesNotHoldTheWarden() throws Exception {
    Scene.real(
        1,
        scene -> {
          RootGroup root = scene.open("svc");
          Scene.Gate gate = scene.gate();
          Scene.Gate inside = scene.gate();
          scene.own(root, "resource");
          scene.background(root, "channel", stop -> new StuckChannel(gate).use(inside));
          scene.await("the channel to be in use", () -> inside.reached);
          Thread rescuer =
              scene.spawn(
                  "rescuer",
                  () -> {
                    scene.sleep(6);
                    scene.note("rescued");
                    gate.open();
                  });
          Account account = scene.stop(false, scene.marks(0.2, 1.2, 2), root);
          assertThat(scene.notes()).doesNotContain("rescued").contains("close resource");
          assertThat(Scene.pending(account)).containsExactly("/svc/channel");
          rescuer.join();
        });
  }

  /** Its close, which an interrupt runs in the interrupting thread, hangs. */
  private static final class StuckChannel
      extends java.nio.channels.spi.AbstractInterruptibleChannel {
    private final Scene.Gate gate;

    StuckChannel(Scene.Gate gate) {
      this.gate = gate;
    }

    void use(Scene.Gate inside) throws java.nio.channels.AsynchronousCloseException {
      begin();
      try {
        inside.hang();
      } finally {
        end(true);
      }
    }

    @Override
    protected void implCloseChannel() {
      gate.hang();
    }
  }
}
