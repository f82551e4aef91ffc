// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

class LeftoverCheckTest {

  /** What the sample tests wait for, so that this test can let them go. */
  private static CountDownLatch release = new CountDownLatch(1);

  private static volatile List<String> planted = List.of();

  /** Registered beside the sources of core. */
  public static final class Planted implements LeftoverCheck.Source {
    /** For the service loader. */
    public Planted() {}

    @Override
    public Stream<String> pending() {
      return planted.stream();
    }
  }

  @AfterEach
  void letGo() {
    release.countDown();
    planted = List.of();
  }

  @Test
  void reportsAVirtualThreadThatWasLeftBehind() {
    assertThat(failures("leavesAVirtualThread"))
        .singleElement()
        .asString()
        .contains("left behind by leavesAVirtualThread()", "forgotten", "Sample.lambda$");
  }

  @Test
  void reportsAPlatformThreadThatWasLeftBehind() {
    assertThat(failures("leavesAPlatformThread"))
        .singleElement()
        .asString()
        .contains("forgotten", "CountDownLatch.await");
  }

  @Test
  void reportsAThreadOfAnExecutor() {
    assertThat(failures("leavesAThreadOfAnExecutor"))
        .singleElement()
        .asString()
        .contains("Sample.lambda$");
  }

  @Test
  void reportsWhatASourceStillSees() {
    planted = List.of("task billing/job#3, forked at Billing.java:7");
    assertThat(failures("leavesNothing"))
        .singleElement()
        .asString()
        .contains("left behind by leavesNothing()", "billing/job#3, forked at Billing.java:7");
  }

  @Test
  void reportsAHostThatWasNotPutBack() {
    Host before = Host.current();
    try {
      assertThat(failures("leavesAnotherHost")).singleElement().asString().contains("the host ");
    } finally {
      Host.install(before);
    }
  }

  @Test
  void passesTestsThatLeaveNothingOrMayDoSo() {
    assertThat(failures("leavesNothing")).isEmpty();
    assertThat(failures("mayLeaveAThread")).isEmpty();
  }

  private static List<String> failures(String method) {
    release = new CountDownLatch(1);
    Events tests =
        EngineTestKit.engine("junit-jupiter")
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false")
            .configurationParameter(LeftoverCheck.GRACE, "100")
            .selectors(DiscoverySelectors.selectMethod(Sample.class, method))
            .execute()
            .testEvents();
    tests.assertStatistics(events -> events.started(1));
    return tests.failed().stream()
        .map(event -> event.getRequiredPayload(TestExecutionResult.class))
        .map(result -> Objects.toString(result.getThrowable().orElse(null)))
        .toList();
  }

  private static void waitForRelease() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /** Run by the tests above only: surefire does not take nested classes. */
  @ExtendWith(LeftoverCheck.class)
  static class Sample {

    @Test
    void leavesAVirtualThread() {
      Thread.ofVirtual().name("forgotten").start(() -> waitForRelease());
    }

    @Test
    void leavesAPlatformThread() {
      Thread.ofPlatform().name("forgotten").start(() -> waitForRelease());
    }

    @Test
    void leavesAThreadOfAnExecutor() {
      ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
      Future<?> unused = executor.submit(() -> waitForRelease());
      executor.shutdown();
    }

    @Test
    void leavesAnotherHost() {
      Host.install(new SeededHost(Microscope.lens(), 0, "", Host.current()));
    }

    @Test
    void leavesNothing() throws Exception {
      Await.end(Thread.startVirtualThread(() -> {}));
    }

    @MayLeave("shows that it may")
    @Test
    void mayLeaveAThread() {
      Thread.ofVirtual().start(() -> waitForRelease());
    }
  }
}
