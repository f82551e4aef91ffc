// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.service.SystemdMessages.Counts;
import dev.curfew.service.SystemdMessages.StopUnderWay;
import dev.curfew.time.Deadline;
import dev.curfew.time.Host;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SystemdTest {
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

  @Test
  void aWholeLifeIsToldInOrder() {
    Systemd systemd = new Systemd(() -> sent::add, said::add);
    systemd.start();
    systemd.ready();
    systemd.stopping(stop());
    systemd.stage("drain");
    systemd.ended(SystemdMessagesTest.report());
    systemd.awaitLastWord(Deadline.never());

    assertThat(sent.get(0)).startsWith("READY=1\n");
    assertThat(sent.get(1)).startsWith("STOPPING=1\nSTATUS=");
    assertThat(sent.get(sent.size() - 1)).contains("STATUS=CURFEW shutdown service=crawler");
    assertThat(said).isEmpty();
    assertThat(systemd.failure()).isNull();
  }

  @Test
  void aWayThatHangsHoldsTheEndForHalfASecond() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch hangs = new CountDownLatch(1);
    Systemd systemd =
        new Systemd(
            () ->
                message -> {
                  if (!message.startsWith("READY=1")) {
                    hangs.countDown();
                    never.await();
                  }
                },
            said::add);
    systemd.start();
    systemd.ready();
    systemd.stopping(stop());
    hangs.await();

    assertThat(waitsForTheLastWordOf(systemd)).isBetween(Systemd.LIMIT, Systemd.LIMIT_AT_START);
    never.countDown();
    assertThat(systemd.isOver(Deadline.in(Duration.ofSeconds(10)))).isTrue();
  }

  @Test
  void aWayThatIsNotFoundYetHoldsTheEndForTwoSeconds() {
    CountDownLatch never = new CountDownLatch(1);
    Systemd systemd = new Systemd(() -> message -> never.await(), said::add);
    systemd.start();
    systemd.ready();

    assertThat(waitsForTheLastWordOf(systemd))
        .isBetween(Systemd.LIMIT_AT_START, Duration.ofSeconds(10));
    never.countDown();
    assertThat(systemd.isOver(Deadline.in(Duration.ofSeconds(10)))).isTrue();
  }

  private static Duration waitsForTheLastWordOf(Systemd systemd) {
    systemd.ended(SystemdMessagesTest.report());
    long before = Host.current().nanoTime();
    systemd.awaitLastWord(Deadline.never());
    return Duration.ofNanos(Host.current().nanoTime() - before);
  }

  @Test
  void whoCannotBeToldIsSpokenOfOnceWithTheRemedy() {
    Systemd systemd =
        new Systemd(
            () -> {
              throw new Systemd.NoWayException("native access is not enabled");
            },
            said::add);
    systemd.start();
    systemd.ready();
    systemd.ended(SystemdMessagesTest.report());
    systemd.awaitLastWord(Deadline.never());

    assertThat(systemd.failure()).isEqualTo("native access is not enabled");
    assertThat(said)
        .singleElement()
        .asString()
        .contains("native access is not enabled")
        .contains("--enable-native-access=ALL-UNNAMED")
        .contains("NotifyAccess=all");
  }

  @Test
  void aMessageThatIsLostIsSpokenOfOnceAndTheNextIsSentAllTheSame() {
    Systemd systemd =
        new Systemd(
            () ->
                message -> {
                  sent.add(message);
                  throw new IOException("nobody takes it");
                },
            said::add);
    systemd.ready();
    systemd.ended(SystemdMessagesTest.report());
    systemd.start();
    systemd.awaitLastWord(Deadline.never());

    assertThat(sent).hasSize(2);
    assertThat(said).singleElement().asString().contains("nobody takes it");
  }

  @Test
  void theWaitForTheLastWordEndsWithTheCurfew() {
    CountDownLatch never = new CountDownLatch(1);
    Systemd systemd = new Systemd(() -> message -> never.await(), said::add);
    systemd.start();
    systemd.ended(SystemdMessagesTest.report());

    systemd.awaitLastWord(Deadline.in(Duration.ZERO));

    assertThat(systemd.isOver(Deadline.in(Duration.ZERO))).isFalse();
    never.countDown();
    assertThat(systemd.isOver(Deadline.in(Duration.ofSeconds(10)))).isTrue();
  }

  @Test
  void withoutTheVariableThereIsNothing() {
    assertThat(System.getenv(Systemd.VARIABLE)).isNull();
    assertThat(Systemd.ofProcess(said::add)).isNull();
  }

  @Test
  void theSocketIsNotUsedWithoutNativeAccess() {
    assertThat(NotifySocket.refusal("/run/systemd/notify")).contains("native access");
    assertThat(NotifySocket.refusal("vsock:2:1234")).contains("neither a path nor");
    assertThat(NotifySocket.refusal("/" + "x".repeat(120))).contains("107 bytes");
  }

  private static StopUnderWay stop() {
    return new StopUnderWay(
        "SIGTERM",
        Host.current().nanoTime() + Duration.ofSeconds(25).toNanos(),
        () -> new Counts(0, 1, 0, 0));
  }
}
