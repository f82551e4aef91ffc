// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.report.Account;
import dev.curfew.report.Cause;
import dev.curfew.report.Finding;
import dev.curfew.report.ResourceEnd;
import dev.curfew.report.StageTime;
import dev.curfew.report.StopOutcome;
import dev.curfew.report.StopReport;
import dev.curfew.report.Trigger;
import dev.curfew.report.WorkCount;
import dev.curfew.task.RootGroup;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class WardenTest {
  private final Stage stage = new Stage();

  @Test
  void aServiceIsReadyWhenItsIntakesAreOpenAndNotBefore() throws Exception {
    CountDownLatch setUp = new CountDownLatch(1);
    CountDownLatch open = new CountDownLatch(1);
    stage.play(service -> setUp.await());
    assertThat(stage.member.readiness()).isEqualTo(Readiness.STARTING);
    assertThat(stage.warden.phase()).isEqualTo(Warden.Phase.STARTING);

    stage.root.opening = open::await;
    setUp.countDown();
    awaitCall("startIntakes");
    assertThat(stage.member.readiness()).isEqualTo(Readiness.STARTING);

    open.countDown();
    stage.member.awaitStarted();
    assertThat(stage.member.readiness()).isEqualTo(Readiness.READY);
    end();
  }

  @Test
  void aSignalStopsAReadyServiceAndThenTheProcessWithZero() throws Exception {
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);

    StopReport report = report();
    assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(report.trigger().what()).isEqualTo("SIGTERM");
    assertThat(stage.exits).containsExactly(0);
    assertThat(stage.said).singleElement().asString().startsWith("CURFEW shutdown");
    assertThat(stage.walks).containsExactly("1 and foreign SIGTERM");
    assertThat(stage.member.readiness()).isEqualTo(Readiness.STOPPED);
  }

  @Test
  void aRepeatedSigtermIsCounted() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.walk = walkThatWaits(walking, go);
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);
    walking.await();
    stage.warden.signal(Signals.Kind.SIGTERM);
    stage.warden.signal(Signals.Kind.SIGTERM);
    go.countDown();

    assertThat(report().trigger().why()).contains("again 2 times");
    assertThat(stage.exits).containsExactly(0);
  }

  @Test
  void aSecondSigintWithinHalfASecondIsTheSameKeyPress() throws Exception {
    ready();

    stage.warden.signal(Signals.Kind.SIGINT);
    stage.warden.signal(Signals.Kind.SIGINT);

    assertThat(report().outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(stage.warden.insisted()).isFalse();
  }

  @Test
  void aSigintLaterHaltsWith130AndPrintsTheRollCall() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.walk = walkThatWaits(walking, go);
    stage.watchdog = new Watchdog(stage.ending);
    stage.watchdog.start();
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);
    walking.await();
    pass(Duration.ofNanos(Warden.DOUBLE_NANOS));
    stage.warden.signal(Signals.Kind.SIGINT);

    assertThat(stage.ended.await(Deadline.in(ofSeconds(10)))).isTrue();
    assertThat(stage.halts).containsExactly(130);
    assertThat(stage.said).contains("ROLL CALL\n");
    go.countDown();
    assertThat(report().exitCode()).isEqualTo(130);
  }

  @Test
  void aSigintThatHaltsIsTheLastWordOfTheReportFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("report.json");
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.walk = walkThatWaits(walking, go);
    stage.watchdog = new Watchdog(stage.ending);
    stage.watchdog.start();
    stage.options(stage.options.reportFile(file));
    ready();

    stage.warden.signal(Signals.Kind.SIGINT);
    walking.await();
    pass(Duration.ofNanos(Warden.DOUBLE_NANOS));
    stage.warden.signal(Signals.Kind.SIGINT);

    assertThat(file).content().contains("\"outcome\":\"INTERRUPTED\"", "\"exitCode\":130");
    go.countDown();
    assertThat(report().exitCode()).isEqualTo(130);
    assertThat(file).content().contains("\"outcome\":\"INTERRUPTED\"", "\"exitCode\":130");
  }

  @Test
  void aSetUpThatFailsIsRolledBackAndTheExitCodeIsOne() throws Exception {
    stage.play(service -> {
      throw new IllegalStateException("no port");
    });

    StopReport report = report();
    assertThat(report.outcome()).isEqualTo(StopOutcome.START_FAILED);
    assertThat(stage.exits).containsExactly(1);
    assertThat(stage.root.calls).contains("refuse").doesNotContain("startIntakes");
    assertThat(stage.said).singleElement().asString().contains("IllegalStateException: no port");
    assertThatThrownBy(stage.member::awaitStarted)
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("crawler")
        .hasRootCauseMessage("no port");
  }

  @Test
  void anIntakeThatCannotOpenFailsTheStart() throws Exception {
    CountDownLatch setUp = new CountDownLatch(1);
    stage.play(service -> setUp.await());
    stage.root.opening =
        () -> {
          throw new BindException("in use");
        };
    setUp.countDown();

    assertThat(report().outcome()).isEqualTo(StopOutcome.START_FAILED);
    assertThat(stage.exits).containsExactly(1);
  }

  @Test
  void aSignalDuringSetUpInterruptsItAndEndsWithZero() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    stage.play(service -> {
      begun.countDown();
      never.await();
    });
    begun.await();

    stage.warden.signal(Signals.Kind.SIGTERM);

    assertThat(report().outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(stage.exits).containsExactly(0);
    assertThat(stage.root.calls).containsExactly("setUp", "refuse", "cancel set-up");
  }

  @Test
  void aSetUpThatIgnoresItsInterruptIsLeftAtTheDrainMarkAndNamed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    stage
        .curfew(ofMillis(500))
        .play(service -> {
          begun.countDown();
          swallow(end);
        });
    begun.await();

    stage.warden.signal(Signals.Kind.SIGTERM);

    StopReport report = report();
    end.countDown();
    assertThat(report.outcome()).isEqualTo(StopOutcome.FORCED);
    assertThat(report.account().pending())
        .singleElement()
        .satisfies(line -> assertThat(line.path()).isEqualTo("/fake/set-up"));
    assertThat(stage.exits).containsExactly(75);
  }

  @Test
  void intakesThatHangWhileTheyOpenDoNotHoldUpAStop() throws Exception {
    CountDownLatch setUp = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    stage.play(service -> setUp.await());
    stage.root.opening = never::await;
    setUp.countDown();
    awaitCall("startIntakes");

    stage.warden.signal(Signals.Kind.SIGTERM);

    assertThat(report().outcome()).isEqualTo(StopOutcome.CLEAN);
  }

  @Test
  void aTaskThatTheServiceNeedsEndsItWith70() throws Exception {
    ready();

    stage.member.failed("/crawler/fetch", new IllegalStateException("gone"));

    StopReport report = report();
    assertThat(report.outcome()).isEqualTo(StopOutcome.CRITICAL);
    assertThat(report.trigger().origin()).isEqualTo(Trigger.Origin.CRASH);
    assertThat(report.trigger().why()).contains("/crawler/fetch");
    assertThat(stage.exits).containsExactly(70);
    assertThat(stage.said).singleElement().asString().contains("IllegalStateException: gone");
  }

  @Test
  void theEndOfTheLastForkEndsTheService() throws Exception {
    ready();
    stage.root.holds(1, 1, 0, true, true);
    stage.root.holds(0, 1, 0, true, true);

    assertThat(report().trigger().origin()).isEqualTo(Trigger.Origin.SELF);
    assertThat(stage.exits).containsExactly(0);
  }

  @Test
  void anOpenIntakeKeepsTheServiceUpAfterTheLastFork() throws Exception {
    ready();
    stage.root.holds(0, 1, 1, true, true);
    stage.root.holds(0, 0, 1, true, true);
    assertThat(stage.member.readiness()).isEqualTo(Readiness.READY);

    stage.root.holds(0, 0, 0, true, true);
    assertThat(report().trigger().origin()).isEqualTo(Trigger.Origin.SELF);
  }

  @Test
  void aServiceWithNothingAtAllEndsWithZeroAndSaysSo() throws Exception {
    CountDownLatch setUp = new CountDownLatch(1);
    stage.play(service -> setUp.await());
    stage.root.census = new RootGroup.Census(0, 0, 0, 0, false, false);
    setUp.countDown();

    StopReport report = report();
    assertThat(report.trigger().what()).isEqualTo("nothing-to-do");
    assertThat(stage.exits).containsExactly(0);
  }

  @Test
  void insideKubernetesAnIntakeIsRetiredBeforeItGoesQuiet() throws Exception {
    stage.kubernetes = true;
    Duration unready = ofMillis(300);
    stage.options(
        stage.options.curfew(
            new Curfew(unready, ofSeconds(17), ofSeconds(21), ofSeconds(24), ofSeconds(25))));
    ready();
    stage.root.holds(0, 0, 1, false, true);

    stage.warden.signal(Signals.Kind.SIGTERM);

    StopReport report = report();
    assertThat(stage.root.calls).contains("retireIntakes");
    assertThat(report.took()).isGreaterThanOrEqualTo(unready);
    assertThat(report.stages().get(0).stage()).isEqualTo("unready");
  }

  @Test
  void atATerminalNobodyWaitsForReadinessToBeNoticed() throws Exception {
    stage.kubernetes = true;
    ready();
    stage.root.holds(0, 0, 1, false, true);

    stage.warden.signal(Signals.Kind.SIGINT);

    assertThat(report().took()).isLessThan(ofSeconds(4));
  }

  @Test
  void onlyTheFirstRequestCounts() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.walk = walkThatWaits(walking, go);
    ready();

    stage.member.requestStop("first");
    walking.await();
    stage.member.requestStop("second");
    stage.warden.signal(Signals.Kind.SIGTERM);
    go.countDown();

    Trigger trigger = report().trigger();
    assertThat(trigger.origin()).isEqualTo(Trigger.Origin.API);
    assertThat(trigger.why()).startsWith("first");
    assertThat(trigger.stack().get(0).getClassName()).isEqualTo(getClass().getName());
  }

  @Test
  void aWalkThatBreaksIsAForcedStopThatSaysSo() throws Exception {
    stage.walk =
        (roots, foreign, why, marks) -> {
          throw new OutOfMemoryError("no heap");
        };
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);

    assertThat(report().outcome()).isEqualTo(StopOutcome.FORCED);
    assertThat(stage.exits).containsExactly(75);
  }

  @Test
  void lostWorkEndsTheProcessWith75() throws Exception {
    stage.walk =
        (roots, foreign, why, marks) ->
            new Account(
                new WorkCount(1, 0, 0, 0, 0, 0, 1, 0),
                List.of(),
                1,
                List.of(),
                List.of(
                    new Finding(
                        Cause.SWALLOWED, "/crawler/fetch", "swallowed", null, true, "mend", 1)));
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);

    assertThat(report().outcome()).isEqualTo(StopOutcome.FORCED);
    assertThat(stage.exits).containsExactly(75);
  }

  @Test
  void twoServicesStopTogetherUnderTheSmallerCurfew() throws Exception {
    ready();
    Member second = stage.join(Service.named("mailer").curfew(ofSeconds(3)), service -> {});
    second.awaitStarted();

    stage.warden.signal(Signals.Kind.SIGTERM);

    StopReport report = report();
    assertThat(report.service()).isEqualTo("crawler+mailer");
    assertThat(report.curfew()).isEqualTo(ofSeconds(3));
    assertThat(stage.walks).containsExactly("2 and foreign SIGTERM");
    assertThat(second.readiness()).isEqualTo(Readiness.STOPPED);
  }

  @Test
  void aServiceThatComesAfterTheStopIsNotAdmitted() throws Exception {
    ready();
    end();

    Member late = new Member(Options.named("late"), service -> {});
    late.holds(new FakeRoot(late));
    assertThat(stage.warden.admit(late)).isFalse();
  }

  @Test
  void listenersAreToldTheReportAndCannotBreakTheEnd() throws Exception {
    List<StopReport> told = new CopyOnWriteArrayList<>();
    stage.options(
        stage.options.onReport(report -> {
          told.add(report);
          throw new IllegalStateException("listener");
        }));
    ready();
    end();

    assertThat(told).singleElement().isSameAs(stage.warden.report());
    assertThat(stage.said).anyMatch(line -> line.contains("the listener threw"));
    assertThat(stage.exits).containsExactly(0);
  }

  @Test
  void anEmbeddedServiceNeitherPrintsNorEndsTheProcess() throws Exception {
    stage.process = false;
    ready();

    StopReport report = stage.member.stop("test");

    assertThat(report.outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(stage.exits).isEmpty();
    assertThat(stage.said).isEmpty();
    assertThat(stage.walks).containsExactly("1 requestStop");
  }

  @Test
  void anInterruptedCloseCancelsWhatIsInFlightAndIsKept() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.process = false;
    stage.walk = walkThatWaits(walking, go);
    ready();
    boolean[] kept = new boolean[1];
    Thread closer =
        new Thread(() -> {
          stage.member.close();
          kept[0] = Thread.currentThread().isInterrupted();
        });
    closer.start();
    walking.await();
    closer.interrupt();
    awaitCall("cancel the thread that closes the service was interrupted");
    go.countDown();
    closer.join();

    assertThat(kept[0]).isTrue();
  }

  @Test
  void aMessageThatHangsDoesNotHoldUpAClose() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    stage.process = false;
    stage.walk =
        (roots, foreign, why, marks) ->
            new Account(
                WorkCount.NONE,
                List.of(),
                0,
                List.of(
                    new ResourceEnd(
                        "/crawler/client",
                        ResourceEnd.How.THREW,
                        null,
                        Duration.ZERO,
                        new Hanging(end),
                        List.of())),
                List.of());
    ready();
    Thread closer = new Thread(stage.member::close);
    closer.start();
    try {
      assertThat(closer.join(ofSeconds(10))).as("close returned").isTrue();
      assertThat(stage.said)
          .singleElement()
          .asString()
          .contains("close_failed=1", "could not be rendered within 500 ms");
    } finally {
      end.countDown();
      closer.join();
    }
  }

  private static final class Hanging extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient CountDownLatch end;

    Hanging(CountDownLatch end) {
      this.end = end;
    }

    @Override
    public String getMessage() {
      swallow(end);
      return "never read";
    }
  }

  @Test
  void aStopThatOutlivesItsCurfewIsReportedAsLate() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.process = false;
    stage.walk = walkThatWaits(walking, go);
    stage.curfew(ofMillis(200));
    ready();

    StopReport report = stage.member.stop("test");
    go.countDown();

    assertThat(report.outcome()).isEqualTo(StopOutcome.FORCED);
    assertThat(report.account().findings())
        .singleElement()
        .satisfies(finding -> assertThat(finding.what()).contains("within its curfew"));
    report();
  }

  @Test
  void theStagesAreNamedOnceAndAddUpToWhatTheStopTook() throws Exception {
    stage.kubernetes = true;
    stage.options(
        stage.options.curfew(
            new Curfew(ofMillis(50), ofSeconds(17), ofSeconds(21), ofSeconds(24), ofSeconds(25))));
    ready();
    stage.root.holds(0, 0, 1, false, true);

    stage.warden.signal(Signals.Kind.SIGTERM);

    StopReport report = report();
    assertThat(report.stages())
        .extracting(StageTime::stage)
        .containsExactly("unready", "drain", "close", "report");
    assertThat(Stages.sum(report.stages())).isEqualTo(report.took());
  }

  @Test
  void anExitKeepsItsStatusAndNamesTheTaskThatCalledIt() throws Exception {
    StackTraceElement caller = new StackTraceElement("com.acme.Job", "run", "Job.java", 7);
    stage.walk =
        (roots, foreign, why, marks) -> {
          assertThat(marks.exit().hasBegun()).isTrue();
          marks.exit().calledBy("/fake/job", List.of(caller));
          return Stage.NOTHING;
        };
    ready();

    runExitHook().join();

    StopReport report = stage.member.await();
    assertThat(report.trigger().what()).isEqualTo("System.exit");
    assertThat(report.trigger().why()).isEqualTo("called in /fake/job");
    assertThat(report.trigger().stack()).containsExactly(caller);
    assertThat(report.exitCode()).isEqualTo(StopReport.KEPT);
    assertThat(report.line()).contains(" exit=kept ");
    assertThat(stage.exits).isEmpty();
    assertThat(stage.halts).isEmpty();
  }

  @Test
  void anExitDuringAStopKeepsItsStatusAndIsSpokenOf() throws Exception {
    CountDownLatch walking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    stage.walk = walkThatWaits(walking, go);
    ready();
    stage.warden.signal(Signals.Kind.SIGTERM);
    walking.await();

    Thread hook = runExitHook();
    awaitThat("the exit is known", () -> stage.warden.exit().hasBegun());
    go.countDown();
    hook.join();

    StopReport report = stage.member.await();
    assertThat(report.line()).contains(" reason=SIGTERM ", " exit=kept ");
    assertThat(report.trigger().why()).isEqualTo("System.exit was called meanwhile");
    assertThat(stage.exits).isEmpty();
    assertThat(stage.halts).isEmpty();
  }

  @Test
  void anExitThatTheJvmMadeOfASignalEndsWithTheCodeOfTheStop() throws Exception {
    ready();
    stage.warden.hooksRun();
    stage.warden.exit().isOfSignal();

    stage.warden.signal(Signals.Kind.SIGTERM);
    stage.member.await();
    runExitHook().join();

    assertThat(stage.member.await().line()).contains(" reason=SIGTERM ", " exit=0 ");
    assertThat(stage.exits).isEmpty();
    assertThat(stage.halts).containsExactly(0);
  }

  @Test
  void aStageThatTakesLongLeavesASnapshotInTheFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("report.json");
    stage.walk =
        (roots, foreign, why, marks) -> {
          marks.onStage().accept("drain");
          awaitThat("the first report is there", () -> read(file).contains("\"RUNNING\""));
          pass(Stages.NOTABLE.plusMillis(1));
          marks.onStage().accept("cancel");
          awaitThat("the snapshot is there", () -> read(file).contains("\"stage\":\"drain\""));
          assertThat(read(file)).contains("\"outcome\":\"RUNNING\"", "SIGTERM");
          return Stage.NOTHING;
        };
    stage.options(stage.options.reportFile(file));
    ready();

    stage.warden.signal(Signals.Kind.SIGTERM);

    assertThat(report().outcome()).isEqualTo(StopOutcome.CLEAN);
    assertThat(read(file)).contains("\"outcome\":\"CLEAN\"");
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets so much time go by, of which the test is about. */
  private void pass(Duration time) {
    Deadline end = Deadline.in(time);
    while (!end.hasPassed()) {
      Host.current().parkNanos(this, end.remainingNanos());
    }
  }

  @Test
  void anExitWithLostWorkIsOverruledByAHalt() throws Exception {
    stage.walk =
        (roots, foreign, why, marks) ->
            new Account(new WorkCount(1, 0, 0, 0, 0, 0, 1, 0), List.of(), 1, List.of(), List.of());
    ready();

    runExitHook().join();

    assertThat(stage.member.await().exitCode()).isEqualTo(75);
    assertThat(stage.exits).isEmpty();
    assertThat(stage.halts).containsExactly(75);
  }

  /** The warden has said 0, and then it turns out that somebody's exit was first. */
  @Test
  void anExitThatComesAfterTheDecisionDoesNotBelieTheReport() throws Exception {
    ready();
    end();

    runExitHook().join();

    assertThat(stage.halts).containsExactly(0);
  }

  @Test
  void theMessageOfACriticalFailureIsInTheReport() throws Exception {
    ready();

    stage.member.failed("/fake/poller", new IllegalStateException("the poller lost its place"));

    StopReport report = report();
    assertThat(report.exitCode()).isEqualTo(70);
    assertThat(report.account().findings())
        .filteredOn(finding -> finding.path().equals("/fake"))
        .singleElement()
        .satisfies(finding ->
            assertThat(finding.what())
                .contains("IllegalStateException: the poller lost its place"));
  }

  @Test
  void aFailureThatCannotBeReadIsNamedByItsClass() throws Exception {
    ready();

    stage.member.failed("/fake/poller", new Unreadable());

    StopReport report = report();
    assertThat(report.exitCode()).isEqualTo(70);
    assertThat(report.account().findings().get(0).what()).contains("WardenTest$Unreadable");
  }

  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("not even this");
    }
  }

  /** What the JVM does once somebody has called System.exit. */
  private Thread runExitHook() {
    Thread hook = new Thread(new ExitHook(stage.warden), "hook");
    hook.start();
    return hook;
  }

  private void ready() throws Exception {
    stage.play(service -> {});
    stage.member.awaitStarted();
  }

  private void end() throws InterruptedException {
    stage.warden.signal(Signals.Kind.SIGTERM);
    report();
  }

  private StopReport report() throws InterruptedException {
    StopReport report = stage.member.await();
    if (stage.process) {
      assertThat(stage.ended.await(Deadline.in(ofSeconds(10)))).as("the process ended").isTrue();
    }
    return report;
  }

  private void awaitCall(String call) {
    awaitThat("the call " + call, () -> stage.root.calls.contains(call));
  }

  private void awaitThat(String what, BooleanSupplier holds) {
    Deadline deadline = Deadline.in(ofSeconds(10));
    while (!holds.getAsBoolean()) {
      assertThat(deadline.hasPassed()).as("waited until %s", what).isFalse();
      Host.current().parkNanos(this, 1_000_000L);
    }
  }

  private static void swallow(CountDownLatch end) {
    boolean ended = false;
    while (!ended) {
      try {
        end.await();
        ended = true;
      } catch (InterruptedException e) {
        // The very thing that the test is about.
      }
    }
  }

  private static Surroundings.Walk walkThatWaits(CountDownLatch walking, CountDownLatch go) {
    return (roots, foreign, why, marks) -> {
      walking.countDown();
      boolean interrupted = false;
      while (go.getCount() > 0) {
        try {
          go.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      assertThat(interrupted).isFalse();
      return Stage.NOTHING;
    };
  }
}
