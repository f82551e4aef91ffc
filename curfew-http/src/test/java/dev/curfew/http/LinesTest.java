// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long a silent connection is waited for. */
class LinesTest {
  private static final long SETTLE = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final Lines lines = new Lines(SETTLE);

  @Test
  void aConnectionThatHasBroughtOneRequestMayPauseFor300Millis() {
    long end = serve(client(1));
    assertThat(lines.untilIdle(end)).isBetween(110 * MILLI, 300 * MILLI);
    assertThat(lines.untilIdle(end + 301 * MILLI)).isZero();
  }

  @Test
  void aNewConnectionIsTakenToPauseLikeTheSlowestOfTheOthers() throws InterruptedException {
    serve(client(1));
    Thread.sleep(250); // The pause that is to be learnt, far from what is asked below.
    serve(client(1));
    long end = serve(client(2));
    assertThat(lines.untilIdle(end)).isGreaterThan(500 * MILLI).isLessThanOrEqualTo(SETTLE);
  }

  @Test
  void noSilenceIsWaitedForBeyondTheSettleTime() {
    Lines hasty = new Lines(0);
    InetSocketAddress client = client(1);
    hasty.begin(client);
    hasty.end(client);
    assertThat(hasty.untilIdle(System.nanoTime())).isNotPositive();
  }

  private long serve(InetSocketAddress client) {
    lines.begin(client);
    lines.end(client);
    return System.nanoTime();
  }

  private static InetSocketAddress client(int port) {
    return InetSocketAddress.createUnresolved("client", port);
  }
}
