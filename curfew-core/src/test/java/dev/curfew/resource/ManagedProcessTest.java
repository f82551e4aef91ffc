// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.curfew.report.WorkCount;
import dev.curfew.time.Await;
import dev.curfew.time.Deadline;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Real processes: each shell says "ready" when its traps are set. */
@DisabledOnOs(OS.WINDOWS) // no SIGTERM there
@Timeout(60)
class ManagedProcessTest {
  private static final String IDLE = "while :; do sleep 0.02; done";

  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void endEverything() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void aProcessThatObeysIsAskedAndAwaited() throws Exception {
    Process process = shell("trap 'exit 3' TERM; echo ready; " + IDLE);
    Managed managed = Managed.of(process);
    Deadline limit = in(30_000);
    managed.close(limit);

    assertThat(limit.hasPassed()).isFalse();
    assertThat(process.exitValue()).isEqualTo(3);
    assertThat(managed.work()).isEqualTo(WorkCount.NONE);
  }

  @Test
  void aProcessThatIgnoresSigtermIsKilledAtTheLimitAndNamed() throws Exception {
    Process process = shell("trap '' TERM; echo ready; " + IDLE);
    Managed managed = Managed.of(process);
    Deadline limit = in(800);

    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> managed.close(limit))
        .withMessageContaining("process " + process.pid())
        .withMessageContaining("did not end in time after SIGTERM, and had to be killed; let it");
    assertThat(limit.hasPassed()).as("closed by its limit").isFalse();
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void aProcessIsKilledInTheEndAlsoWhereTheCloseHasNoLimit() throws Exception {
    Process process = shell("trap '' TERM; echo ready; " + IDLE);
    Managed managed = ManagedProcess.of(process, Duration.ofMillis(500));
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> managed.close(Deadline.never()));
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void aProcessIsKilledAtOnceWhenNoTimeIsLeft() throws Exception {
    Process process = shell("trap '' TERM; echo ready; " + IDLE);
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> Managed.of(process).close(in(0)));
    assertThat(process.isAlive()).isFalse();
  }

  /** A pipe holds 64 kB: nobody else reads, and the handler writes more than ten times that. */
  @Test
  void aProcessThatWritesMuchAtItsEndIsNotHeldUpByAFullPipe() throws Exception {
    Process process =
        shell(
            "trap 'head -c 900000 /dev/zero; head -c 900000 /dev/zero >&2; exit 4' TERM;"
                + " echo ready; "
                + IDLE);
    Managed.of(process).close(in(30_000));
    assertThat(process.exitValue()).isEqualTo(4);
  }

  /** The JDK's own destroy() closes the pipes, and would wait for this one to be written out. */
  @Test
  void aPipeThatTheProcessDoesNotReadHoldsUpNothing() throws Exception {
    Process process = shell("trap '' TERM; echo ready; " + IDLE);
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (OutputStream in = process.getOutputStream()) {
                in.write(new byte[1_000_000]);
              } catch (IOException killed) {
                return;
              }
            });
    Await.until(
        "the writer waits in the pipe", () -> inStack(writer, "FileOutputStream", "writeBytes"));
    Deadline limit = in(2_000);
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> Managed.of(process).close(limit));
    assertThat(limit.hasPassed()).isFalse();
    writer.join(30_000);
  }

  private static boolean inStack(Thread thread, String type, String method) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().endsWith(type) && frame.getMethodName().equals(method)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aReaderThatIsStuckInItsOutputHoldsUpNothing() throws Exception {
    Process process = shell("trap 'exit 5' TERM; echo ready; " + IDLE);
    InputStream output = process.getInputStream();
    Thread reader =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                int unused = output.read();
              } catch (IOException closed) {
                return;
              }
            });
    Await.until("the reader waits", () -> inStack(reader, "FileInputStream", "readBytes"));
    Deadline limit = in(30_000);
    Managed.of(process).close(limit);
    assertThat(limit.hasPassed()).isFalse();
    assertThat(process.exitValue()).isEqualTo(5);
    reader.join(30_000);
  }

  @Test
  void whatTheProcessHasStartedEndsWithIt() throws Exception {
    Process process = shell("sleep 1000 & sleep 1000 & echo ready; wait");
    List<ProcessHandle> children = process.descendants().toList();
    started.addAll(children);
    assertThat(children).hasSize(2);
    Managed.of(process).close(in(30_000));

    assertThat(process.isAlive()).isFalse();
    Await.until("no child is left", () -> children.stream().noneMatch(ManagedProcessTest::runs));
  }

  @Test
  void aChildThatIgnoresSigtermIsKilledAtTheLimitAndNamed() throws Exception {
    Process process = shell("sh -c 'trap \"\" TERM; echo ready; " + IDLE + "' & wait");
    ProcessHandle child = process.children().findFirst().orElseThrow();
    started.add(child);
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> Managed.of(process).close(in(800)))
        .withMessageContaining("process " + child.pid())
        .withMessageContaining(", which it had started")
        .withMessageNotContaining("process " + process.pid());
    Await.until("the child is gone", () -> !runs(child));
  }

  @Test
  void aCancelOnlyAsksAndOnce() throws Exception {
    Process process =
        shell(
            "trap 'n=$((n+1))' TERM; trap 'over=1' USR1; echo ready;"
                + " while [ -z \"$over\" ]; do sleep 0.02; done; exit $n");
    Managed managed = Managed.of(process);
    managed.cancel();
    managed.cancel();
    Thread closer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                managed.close(in(30_000));
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    Await.until("the closer waits", () -> inStack(closer, "ManagedProcess", "await"));
    Process kill = new ProcessBuilder("kill", "-USR1", Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
    closer.join(30_000);
    assertThat(process.exitValue()).as("how often it was asked").isEqualTo(1);
  }

  /** It has left its parent before anybody looked, and holds the pipe open that we read. */
  @Test
  void aDaemonThatTheProcessLeftBehindHoldsUpNothing() throws Exception {
    Process process = shell("(sleep 1000 & echo ready; echo $!); " + IDLE);
    String daemon = process.inputReader().readLine();
    started.add(ProcessHandle.of(Long.parseLong(daemon)).orElseThrow());
    Deadline limit = in(30_000);
    Managed.of(process).close(limit);

    assertThat(limit.hasPassed()).isFalse();
    Await.until(
        "nobody reads its pipe any more",
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().contains("of process " + process.pid())));
  }

  @Test
  void anInterruptOfTheCallerKillsAndIsKept() throws Exception {
    Process process = shell("trap '' TERM; echo ready; " + IDLE);
    Thread.currentThread().interrupt();
    boolean kept;
    try {
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> Managed.of(process).close(Deadline.never()));
    } finally {
      kept = Thread.interrupted();
    }
    assertThat(kept).isTrue();
    assertThat(process.isAlive()).isFalse();
  }

  @Test
  void aProcessThatHasEndedIsClosedAlready() throws Exception {
    Process process = new ProcessBuilder("true").start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    Managed.of(process).close(in(0));
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aProcessOfAnotherKindIsEndedByItsOwnMethods() throws Exception {
    Foreign process = new Foreign();
    Managed.of(process).close(in(30_000));
    assertThat(process.calls).containsExactly("destroy");
  }

  /** Knows no handle, as a process on another machine would. */
  private static final class Foreign extends Process {
    final List<String> calls = new ArrayList<>();

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public int waitFor() {
      return 0;
    }

    @Override
    public synchronized int exitValue() {
      if (calls.isEmpty()) {
        throw new IllegalThreadStateException("runs");
      }
      return 0;
    }

    @Override
    public synchronized void destroy() {
      calls.add("destroy");
    }
  }

  private static boolean runs(ProcessHandle handle) {
    return handle.isAlive() && !handle.info().command().isEmpty();
  }

  /** Starts a shell and waits until it has said so. */
  private Process shell(String script) throws IOException {
    Process process = new ProcessBuilder("sh", "-c", script).start();
    started.add(process.toHandle());
    BufferedReader output = process.inputReader();
    assertThat(output.readLine()).isEqualTo("ready");
    return process;
  }

  private static Deadline in(long millis) {
    return Deadline.in(Duration.ofMillis(millis));
  }
}
