// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The two programs that the design is judged by compile and run as they stand, imports aside. */
class DesignProgramsTest {
  @TempDir Path output;

  @Test
  @Timeout(60)
  void theServiceRunsWithABackgroundTaskInTheWorkersPlace() throws Exception {
    String source =
        """
        import static java.time.Duration.ofSeconds;
        import com.sun.net.httpserver.HttpExchange;
        import com.sun.net.httpserver.HttpHandler;
        import dev.curfew.http.HttpIntake;
        import dev.curfew.service.Service;
        import java.net.http.HttpClient;
        import java.nio.file.Path;
        public class Crawler {
          interface JobQueue extends AutoCloseable { @Override void close(); }
          static class SqlJobQueue {
            static JobQueue sqlite(Path file) { return () -> System.out.println("closed " + file); }
          }
          record Api(JobQueue queue) implements HttpHandler {
            @Override public void handle(HttpExchange exchange) {}
          }
          static void fetch(HttpClient http, JobQueue queue) throws Exception {}
          static void poll(HttpClient http) throws Exception { System.out.println("polled"); }
        """
            + program("Crawler")
            + "}\n";
    assertThat(Compiled.errorsOf("Crawler", source, output)).isEmpty();
    // It runs on a port that is free, on loopback.
    String here =
        source.replace(
            "listen(8080,",
            "listen(new java.net.InetSocketAddress(\n"
                + "java.net.InetAddress.getLoopbackAddress(), 0),");
    assertThat(here).isNotEqualTo(source);
    assertThat(Compiled.errorsOf("Crawler", here, output)).isEmpty();
    Process crawler =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                output + File.pathSeparator + System.getProperty("java.class.path"),
                "Crawler")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader said = crawler.inputReader()) {
      assertThat(said.readLine()).isEqualTo("polled");
      crawler.toHandle().destroy();
      List<String> rest = said.lines().filter(line -> !line.equals("polled")).toList();
      assertThat(rest).hasSize(2);
      assertThat(rest.get(0)).isEqualTo("closed frontier.db");
      assertThat(rest.get(1)).contains("CURFEW shutdown service=crawler outcome=CLEAN");
      assertThat(crawler.waitFor()).isZero();
    } finally {
      crawler.destroyForcibly();
    }
  }

  @Test
  void theGroupRunsVerbatim() throws Exception {
    String source =
        """
        import dev.curfew.task.Task;
        import dev.curfew.task.TaskGroup;
        public class Pages {
          record User(int id) {}
          record Cart(int id) {}
          record Page(User user, Cart cart) {}
          interface Finder<T> { T find(int id) throws java.io.IOException; }
          static Page render(User user, Cart cart) { return new Page(user, cart); }
          static Page page(Finder<User> users, Finder<Cart> carts, int id) throws Exception {
        """
            + program("Page")
            + """
            return page;
            }
            public static String run() throws Exception { return page(User::new, Cart::new, 7).toString(); }
            }
            """;
    assertThat(Compiled.errorsOf("Pages", source, output)).isEmpty();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {output.toUri().toURL()})) {
      assertThat(loader.loadClass("Pages").getMethod("run").invoke(null))
          .isEqualTo("Page[user=User[id=7], cart=Cart[id=7]]");
    }
  }

  @Test
  void aProgramThatDoesNotCompileIsSeen() throws IOException {
    assertThat(Compiled.errorsOf("Wrong", "class Wrong { int x = \"\"; }", output))
        .contains("incompatible types");
  }

  private static String program(String name) throws IOException {
    try (InputStream text =
        DesignProgramsTest.class.getResourceAsStream("/design/" + name + ".txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
