// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StderrTest {
  private final List<Stderr> opened = new ArrayList<>();

  @AfterEach
  void endTheWriters() {
    opened.forEach(Stderr::end);
  }

  private Stderr to(OutputStream out) {
    Stderr stderr = new Stderr(out);
    opened.add(stderr);
    return stderr;
  }

  @Test
  void whatIsSaidIsWrittenAsItIs() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Stderr stderr = to(out);

    assertThat(stderr.print("one\n")).isTrue();
    assertThat(stderr.print("zwölf\n")).isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\nzwölf\n");
  }

  @Test
  void aPipeThatNobodyReadsIsLeftAfterHalfASecond() {
    CountDownLatch read = new CountDownLatch(1);
    Stderr stderr =
        to(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                try {
                  read.await();
                } catch (InterruptedException e) {
                  throw new IOException(e);
                }
              }
            });
    long start = System.nanoTime();

    boolean first = stderr.print("blocked");
    boolean second = stderr.print("behind it");
    long took = System.nanoTime() - start;
    read.countDown();

    assertThat(first).isFalse();
    assertThat(second).isFalse();
    assertThat(Duration.ofNanos(took)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
  }

  @Test
  void aDescriptorThatIsClosedIsNoError() {
    Stderr stderr =
        to(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Bad file descriptor");
              }
            });

    assertThat(stderr.print("unheard")).isFalse();
    assertThat(stderr.print("unheard, too")).isFalse();
  }

  @Test
  void nothingIsWrittenWhereNothingWasOpen() {
    assertThat(new Stderr(null).print("unheard")).isFalse();
  }

  @Test
  void anInterruptOfTheCallerIsKept() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Stderr stderr = to(out);
    CountDownLatch done = new CountDownLatch(1);
    boolean[] kept = new boolean[1];
    Thread caller =
        new Thread(() -> {
          Thread.currentThread().interrupt();
          stderr.print("x");
          kept[0] = Thread.currentThread().isInterrupted();
          done.countDown();
        });
    caller.start();

    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kept[0]).isTrue();
    assertThat(out.size()).isEqualTo(1);
  }
}
