// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.curfew.acceptance.child.Announced;
import dev.curfew.acceptance.child.Signalled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What systemd is told, over a real socket and by its own command; and that it decides nothing. */
@EnabledOnOs(OS.LINUX)
final class SystemdTest {
  private static final Duration CURFEW = Duration.ofSeconds(4);
  private static final Duration BOUND = CURFEW.plusSeconds(1);
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

  /** Time for several looks, one second apart, on a busy machine. */
  private static final Duration LONG = Duration.ofSeconds(20);

  private static final Duration ONE_MICROSECOND = Duration.ofNanos(1_000);
  private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLifeIsToldOverTheSocket(boolean isAbstract) throws Exception {
    String name = isAbstract ? "@curfew-" + ProcessHandle.current().pid() : folder + "/notify";
    Launch launch = ChildJvm.of(Signalled.Idle.class).flags(NATIVE);
    try (FakeSystemd systemd = FakeSystemd.at(name);
        ChildJvm child = launch.environment("NOTIFY_SOCKET", systemd.name()).start()) {
      assertThat(systemd.await("READY=1")).isEqualTo("READY=1\nSTATUS=running");
      Ended ended = child.signal("TERM").awaitEnd(BOUND);
      ended.stopped("CLEAN", "SIGTERM", 0).saidNothingElse();

      List<String> messages = systemd.messages();
      assertThat(messages.get(1)).startsWith("STOPPING=1\nSTATUS=");
      assertThat(String.join("\n", messages)).containsOnlyOnce("STOPPING=1");
      assertThat(messages.get(messages.size() - 1)).endsWith("STATUS=" + ended.err().get(0));
    }
  }

  @Test
  void readyIsNotToldBeforeTheServiceIs() throws Exception {
    Launch launch = ChildJvm.of(Announced.SlowStart.class);
    try (FakeSystemd systemd = FakeSystemd.at(folder + "/notify");
        ChildJvm child =
            launch.flags(NATIVE).environment("NOTIFY_SOCKET", systemd.name()).start()) {
      child.awaitOut("waits for a line");
      assertThat(systemd.messages()).isEmpty();
      child.tell("go on");
      assertThat(systemd.await("READY=1")).startsWith("READY=1");
    }
  }

  @Test
  void aServiceThatEndsByItselfWasReadyFirst() throws Exception {
    Launch launch = ChildJvm.of(Announced.Batch.class);
    try (FakeSystemd systemd = FakeSystemd.at(folder + "/notify");
        ChildJvm child =
            launch.flags(NATIVE).environment("NOTIFY_SOCKET", systemd.name()).start()) {
      child.awaitOut("waits for a line");
      systemd.await("READY=1");
      child.tell("go on");
      child.fromNow().awaitEnd(BOUND).stopped("CLEAN", "done", 0);
      systemd.await("STOPPING=1");
      systemd.await("outcome=CLEAN");
    }
  }

  @Test
  void timeIsAskedForWhileTasksComeHomeAndNotWhenOneHangs() throws Exception {
    Launch launch = ChildJvm.of(Announced.ComesHomeOneByOne.class);
    launch.flags(NATIVE).curfew(LONG);
    try (FakeSystemd systemd = FakeSystemd.at(folder + "/notify");
        ChildJvm child = launch.environment("NOTIFY_SOCKET", systemd.name()).start()) {
      child.awaitOut("ready");
      child.signal("TERM");
      child.awaitEnd(LONG.plusSeconds(1)).exited(75);
      assertThat(systemd.extensions())
          .as("what was asked for in %s", systemd.messages())
          .isNotEmpty()
          .allSatisfy(time -> assertThat(time).isBetween(ONE_MICROSECOND, FIVE_SECONDS));
      assertAskedForTime(systemd, "drain, tasks=2", 1, 1);
      // Seven seconds of nothing: once when the stage begins, once when the task is given up.
      assertAskedForTime(systemd, "cancel, tasks=", 1, 2);
    }
  }

  private static void assertAskedForTime(FakeSystemd systemd, String status, int least, int most) {
    assertThat(systemd.messages())
        .as("messages that ask for time with the status %s", status)
        .filteredOn(message -> message.contains(status) && message.contains("EXTEND_TIMEOUT_USEC="))
        .as("of %s", systemd.messages())
        .hasSizeBetween(least, most);
  }

  @Test
  void withoutNativeAccessTheCommandIsRunAndNoWarningIsPrinted() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Busy.class).arguments(1_500).curfew(LONG);
    launch.environment("NOTIFY_SOCKET", "/nowhere").environment("PATH", withCommand("exit 0"));
    try (ChildJvm child = launch.start()) {
      child.awaitThat("it was told READY=1", () -> told().contains("READY=1|STATUS=running|"));
      child.signal("TERM");
      child.awaitThat("it was told STOPPING=1", () -> told().contains("STOPPING=1|STATUS="));
      child.awaitEnd(LONG.plusSeconds(1)).stopped("CLEAN", "SIGTERM", 0).saidNothingElse();
    }
  }

  @Test
  void theRealCommandReachesTheSocket() throws Exception {
    assumeTrue(Launch.runs("systemd-notify", "--version"), "there is no systemd-notify here");
    try (FakeSystemd systemd = FakeSystemd.at(folder + "/notify");
        ChildJvm child =
            ChildJvm.of(Signalled.Idle.class)
                .environment("NOTIFY_SOCKET", systemd.name())
                .start()) {
      assertThat(systemd.await("READY=1")).contains("READY=1\nSTATUS=running");
      child.signal("TERM").awaitEnd(BOUND).exited(0);
      systemd.await("STOPPING=1");
    }
  }

  @Test
  void aCommandThatHangsHoldsNothing() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).environment("NOTIFY_SOCKET", "/nowhere");
    try (ChildJvm child = launch.environment("PATH", withCommand("exec sleep 60")).start()) {
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).said("closed database");
    }
  }

  @Test
  void aSocketThatNobodyReadsHoldsNothing() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).flags(NATIVE);
    launch.environment("NOTIFY_SOCKET", folder + "/nobody");
    try (ChildJvm child = launch.start()) {
      child.awaitErr("CURFEW systemd can't be told");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0).warned("nobody takes");
    }
  }

  @Test
  void withNeitherItIsSaidAtStart() throws Exception {
    Launch launch = ChildJvm.of(Signalled.Idle.class).environment("NOTIFY_SOCKET", "/nowhere");
    // What starts the child still has to be found.
    Path shell = Files.createDirectory(folder.resolve("bin"));
    for (String needed : List.of("sh", "env")) {
      Files.copy(
          Path.of("/usr/bin", needed), shell.resolve(needed), StandardCopyOption.COPY_ATTRIBUTES);
    }
    try (ChildJvm child = launch.environment("PATH", shell.toString()).start()) {
      child.awaitErr("CURFEW systemd can't be told how far the service is: native access");
      child.awaitErr("--enable-native-access=ALL-UNNAMED");
      child.awaitOut("ready");
      child.signal("TERM").awaitEnd(BOUND).stopped("CLEAN", "SIGTERM", 0);
    }
  }

  /** A PATH on which systemd-notify is a script that writes down its arguments. */
  private String withCommand(String then) throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path command = bin.resolve("systemd-notify");
    Files.writeString(
        command, "#!/bin/sh\nprintf '%s|' \"$@\" >> " + folder + "/told\n" + then + "\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwxr-xr-x"));
    return bin + ":" + System.getenv("PATH");
  }

  private String told() {
    try {
      Path told = folder.resolve("told");
      return Files.exists(told) ? Files.readString(told) : "";
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
