// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The driver of the demo: {@code ./curfew demo}. Exits with 0 if the run has shown what its mode
 * promises, 1 if not, 2 if the command line can't be understood.
 */
public final class Demo {
  private Demo() {}

  /** Options: see {@link DemoOptions}. */
  public static void main(String... args) throws InterruptedException {
    System.exit(run(new PrintStream(System.out, true, StandardCharsets.UTF_8), args));
  }

  static int run(PrintStream out, String... args) throws InterruptedException {
    DemoOptions options;
    try {
      options = DemoOptions.parse(args);
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    Screen screen = new Screen(out, options.json());
    screen.line(screen.bold("Curfew demo") + ": " + options.mode().title());
    screen.line("");
    try (RunFolder folder = RunFolder.create("curfew-demo-", options.keep())) {
      DemoResult result = new DemoRun(options, folder.path(), screen).run();
      if (options.json()) {
        screen.result(ResultJson.of(result));
      } else {
        new ResultText(result, screen).print();
      }
      if (options.keep()) {
        screen.line("  Reports, queue and logs are in " + folder.path());
        if (options.mode() == DemoOptions.Mode.CURFEW) {
          Path queue = folder.path().resolve("jobs.db");
          screen.line("  Dead letters: ./curfew jobs list --state dead --file " + queue);
        }
      }
      screen.result(result.lastLine());
      return result.broken().isEmpty() ? 0 : 1;
    } catch (IOException e) {
      screen.line("");
      System.err.println("curfew demo: " + e.getMessage());
      return 1;
    }
  }
}
