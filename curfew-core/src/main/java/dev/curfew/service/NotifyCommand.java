// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends by the command {@code systemd-notify}, which is there wherever systemd is. It needs no
 * native access, but a process for each message, and a unit with {@code NotifyAccess=all}: unless
 * run by root, the message comes from that process, not from this one.
 *
 * <p>It is not told a main process: inside a container's own process ids that would be the wrong
 * one, and a process that has merely inherited {@code NOTIFY_SOCKET} would make itself the main
 * one.
 */
final class NotifyCommand implements Systemd.Way {
  private static final String NAME = "systemd-notify";

  /**
   * The command waits for systemd to have read the message, which may be busy starting everything
   * else; one that is left is killed. The end of the process does not wait that long.
   */
  private static final long LIMIT_MILLIS = 10_000;

  private final String command;

  private NotifyCommand(String command) {
    this.command = command;
  }

  /** The command in one of these folders; null if it is in none. */
  static @Nullable NotifyCommand on(@Nullable String path) {
    for (String folder : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
      File file = new File(folder, NAME);
      if (!folder.isEmpty() && file.isFile() && file.canExecute()) {
        return new NotifyCommand(file.getPath());
      }
    }
    return null;
  }

  @Override
  public void send(String message) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(command);
    words.addAll(Arrays.asList(message.split("\n", -1)));
    Process process =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(LIMIT_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IOException(command + " did not return within " + LIMIT_MILLIS + " ms");
      }
      if (process.exitValue() != 0) {
        throw new IOException(command + " ended with " + process.exitValue());
      }
    } finally {
      process.destroyForcibly();
    }
  }
}
