// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;

/**
 * What is left of a child: its exit code, when it was gone, what it had written.
 *
 * @param program the main class
 * @param exitCode as a shell would say it: 128 + n after signal n
 * @param after how long after the last signal (or the start) it was gone
 * @param out the lines of standard output
 * @param err the lines of standard error
 */
record Ended(String program, int exitCode, Duration after, List<String> out, List<String> err) {

  /** Asserts the exit code. */
  Ended exited(int expected) {
    assertThat(exitCode).as("exit code of %s", this).isEqualTo(expected);
    return this;
  }

  /** Asserts that it took at least this long: what it had to wait for was waited for. */
  Ended notBefore(Duration least) {
    assertThat(after).as("duration of %s", this).isGreaterThanOrEqualTo(least);
    return this;
  }

  /** Asserts that it was gone within the bound. */
  Ended within(Duration most) {
    assertThat(after).as("duration of %s", this).isLessThanOrEqualTo(most);
    return this;
  }

  /** Asserts that a line of standard output contains the text. */
  Ended said(String text) {
    assertThat(out).as("standard output of %s", this).anyMatch(line -> line.contains(text));
    return this;
  }

  /** Asserts that no line of standard output contains the text. */
  Ended neverSaid(String text) {
    assertThat(out).as("standard output of %s", this).noneMatch(line -> line.contains(text));
    return this;
  }

  /** Asserts that a line of standard error contains the text. */
  Ended warned(String text) {
    assertThat(err).as("standard error of %s", this).anyMatch(line -> line.contains(text));
    return this;
  }

  /** Asserts that no line of standard error contains the text. */
  Ended neverWarned(String text) {
    assertThat(err).as("standard error of %s", this).noneMatch(line -> line.contains(text));
    return this;
  }

  /**
   * Asserts how a service ended: its exit code, and exactly one report line that says the same.
   *
   * @param reason what the stop was for, as the line shows it; a regular expression
   */
  Ended stopped(String outcome, String reason, int code) {
    exited(code);
    String expected =
        "CURFEW shutdown service=\\S+ outcome=%s reason=%s took=\\S+ exit=%d pending=\\d+ lost=\\d+ .*"
            .formatted(outcome, reason, code);
    assertThat(shutdownLines())
        .as("report lines of %s", this)
        .singleElement(InstanceOfAssertFactories.STRING)
        .matches(expected);
    return this;
  }

  /**
   * Asserts how a service ended whose process was ended by {@code System.exit(code)}. A hook can't
   * know the code: the line either says the true one or says in a word that it was given.
   */
  Ended stoppedByExit(int code) {
    exited(code);
    assertThat(shutdownLines())
        .as("report lines of %s", this)
        .singleElement(InstanceOfAssertFactories.STRING)
        .matches(
            "CURFEW shutdown service=\\S+ outcome=CLEAN reason=\\S*exit\\S* took=\\S+ exit=(%d|[a-z]+) .*"
                .formatted(code));
    return this;
  }

  /** Asserts that the report line has this field with this value. */
  Ended counted(String field, int value) {
    assertThat(shutdownLines())
        .as("report lines of %s", this)
        .allMatch(line -> (line + " ").contains(" " + field + "=" + value + " "));
    return this;
  }

  /** Asserts that standard error holds one line and no more. */
  Ended saidNothingElse() {
    assertThat(err).as("standard error of %s", this).hasSize(1);
    return this;
  }

  /** The report lines on standard error. */
  List<String> shutdownLines() {
    return err.stream().filter(line -> line.startsWith("CURFEW shutdown ")).toList();
  }

  static String streams(List<String> out, List<String> err) {
    return "standard output:%n  %s%nstandard error:%n  %s"
        .formatted(String.join("\n  ", out), String.join("\n  ", err));
  }

  @Override
  public String toString() {
    return "%s: exit code %d after %s%n%s".formatted(program, exitCode, after, streams(out, err));
  }
}
