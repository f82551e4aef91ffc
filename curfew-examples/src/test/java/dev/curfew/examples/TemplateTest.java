// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The complete template stops in the middle of a round and leaves nothing pending. */
class TemplateTest {
  @TempDir Path folder;

  @Test
  @Timeout(60)
  void theRoundUnderWayIsFinishedAndTheProcessExitsWithZero() throws Exception {
    CountDownLatch called = new CountDownLatch(2);
    CountDownLatch stopping = new CountDownLatch(1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(command -> Thread.ofVirtual().start(command));
    server.createContext(
        "/",
        exchange -> {
          called.countDown();
          try (exchange) {
            stopping.await();
            Thread.sleep(200); // The answer comes while the service stops.
            exchange.sendResponseHeaders(200, -1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    Path log = folder.resolve("log");
    Process template =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Template.class.getName(),
                "http://127.0.0.1:" + server.getAddress().getPort())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(called.await(30, TimeUnit.SECONDS)).as("both calls of the round came").isTrue();
      template.toHandle().destroy();
      stopping.countDown();
      assertThat(template.waitFor(28, TimeUnit.SECONDS)).as("it ended").isTrue();
      assertThat(Files.readAllLines(log)).startsWith("200", "200").hasSize(3);
      assertThat(Files.readString(log)).contains("CURFEW shutdown service=template outcome=CLEAN");
      assertThat(template.exitValue()).isZero();
    } finally {
      template.destroyForcibly();
      server.stop(0);
    }
  }
}
