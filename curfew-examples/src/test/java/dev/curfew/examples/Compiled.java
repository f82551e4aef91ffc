// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What javac says about a piece of source, with the warnings that the build asks for. */
final class Compiled {
  private Compiled() {}

  /** Everything that javac has to say; empty if it is content. */
  static String errorsOf(String className, String source, Path output) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "--release",
            "21",
            "-Xlint:all,-processing,-classfile",
            "-Werror",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            output.toString());
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      boolean content =
          compiler
              .getTask(said, files, null, options, null, List.of(new Source(className, source)))
              .call();
      return content ? "" : said + "\n" + source;
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String className, String text) {
      super(URI.create("string:///" + className + ".java"), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
