// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.curfew.worker.queue.Claim;
import dev.curfew.worker.queue.JobConsumer;
import dev.curfew.worker.queue.JobOutcome;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.queue.Settlement;
import dev.curfew.worker.sql.SqlJobQueue;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people mistype, and what jobs carry that people should not be shown as it is. */
@Timeout(60)
final class JobsFaultTest {
  @TempDir Path folder;

  private String file;
  private String out;
  private String err;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("jobs.db").toString();
    try (SqlJobQueue queue = SqlJobQueue.sqlite(Path.of(file))) {
      assertThat(queue.stats().due()).isZero();
    }
  }

  private int run(String... args) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream complained = new ByteArrayOutputStream();
    int code =
        Jobs.run(
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            new PrintStream(complained, true, StandardCharsets.UTF_8),
            args);
    out = printed.toString(StandardCharsets.UTF_8);
    err = complained.toString(StandardCharsets.UTF_8);
    return code;
  }

  @Test
  void aWrongPlaceIsUsage() {
    assertThat(run("stats", "--url", "http://x")).isEqualTo(2);
    assertThat(err).contains("does not begin with jdbc:postgresql:");
    assertThat(run("stats", "--url", "jdbc:postgresql://h:port/db?password=secret")).isEqualTo(2);
    assertThat(err).contains("jdbc:postgresql://h:port/db is no URL").doesNotContain("secret");
    assertThat(run("stats", "--url", "jdbc:postgresql://me:secret@h/db")).isEqualTo(2);
    assertThat(err).contains("?user=me&password=mine").doesNotContain("secret");
    assertThat(run("stats", "--file", file, "--schema", "x")).isEqualTo(2);
    assertThat(err).contains("SQLite has none");
    assertThat(run("stats", "--file", "a\0b")).isEqualTo(2);
    assertThat(out).isEmpty();
  }

  @Test
  void asManyAsThereAreCanBeListed() throws Exception {
    UUID id = put("x");
    assertThat(run("list", "--most", "2147483647", "--file", file)).isZero();
    assertThat(out).contains(id.toString()).doesNotContain("and more");
  }

  @Test
  void aJobThatIsNamedTwiceIsMeantOnce() throws Exception {
    UUID id = put("x");
    assertThat(run("requeue", id.toString(), id.toString(), "--file", file)).isZero();
    assertThat(out).isEqualTo("1 job requeued\n");
    assertThat(run("drop", id.toString(), id.toString(), "--file", file)).isZero();
  }

  @Test
  void noTerminalObeysWhatAListShows() throws Exception {
    try (SqlJobQueue queue = SqlJobQueue.sqlite(Path.of(file))) {
      NewJob keyed = NewJob.of("x").withUniqueKey("k\u001b[31m");
      UUID id = queue.put(keyed).id();
      try (JobConsumer consumer = queue.consume("me\u001b[31m", ofSeconds(20))) {
        Claim claim = consumer.claim(1, ofSeconds(5)).getFirst();
        assertThat(run("list", "--state", "running", "--file", file)).isZero();
        assertThat(out).contains("at me?[31m").doesNotContain("\u001b");
        assertThat(run("drop", id.toString(), "--file", file)).isEqualTo(1);
        assertThat(err).contains("at me?[31m").doesNotContain("\u001b");
        consumer.settle(List.of(new Settlement(claim, new JobOutcome.Dead("bad\u001b[31m"))));
      }
      assertThat(run("list", "--state", "dead", "--file", file)).isZero();
      assertThat(out).contains("bad?[31m").doesNotContain("\u001b");
      queue.put(keyed.withId(UUID.randomUUID()));
      assertThat(run("requeue", id.toString(), "--file", file)).isEqualTo(1);
      assertThat(err).contains("k?[31m").doesNotContain("\u001b");
    }
  }

  private UUID put(String payload) throws InterruptedException {
    try (SqlJobQueue queue = SqlJobQueue.sqlite(Path.of(file))) {
      return queue.put(NewJob.of(payload)).id();
    }
  }
}
