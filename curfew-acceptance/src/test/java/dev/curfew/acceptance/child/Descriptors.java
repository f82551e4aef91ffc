// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Services whose standard streams are not what they should be. */
public final class Descriptors {

  private Descriptors() {}

  /**
   * Opens data files before the service, which get the descriptors that were closed at start, and
   * crashes, so that there is much to say.
   */
  public static final class DataFile {
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      OutputStream[] files = new OutputStream[6];
      for (int file = 0; file < files.length; file++) {
        files[file] = Files.newOutputStream(folder.resolve("data-" + file));
        files[file].write("data\n".getBytes(StandardCharsets.UTF_8));
      }
      Settings.service("data")
          .main(service -> {
            service.background("wait", stop -> stop.await());
            service.fork("poller", () -> crash(files.length));
          });
    }

    private static void crash(int files) {
      throw new IllegalStateException("failed beside " + files + " files");
    }
  }

  /**
   * Fills standard error, which nobody reads, and goes on: its descriptor ({@code raw}), or {@code
   * System.err}, whose lock is then held for ever.
   */
  public static final class FillsStderr {
    public static void main(String[] arguments) {
      Settings.service("fills")
          .main(service -> {
            Settings.owns(service, "database");
            // A thread of nobody: it stays in its write for ever, and is no task.
            Thread.ofPlatform()
                .daemon()
                .start(arguments[0].equals("raw") ? FillsStderr::fill : FillsStderr::fillStream);
            service.background(
                "wait",
                stop -> {
                  Settings.saysReady(service);
                  stop.await();
                });
          });
    }

    private static void fillStream() {
      while (true) {
        System.err.print("x".repeat(4096));
        Say.line("wrote a block");
      }
    }

    private static void fill() {
      @SuppressWarnings("resource") // closing it would close standard error
      FileOutputStream err = new FileOutputStream(FileDescriptor.err);
      byte[] block = new byte[4096];
      try {
        while (true) {
          err.write(block);
          Say.line("wrote a block");
        }
      } catch (IOException failure) {
        Say.line("writing failed: " + failure);
      }
    }
  }
}
