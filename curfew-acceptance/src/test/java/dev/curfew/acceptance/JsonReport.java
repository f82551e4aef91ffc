// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A report file, as a program would read it: strictly parsed.
 *
 * @param root the whole of it
 */
record JsonReport(JsonNode root) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Whether the file is there; it appears whole or not at all. */
  static boolean isThere(Path file) {
    return Files.exists(file);
  }

  /** Reads and parses the file; one that is not JSON fails the test. */
  static JsonReport read(Path file) throws IOException {
    assertThat(file).as("report file").isRegularFile();
    return new JsonReport(MAPPER.readTree(file.toFile()));
  }

  /** The value of a field of the root. */
  String text(String field) {
    assertThat(root.has(field)).as("\"%s\" in %s", field, root).isTrue();
    return root.get(field).asText();
  }

  /** The whole of it as text. */
  String all() {
    return root.toString();
  }

  /** The number of tasks that had this end. */
  long work(String end) {
    JsonNode work = root.path("work");
    assertThat(work.has(end)).as("\"%s\" in %s", end, work).isTrue();
    return work.get(end).asLong();
  }

  /** Asserts that every accepted piece of work has exactly one end (law 21). */
  JsonReport addsUp() {
    assertThat(work("accepted"))
        .as("accepted in %s", root.path("work"))
        .isEqualTo(
            work("completed")
                + work("failed")
                + work("givenBack")
                + work("cancelled")
                + work("neverStarted")
                + work("abandoned"));
    return this;
  }
}
