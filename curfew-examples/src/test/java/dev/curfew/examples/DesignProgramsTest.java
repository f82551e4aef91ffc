// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two programs that the design is judged by compile as they stand, imports aside. */
class DesignProgramsTest {
  @TempDir Path output;

  @Test
  void theServiceCompilesWithABackgroundTaskInTheWorkersPlace() throws IOException {
    String source =
        """
        import static java.time.Duration.ofSeconds;
        import com.sun.net.httpserver.HttpExchange;
        import com.sun.net.httpserver.HttpHandler;
        import dev.curfew.http.HttpIntake;
        import dev.curfew.service.Service;
        import java.net.http.HttpClient;
        import java.nio.file.Path;
        class Crawler {
          interface JobQueue extends AutoCloseable { @Override void close(); }
          static class SqlJobQueue {
            static JobQueue sqlite(Path file) { return () -> {}; }
          }
          record Api(JobQueue queue) implements HttpHandler {
            @Override public void handle(HttpExchange exchange) {}
          }
          static void fetch(HttpClient http, JobQueue queue) throws Exception {}
          static void poll(HttpClient http) throws Exception {}
        """
            + program("Crawler")
            + "}\n";
    assertThat(Compiled.errorsOf("Crawler", source, output)).isEmpty();
  }

  @Test
  void theGroupCompilesVerbatim() throws IOException {
    String source =
        """
        import dev.curfew.task.Task;
        import dev.curfew.task.TaskGroup;
        class Pages {
          interface User {}
          interface Cart {}
          interface Page {}
          interface Finder<T> { T find(int id) throws java.io.IOException; }
          static Page render(User user, Cart cart) { return new Page() {}; }
          static Page page(Finder<User> users, Finder<Cart> carts, int id) throws Exception {
        """
            + program("Page")
            + "return page;\n}\n}\n";
    assertThat(Compiled.errorsOf("Pages", source, output)).isEmpty();
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
