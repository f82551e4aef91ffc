// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.time.Microscope;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Law 22: the roll call names what is not home, where it stands. */
class RollCallTest {
  /** Without what changes from run to run: the time, how long, the lines of this file. */
  private static String stable(String text) {
    return text.replaceAll("roll call \\S+", "roll call NOW")
        .replaceAll("for \\d+\\.\\d s", "for T")
        .replaceAll("  \\w+Test\\.\\w+", "  SITE");
  }

  @Test
  void theTextShowsTheTreeWithGroupsInsideTasks() {
    Scene.seeds(
        Microscope.lens().seeds(20),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          root.startIntakes();
          root.intake("api", scene.new Door("api"));
          root.own("db", (AutoCloseable) () -> {});
          scene.askedBackground(root.inner("inner"), "poll");
          scene.asked(root, "job");
          scene.asked(root, "job");
          scene.fork(
              root, "request", () -> TaskGroup.run("page", page -> scene.asked(page, "part")));
          scene.await("the part", () -> scene.started() == 5);
          assertThat(stable(RollCall.now().text()))
              .isEqualTo(
                  """
                  CURFEW roll call NOW tasks=5
                    /svc  root
                      api  intake
                      inner  group
                        poll  background RUNNING for T  SITE
                      job#1  RUNNING for T  SITE
                      job#2  RUNNING for T  SITE
                      request  RUNNING for T  SITE
                        page  group
                          part  RUNNING for T  SITE
                      db  resource  SITE
                  """);
          scene.stop(root);
          assertThat(RollCall.now().nodes()).isEmpty();
        });
  }

  @Test
  void aResourceKeepsItsNameWhenThePathOfItsGroupGetsLonger() throws Exception {
    CountDownLatch owned = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TaskGroup.run(
        "outer",
        outer -> {
          outer.fork(
              "job",
              () ->
                  TaskGroup.run(
                      "page",
                      page -> {
                        page.own("db", (AutoCloseable) () -> {});
                        owned.countDown();
                        release.await();
                      }));
          owned.await();
          outer.fork("job", () -> release.await()); // From now on the first one is job#1.
          String text = stable(RollCall.now().text());
          release.countDown();
          assertThat(text).contains("      page  group\n        db  resource");
        });
  }

  @Test
  void theJsonHasTheSameNodes() {
    Scene.seeds(
        Microscope.lens().seeds(20),
        false,
        scene -> {
          RootGroup root = scene.open("svc");
          scene.asked(root, "job \"1\"");
          root.own("db", (AutoCloseable) () -> {});
          StringBuilder json = new StringBuilder();
          RollCall.now().writeJson(json);
          assertThat(
                  json.toString()
                      .replaceAll("\"at\":\"[^\"]*\"", "\"at\":\"NOW\"")
                      .replaceAll("\"elapsed_ms\":\\d+", "\"elapsed_ms\":0")
                      .replaceAll("\"site\":\"[^\"]*\"", "\"site\":\"SITE\"")
                      .replace("NOT_STARTED", "RUNNING"))
              .isEqualTo(
                  """
                  {"schema":"curfew-rollcall/1","at":"NOW","tasks":1,"nodes":[\
                  {"depth":0,"kind":"ROOT","name":"svc","elapsed_ms":0},\
                  {"depth":1,"kind":"FORK","name":"job \\"1\\"","state":"RUNNING",\
                  "elapsed_ms":0,"site":"SITE"},\
                  {"depth":1,"kind":"RESOURCE","name":"db","elapsed_ms":0,"site":"SITE"}],\
                  "findings":[]}\
                  """);
          scene.stop(root);
        });
  }

  @Test
  void foreignBlocksAreRootsOfTheirOwn() {
    Scene.seeds(
        Microscope.lens().seeds(20),
        false,
        scene -> {
          TaskGroup.run(
              "page",
              page ->
                  TaskGroup.run(
                      "nested",
                      nested ->
                          assertThat(stable(RollCall.now().text()))
                              .isEqualTo(
                                  """
                                  CURFEW roll call NOW tasks=0
                                    /page  root
                                      nested  group
                                  """)));
          assertThat(RollCall.now().nodes()).isEmpty();
        });
  }

  @Test
  void stacksAreTakenOfTheFirstTasksOnly() throws Exception {
    Scene.real(
        1,
        scene -> {
          RootGroup root = scene.open("svc");
          Scene.Gate gate = scene.gate();
          for (int i = 0; i < 5; i++) {
            scene.fork(root, "job", gate::hang);
          }
          scene.await("a task to hang", () -> gate.reached);
          RollCall call = RollCall.withStacks(2);
          assertThat(call.nodes().stream().filter(node -> !node.stack().isEmpty()).count())
              .isBetween(1L, 2L);
          assertThatThrownBy(() -> RollCall.withStacks(-1)).hasMessageContaining("-1");
          gate.open();
          scene.stop(root);
        });
  }

  @Test
  void aHundredThousandTasksAreAllThereAndWrittenInPieces() throws Exception {
    Scene.real(
        1,
        scene -> {
          RootGroup root = scene.open("svc");
          CountDownLatch open = new CountDownLatch(1);
          int many = 100_000;
          for (int i = 0; i < many; i++) {
            scene.fork(root, "job", open::await);
          }
          RollCall call = RollCall.now();
          assertThat(call.tasks()).isEqualTo(many);
          assertThat(call.nodes()).hasSize(many + 1);
          AtomicInteger longest = new AtomicInteger();
          AtomicInteger lines = new AtomicInteger();
          call.writeText(
              new Appendable() {
                @Override
                public Appendable append(CharSequence text) {
                  longest.accumulateAndGet(text.length(), Math::max);
                  return this;
                }

                @Override
                public Appendable append(CharSequence text, int start, int end) {
                  return append(text.subSequence(start, end));
                }

                @Override
                public Appendable append(char c) {
                  lines.addAndGet(c == '\n' ? 1 : 0);
                  return this;
                }
              });
          assertThat(longest).hasValueLessThan(1000);
          assertThat(lines).hasValue(many + 2);
          open.countDown();
          scene.accountsForAll(scene.stop(root));
        });
  }
}
