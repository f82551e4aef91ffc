// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** What a compiler makes of calls that look alike. */
class OverloadsTest {
  /** It would be owned as a closer that does nothing but make another resource. */
  @Test
  void aLambdaIsNotTakenForAResource() {
    String ambiguous = "compiler.err.ref.ambiguous";
    assertThat(errors("group.own(\"x\", () -> new Res());")).containsExactly(ambiguous);
    assertThat(errors("group.own(\"x\", () -> {});")).containsExactly(ambiguous);
    assertThat(errors("group.own(\"x\", Res::new);")).containsExactly(ambiguous);
  }

  @Test
  void whatIsMeantAsAResourceCompiles() {
    assertThat(errors("Res res = group.own(\"x\", new Res());")).isEmpty();
    assertThat(errors("AutoCloseable res = group.own(\"x\", (AutoCloseable) () -> {});")).isEmpty();
    assertThat(errors("Process p = group.own(\"x\", new ProcessBuilder(\"true\").start());"))
        .isEmpty();
    assertThat(errors("String s = group.own(\"x\", \"resource\", r -> {});")).isEmpty();
    assertThat(errors("Object o = group.own(\"x\", new Object(), Object::notify);")).isEmpty();
    assertThat(errors("String s = group.intake(\"x\", \"server\", s1 -> {}, s1 -> {});")).isEmpty();
  }

  private static List<String> errors(String statement) {
    String source =
        "import dev.curfew.task.*; class Caller { static class Res implements AutoCloseable {"
            + " public void close() {} } void call(TaskGroup group) throws Exception { "
            + statement
            + " } }";
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    boolean unused =
        compiler
            .getTask(
                null,
                null,
                found,
                List.of(
                    "-proc:none",
                    "-XDshould-stop.at=FLOW",
                    "-cp",
                    System.getProperty("java.class.path")),
                null,
                List.of(new Source(source)))
            .call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(Diagnostic::getCode)
        .toList();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///Caller.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
