// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql.cli;

import static java.time.Duration.ofHours;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class JobsTest {
  @TempDir Path folder;

  private Path file;
  private UUID due;
  private UUID dead;
  private String out;
  private String err;

  @BeforeEach
  void fill() throws InterruptedException {
    file = folder.resolve("jobs.db");
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file)) {
      dead = queue.put(NewJob.of("poison")).id();
      try (JobConsumer consumer = queue.consume("test", ofSeconds(20))) {
        Claim claim = consumer.claim(1, ofSeconds(5)).getFirst();
        consumer.settle(
            List.of(new Settlement(claim, new JobOutcome.Dead("it is \u001b[31mpoison"))));
      }
      due = queue.put(NewJob.of("caf\u00e9").withPriority(3)).id();
      queue.put(NewJob.of(new byte[] {(byte) 0xff, 0}).in(ofHours(1)));
    }
  }

  private int run(String... words) {
    List<String> args = new ArrayList<>(List.of(words));
    args.add("--file");
    args.add(file.toString());
    return runPlain(args.toArray(String[]::new));
  }

  private int runPlain(String... args) {
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
  void statsCountsByState() {
    assertThat(run("stats")).isZero();
    assertThat(out).contains("due         1, the oldest for").contains("later       1");
    assertThat(out).contains("running     0 at 0 workers").contains("dead        1");
    assertThat(run("stats", "--json")).isZero();
    assertThat(out)
        .startsWith("{\"schema\":\"curfew.jobs.stats/1\"")
        .contains("\"due\":1,\"later\":1,\"running\":0,\"dead\":1")
        .endsWith("}\n");
  }

  @Test
  void listShowsJobsOfOneState() {
    assertThat(run("list")).isZero();
    assertThat(out).contains(due.toString()).contains("caf\u00e9").contains("base64 /wA=");
    assertThat(out).doesNotContain(dead.toString());
    assertThat(run("list", "--state", "dead")).isZero();
    assertThat(out).contains(dead.toString()).contains("it is");
    assertThat(run("list", "--most", "1")).isZero();
    assertThat(out).contains("and more");
    assertThat(run("list", "--state", "running")).isZero();
    assertThat(out).isEqualTo("no job is running\n");
  }

  @Test
  void showTellsAllAndNoTerminalObeysIt() {
    assertThat(run("show", dead.toString())).isZero();
    assertThat(out)
        .contains("state       dead")
        .contains("attempts    1")
        .contains("last error  it is ?[31mpoison")
        .contains("payload     poison")
        .doesNotContain("\u001b");
    UUID unknown = UUID.randomUUID();
    assertThat(run("show", dead.toString(), unknown.toString(), "--json")).isEqualTo(1);
    assertThat(out).contains("\"state\":\"dead\"").contains("\"payloadBase64\":\"cG9pc29u\"");
    assertThat(err).contains(unknown.toString());
  }

  @Test
  void aDeadJobIsRequeued() {
    assertThat(run("requeue", dead.toString())).isZero();
    assertThat(out).isEqualTo("1 job requeued\n");
    assertThat(run("list")).isZero();
    assertThat(out).contains(dead.toString());
    assertThat(run("requeue", "--all")).isZero();
    assertThat(out).isEqualTo("0 jobs requeued\n");
  }

  @Test
  void allDeadJobsAreDropped() {
    assertThat(run("drop", "--all", "--json")).isZero();
    assertThat(out).contains("\"dropped\":[\"" + dead + "\"]");
    assertThat(run("stats")).isZero();
    assertThat(out).contains("dead        0").contains("due         1");
    assertThat(run("drop", dead.toString())).isEqualTo(1);
    assertThat(err).contains("it is not in this queue");
  }

  @Test
  void moreThanABatchIsChangedByAll() throws InterruptedException {
    try (SqlJobQueue queue = SqlJobQueue.sqlite(file)) {
      List<NewJob> many = new ArrayList<>();
      for (int i = 0; i < 1_203; i++) {
        many.add(NewJob.of("x"));
      }
      queue.putAll(many);
    }
    assertThat(run("requeue", "--all", "--state", "waiting")).isZero();
    assertThat(out).isEqualTo("1205 jobs requeued\n");
    assertThat(run("drop", "--all", "--state", "waiting")).isZero();
    assertThat(out).isEqualTo("1205 jobs dropped\n");
  }

  @Test
  void whatCanNotBeUnderstoodIsSaid() throws Exception {
    assertThat(runPlain()).isEqualTo(2);
    assertThat(err).contains("stats, list, show, requeue or drop");
    assertThat(runPlain("stats")).isEqualTo(2);
    assertThat(err).contains("got neither");
    assertThat(runPlain("stats", "--file", "a", "--url", "b")).isEqualTo(2);
    assertThat(err).contains("got both");
    assertThat(runPlain("stats", "--file", folder.resolve("none").toString())).isEqualTo(2);
    assertThat(err).contains("there is no file");
    assertThat(Files.exists(folder.resolve("none"))).isFalse();
    assertThat(run("show")).isEqualTo(2);
    assertThat(run("requeue")).isEqualTo(2);
    assertThat(err).contains("--all");
    assertThat(run("drop", "--all", due.toString())).isEqualTo(2);
    assertThat(run("list", "--state", "gone")).isEqualTo(2);
    assertThat(err).contains("waiting, running or dead");
    assertThat(run("list", "--colour")).isEqualTo(2);
    assertThat(err).contains("unknown option --colour");
    assertThat(run("dance")).isEqualTo(2);
    Path notes = Files.writeString(folder.resolve("notes.txt"), "these are my notes, no queue\n");
    assertThat(runPlain("stats", "--file", notes.toString())).isEqualTo(3);
    assertThat(err).contains("notes.txt");
  }
}
