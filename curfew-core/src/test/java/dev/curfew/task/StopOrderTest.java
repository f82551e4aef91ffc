// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.Account;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Law 14: in which order a stop reaches what a service owns. */
class StopOrderTest {
  @Test
  void intakesGoQuietThenForksThenBackgroundsAreAskedThenResourcesCloseNewestFirst()
      throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      root.startIntakes();
      scene.own(root, "oldest");
      scene.own(root, "newest");
      root.intake("api", scene.new Door("api"));
      scene.asked(root, "fork");
      scene.askedBackground(root, "one");
      scene.askedBackground(root, "two");
      Account account = scene.stop(root);
      scene.inOrder("quiet api", "asked fork", "asked one", "close newest", "close oldest");
      scene.inOrder("quiet api", "asked fork", "asked two", "close newest", "close oldest");
      scene.completed(account, 3);
      if (!scene.stalls()) {
        assertThat(Scene.closed(account))
            .containsExactly("CLOSED /svc/newest", "CLOSED /svc/oldest");
        assertThat(account.findings()).isEmpty();
      }
      scene.accountsForAll(account);
      scene.tookAtMost(0.1);
    });
  }

  @Test
  void quietReachesEveryIntakeOfTheTreeBeforeAnyForkIsAsked() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      root.startIntakes();
      TaskGroup inner = root.inner("inner");
      TaskGroup innermost = inner.inner("innermost");
      root.intake("a", scene.new Door("a"));
      inner.intake("b", scene.new Door("b"));
      innermost.intake("c", scene.new Door("c"));
      scene.asked(root, "fork");
      scene.asked(innermost, "deep");
      scene.accountsForAll(scene.stop(root));
      for (String door : List.of("a", "b", "c")) {
        scene.inOrder("quiet " + door, "asked fork");
        scene.inOrder("quiet " + door, "asked deep");
      }
    });
  }

  @Test
  void anOuterGroupOutlivesItsInnerOnes() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      scene.own(root, "outer resource");
      scene.askedBackground(root, "outer background");
      TaskGroup inner = root.inner("inner");
      scene.own(inner, "inner resource");
      scene.askedBackground(inner, "inner background");
      scene.asked(inner, "inner fork");
      Account account = scene.stop(root);
      scene.inOrder(
          "asked inner fork",
          "asked inner background",
          "close inner resource",
          "asked outer background",
          "close outer resource");
      scene.accountsForAll(account);
    });
  }

  @Test
  void backgroundsOfAGroupAreAskedAllAtOnce() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      CountDownLatch all = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        scene.background(
            root,
            "b" + i,
            stop -> {
              stop.await();
              all.countDown();
              all.await(); // Ends only if the others are asked while this one is still out.
            });
      }
      Account account = scene.stop(root);
      scene.completed(account, 3);
      scene.lost(account, 0);
      scene.tookAtMost(0.1);
    });
  }

  @Test
  void whatIsInFlightInAnIntakeIsAwaitedWithTheForks() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      root.startIntakes();
      Scene.Door door = scene.new Door("api");
      door.inFlight.set(1);
      root.intake("api", door);
      scene.askedBackground(root, "background");
      scene.own(root, "resource");
      Thread client =
          scene.spawn(
              "client",
              () -> {
                scene.sleep(3);
                scene.note("answered");
                door.inFlight.set(0);
              });
      scene.stop(root);
      client.join();
      scene.inOrder("quiet api", "answered", "asked background", "close resource");
    });
  }

  @Test
  void independentGroupsMoveOnSideBySide() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      TaskGroup slow = root.inner("slow");
      TaskGroup quick = root.inner("quick");
      scene.own(slow, "slow resource");
      scene.own(quick, "quick resource");
      scene.fork(slow, "slow", () -> scene.sleep(5));
      scene.fork(quick, "quick", () -> {});
      scene.stop(root);
      scene.inOrder("close quick resource", "close slow resource");
      scene.tookAtMost(5.1);
    });
  }

  @Test
  void fiftyGroupsInEachOtherEndFromTheInnermostOut() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      TaskGroup group = root;
      scene.own(root, "r0");
      for (int depth = 1; depth <= 50; depth++) {
        group = group.inner("g" + depth);
        scene.own(group, "r" + depth);
        scene.askedBackground(group, "b" + depth);
      }
      scene.asked(group, "deepest");
      Account account = scene.stop(root);
      for (int depth = 50; depth > 0; depth--) {
        scene.inOrder("asked b" + depth, "close r" + depth, "close r" + (depth - 1));
      }
      scene.completed(account, 51);
      scene.accountsForAll(account);
    });
  }

  @Test
  void whatIsInsideATaskIsAskedWithTheTask() throws Exception {
    Scene.play(scene -> {
      RootGroup root = scene.open("svc");
      scene.fork(
          root,
          "request",
          () ->
              TaskGroup.run(
                  "page",
                  page -> {
                    scene.own(page, "page resource");
                    scene.asked(page, "part");
                    TaskGroup.run("nested", nested -> scene.asked(nested, "nested part"));
                  }));
      scene.await("the parts to run", () -> scene.started() == 3);
      scene.own(root, "root resource");
      Account account = scene.stop(root);
      scene.inOrder("asked part", "close page resource", "close root resource");
      scene.inOrder("asked nested part", "close page resource");
      scene.lost(account, 0);
      scene.accountsForAll(account);
      scene.tookAtMost(0.1);
    });
  }
}
