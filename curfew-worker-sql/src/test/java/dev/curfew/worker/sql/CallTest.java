// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.curfew.worker.queue.QueueException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a caller hears, whatever happens to the thread that works for it. */
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CallTest {
  @TempDir Path folder;

  @Test
  void whatWasDoneStaysDoneWhenTheConnectionFailsAfterwards() throws Exception {
    Call<String, String> call =
        new Call<>(name -> name + " did it", Flush.AT_COMMIT, System.nanoTime() + (1L << 40));
    assertThat(call.begin()).isTrue();
    call.run("thread");
    call.succeed();
    call.fail(new SQLException("the pool could not take it back"));
    assertThat(call.await(Interrupts.END)).isEqualTo("thread did it");
  }

  @Test
  void aConnectionThatFailsWhenItIsClosedUndoesNothing() throws Exception {
    try (Lane lane = new Lane("test", 1, CallTest::failingToClose)) {
      for (int i = 0; i < 1000; i++) {
        String done = lane.call(none -> "done", System.nanoTime() + (1L << 40), Interrupts.END);
        assertThat(done).isEqualTo("done");
      }
    }
  }

  private static Connection failingToClose() {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              throw new SQLException(method.getName() + " failed", "08006");
            });
  }

  @Test
  void anErrorEndsOneCallAndNotTheThread() throws Exception {
    SqliteFile file = new SqliteFile(folder.resolve("jobs.db"), SqlQueueOptions.defaults());
    file.check();
    try (SqliteThread thread =
        new SqliteThread("test", file.path(), () -> file.open(0), new Hints(), true)) {
      thread.call("make", Interrupts.END, connection -> connection.update("CREATE TABLE t (a)"));
      assertThatThrownBy(() ->
              thread.call(
                  "ask",
                  Interrupts.END,
                  connection -> {
                    connection.update("INSERT INTO t VALUES (1)");
                    throw new OutOfMemoryError("16 MiB");
                  }))
          .hasRootCauseMessage("16 MiB");
      Integer rows =
          thread.call(
              "ask",
              Interrupts.END,
              connection ->
                  connection.query("SELECT count(*) FROM t", row -> row.getInt(1)).getFirst());
      assertThat(rows).isZero();
    }
  }

  @Test
  void aFileThatCantBeUsedEndsOneCallAndNotTheThread() throws Exception {
    Path path = folder.resolve("jobs.db");
    SqliteThread.Opener refusing =
        () -> {
          throw new QueueException("open: it is in a network", false, null);
        };
    try (SqliteThread thread = new SqliteThread("test", path, refusing, new Hints(), true)) {
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> thread.call("ask", Interrupts.END, connection -> 1))
            .isInstanceOf(QueueException.class)
            .hasMessage("open: it is in a network");
      }
    }
  }
}
