// SPDX-License-Identifier: Apache-2.0

import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks ({@code --check}) or rewrites ({@code --replace}) every Java file below the working
 * directory. Maven runs it from source, with google-java-format on the class path.
 */
final class Format {
  private Format() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 1 || !List.of("--check", "--replace").contains(args[0])) {
      System.err.println("Format: expected --check or --replace, got " + List.of(args));
      System.exit(2);
    }
    boolean check = args[0].equals("--check");
    List<String> files = javaFiles(Path.of(""));
    if (files.isEmpty()) {
      // Nothing found means a wrong working directory: a check that sees no file would pass.
      System.err.println("Format: no Java file below " + Path.of("").toAbsolutePath());
      System.exit(2);
    }

    List<String> command =
        new ArrayList<>(
            check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
    command.addAll(files);
    PrintWriter out = new PrintWriter(System.out, true);
    PrintWriter err = new PrintWriter(System.err, true);
    int status =
        new Main(out, err, InputStream.nullInputStream()).format(command.toArray(String[]::new));
    out.flush();
    err.flush();
    if (status != 0 && check) {
      System.err.println(
          "Format: the files above are not in google-java-format's style. Run tools/format.");
    }
    System.exit(status);
  }

  private static List<String> javaFiles(Path root) throws IOException {
    List<String> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            String name = dir.getFileName().toString();
            boolean buildOutput =
                name.equals("target") && Files.exists(dir.resolveSibling("pom.xml"));
            boolean skip = buildOutput || name.startsWith(".");
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.getFileName().toString().endsWith(".java")) {
              files.add(file.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    files.sort(null);
    return files;
  }
}
