// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.report.WorkCount;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BacklogTest {
  @TempDir Path folder;
  private ServiceSettings settings;
  private Backlog backlog;

  @BeforeEach
  void open() throws IOException {
    settings =
        new ServiceSettings(URI.create("http://127.0.0.1"), folder, Duration.ofSeconds(25), false);
    backlog = new Backlog(3, settings);
  }

  @Test
  void refusesWhatItHasNoRoomFor() {
    assertThat(backlog.test("a")).isTrue();
    assertThat(backlog.test("b")).isTrue();
    assertThat(backlog.test("c")).isTrue();
    assertThat(backlog.test("d")).isFalse();
    backlog.close();
    assertThat(backlog.test("e")).isFalse();
    assertThat(backlog.work().accepted()).isEqualTo(3);
  }

  @Test
  void everyJobHasOneEnd() throws IOException, InterruptedException {
    backlog.test("done");
    backlog.test("failed");
    backlog.test("given up");
    backlog.end(backlog.begin(), Attempts.End.DONE);
    backlog.end(backlog.begin(), Attempts.End.FAILED);
    backlog.end(backlog.begin(), Attempts.End.GIVE_BACK);
    backlog.test("begun");
    backlog.begin();
    backlog.test("waiting");
    backlog.handOver();
    backlog.test("late");
    backlog.close();

    assertThat(new JobList(settings.failedFile()).read()).containsExactly("failed");
    assertThat(new JobList(settings.givenBackFile()).read())
        .containsExactly("given up", "waiting", "late");
    assertThat(new JobList(settings.abandonedFile()).read()).containsExactly("begun");
    assertThat(backlog.work()).isEqualTo(new WorkCount(6, 1, 1, 3, 0, 0, 1, 0));
    assertThat(backlog.work().addsUp()).isTrue();
  }

  @Test
  void theNextStartTakesUpWhatWasGivenBack() throws IOException, InterruptedException {
    backlog.test("waiting");
    backlog.test("begun");
    backlog.end(backlog.begin(), Attempts.End.GIVE_BACK);
    backlog.close();

    Backlog next = new Backlog(3, settings);
    assertThat(List.of(next.begin(), next.begin())).containsExactly("waiting", "begun");
    assertThat(new JobList(settings.givenBackFile()).read()).isEmpty();
    next.end("waiting", Attempts.End.DONE);
    next.close();
    assertThat(next.work()).isEqualTo(new WorkCount(2, 1, 0, 0, 0, 0, 1, 0));
  }

  @Test
  void aWorkerThatWaitsGoesHomeAtTheHandOver() throws Exception {
    CompletableFuture<String> begun = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            begun.complete(backlog.begin());
          } catch (InterruptedException e) {
            begun.completeExceptionally(e);
          }
        });
    backlog.handOver();
    assertThat(begun.get(10, TimeUnit.SECONDS)).isNull();
  }
}
