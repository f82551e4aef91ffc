// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ManagedTest {
  private static final Deadline SOON = Deadline.in(Duration.ofSeconds(10));

  private final List<Object> closed = new ArrayList<>();

  @Test
  void aManagedResourceIsUsedAsItIs() {
    Managed managed = limit -> {};

    assertThat(Managed.of(managed)).isSameAs(managed);
  }

  @Test
  void whatIsCloseableIsClosedOnce() throws Exception {
    AutoCloseable closeable = () -> closed.add("it");
    Managed managed = Managed.of(closeable);
    managed.cancel();
    assertThat(closed).isEmpty();
    managed.close(SOON);
    managed.close(SOON);

    assertThat(closed).containsExactly("it");
    assertThat(managed.work()).isEqualTo(WorkCount.NONE);
  }

  @Test
  void aCloserIsCalledOnceWithItsResource() throws Exception {
    Managed managed = Managed.of("it", closed::add);
    managed.close(SOON);
    managed.close(SOON);

    assertThat(closed).containsExactly("it");
  }

  @Test
  void aGivenCloserComesBeforeWhatTheTypeSays() throws Exception {
    AutoCloseable closeable = () -> closed.add("close()");
    Managed.of(closeable, it -> closed.add("closer")).close(SOON);

    assertThat(closed).containsExactly("closer");
  }

  @Test
  void whatACloseThrowsIsThrown() {
    Managed managed =
        Managed.of(
            "it",
            it -> {
              throw new IOException("full");
            });

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> managed.close(SOON))
        .withMessage("full");
  }

  @Test
  void anAdapterThatIsProvidedComesBeforeCurfewsOwn() throws Exception {
    Adapted.Provided provided = new Adapted.Provided();
    Managed.of(provided).close(SOON);

    assertThat(provided.ended).containsExactly("by the provided adapter");
  }

  @Test
  void whatCannotBeClosedIsRefusedWithWhatToDo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Managed.of(new File("x")))
        .withMessage(
            "a java.io.File is not AutoCloseable, and no ResourceAdapter is for it; give a closer"
                + " as well, such as own(name, resource, r -> r.stop())");
    assertThatNullPointerException()
        .isThrownBy(() -> Managed.of(null))
        .withMessageContaining("resource was null");
    assertThatNullPointerException()
        .isThrownBy(() -> Managed.of("it", null))
        .withMessageContaining("closer was null");
  }

  @Test
  void theCommonPoolIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Managed.of(ForkJoinPool.commonPool()))
        .withMessageContaining("the common pool")
        .withMessageContaining("own a pool of your own");
  }

  /** The module is optional: {@code --limit-modules} takes it away. */
  @Test
  void nothingOfTheHttpClientIsLinkedWhereItIsAbsent() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--limit-modules",
                "java.base",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutHttp.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(child.getInputStream().readAllBytes(), UTF_8);
      assertThat(child.waitFor(60, TimeUnit.SECONDS)).as("the child ended").isTrue();
      assertThat(output).isEqualTo("closed without java.net.http");
      assertThat(child.exitValue()).isZero();
    } finally {
      child.destroyForcibly();
    }
  }
}
