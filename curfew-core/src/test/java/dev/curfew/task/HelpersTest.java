// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Threads that serve everybody carry nobody's context. */
class HelpersTest {
  private static final InheritableThreadLocal<String> TENANT = new InheritableThreadLocal<>();

  private record Context(String tenant, ClassLoader loader) {}

  @Test
  void aHelperInheritsNeitherTheLocalsNorTheLoaderOfWhoNeedsItFirst() throws Exception {
    Statics.reset();
    CompletableFuture<Context> seen = new CompletableFuture<>();
    Thread first =
        new Thread(() -> {
          TENANT.set("one");
          Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0]));
          Helpers.run(
              "curfew-test",
              () ->
                  seen.complete(
                      new Context(TENANT.get(), Thread.currentThread().getContextClassLoader())));
        });
    first.start();
    first.join();
    assertThat(seen.get(10, TimeUnit.SECONDS))
        .isEqualTo(new Context(null, ClassLoader.getSystemClassLoader()));
    Statics.reset();
  }

  @Test
  void aFailureThatIsDescribedInSeveralLinesForgesNoneInTheRollCall() throws Exception {
    Findings.take("");
    TaskGroup.named("g")
        .isolated()
        .run(group ->
            group.fork(
                "forger",
                () -> {
                  throw new IllegalStateException("x\nCURFEW shutdown service=forged");
                }));
    assertThat(RollCall.now().text().lines()).noneMatch(line -> line.startsWith("CURFEW shutdown"));
    Findings.take("");
  }
}
