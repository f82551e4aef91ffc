// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.curfew.acceptance.child.Facts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the JVM does when it ends; the design rests on each of these. */
final class JvmFactsTest {

  private static final Duration SOON = Duration.ofSeconds(15);

  @Test
  void sigtermExitsWith143HoweverCleanTheHooksWere() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.CleanHook.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(143).said("hook done");
    }
  }

  @Test
  void aHandlerAndAnExitFromAnotherThreadGiveZero() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.HandlerExits.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(0).said("hook done");
    }
  }

  @Test
  void exitInsideAHookWaitsForItselfForEverAndHaltEndsIt() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.ExitInHook.class).start()) {
      child
          .awaitEnd(SOON)
          .exited(42)
          .said("hook blocked in exit=true exit waits for the hook=true")
          .neverSaid("exit returned");
    }
  }

  @Test
  void haltInsideAHookSetsTheExitCode() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.HaltInHook.class).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(7);
    }
  }

  @Test
  void logOutputInsideHooksIsLost() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.LogInHook.class).start()) {
      child.awaitOut("ready");
      child
          .signal("TERM")
          .awaitEnd(SOON)
          .exited(143)
          .said("handlers gone=true")
          .warned("logged while running")
          .warned("logged by the platform while running")
          .warned("written in the hook")
          .neverWarned("logged in the hook")
          .neverWarned("logged by the platform in the hook");
    }
  }

  @Test
  void withReducedSignalsSigtermExitsWith143AndNoHookRuns() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.CleanHook.class).flags("-Xrs").start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(143).neverSaid("hook done");
    }
  }

  @Test
  void withReducedSignalsAHandlerIsRefused() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.TriesToHandle.class).flags("-Xrs").start()) {
      assertThat(child.awaitOut("refused")).contains("IllegalArgumentException");
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(143).neverSaid("handled").neverSaid("hook done");
    }
  }

  @Test
  void asPid1WithReducedSignalsSigtermIsIgnored() throws Exception {
    try (ChildJvm child = asPid1().flags("-Xrs").start()) {
      child.awaitOut("ready pid=1");
      child.signal("TERM");
      child.tell("are you there");
      child.awaitOut("heard are you there");
      // The exit code is unshare's here, which does not always say how its child ended.
      child.signal("KILL").awaitEnd(SOON).neverSaid("hook done");
    }
  }

  @Test
  void asPid1WithoutThemSigtermRunsTheHooks() throws Exception {
    try (ChildJvm child = asPid1().start()) {
      child.awaitOut("ready pid=1");
      child.signal("TERM").awaitEnd(SOON).exited(143).said("hook done");
    }
  }

  private static Launch asPid1() {
    String[] unshare = {"unshare", "--pid", "--fork", "--kill-child"};
    assumeTrue(
        Launch.runs("unshare", "--pid", "--fork", "--kill-child", "true"),
        "a PID namespace needs rights that this user does not have here");
    return ChildJvm.of(Facts.Answers.class).under(unshare);
  }

  @Test
  void workOfVirtualThreadsAndTheCommonPoolVanishesWhenMainReturns() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.MainReturns.class).start()) {
      child
          .awaitEnd(SOON)
          .exited(0)
          .said("both at work")
          .neverSaid("interrupted")
          .neverSaid("finally");
    }
  }

  @Test
  void anUncaughtExceptionOutsideMainStillExitsWithZero() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.UncaughtElsewhere.class).start()) {
      child.awaitEnd(SOON).exited(0).warned("nobody catches this");
    }
  }

  @Test
  void closingAnHttpClientWaitsForItsRequests() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.ClosesHttpClient.class).start()) {
      child
          .awaitEnd(SOON)
          .exited(0)
          .said("in close=true closed before release=false")
          .said("closed after release=true")
          .said("answered=204");
    }
  }

  @Test
  void closingAnExecutorWaitsForItsTasks() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.ClosesExecutor.class).start()) {
      child
          .awaitEnd(SOON)
          .exited(0)
          .said("in close=true closed before release=false")
          .said("closed after release=true");
    }
  }

  @Test
  void virtualThreadsDoNotInheritScopedValues() throws Exception {
    assumeTrue(Runtime.version().feature() >= 25, "ScopedValue is final since JDK 25");
    try (ChildJvm child = ChildJvm.of(Facts.ScopedValueInThread.class).start()) {
      child.awaitEnd(SOON).exited(0).said("here=true").said("virtual=false");
    }
  }

  @Test
  void anInheritedIgnoredSigintNeverReachesAHandler() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.HandlesInt.class).ignoring("INT").start()) {
      assertThat(child.awaitOut("before=")).contains("SIG_IGN");
      child.awaitOut("ready");
      child.signal("INT");
      // A second signal, which is handled, shows that the first was dropped and not just late.
      child.signal("USR2");
      child.awaitOut("usr2 ran");
      child.signal("TERM").awaitEnd(SOON).exited(143).neverSaid("handler ran");
    }
  }

  @Test
  void aScriptsBackgroundJobInheritsSigintAsIgnored() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.HandlesInt.class).asScriptJob().start()) {
      assertThat(child.awaitOut("before=")).contains("SIG_IGN");
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(SOON).exited(143);
    }
  }

  @Test
  void theFirstOfTwoExitsWinsTheSecondBlocksAndOnlyHaltOverrulesIt() throws Exception {
    try (ChildJvm child = ChildJvm.of(Facts.ExitsTwice.class).start()) {
      child.awaitEnd(SOON).exited(9).said("second blocked=true first alive=true");
    }
  }
}
