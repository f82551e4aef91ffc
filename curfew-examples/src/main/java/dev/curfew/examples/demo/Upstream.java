// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;

/**
 * What the service calls: slow (20 to 300 ms), and sometimes it fails: 5 % of the answers are 500,
 * 2 % of the connections are cut, 1 % of the jobs are refused for good (422). Which ones follows
 * from the seed alone, so that every run and every mode meets the same.
 *
 * <p>{@code POST /work/<job>} has an effect, which goes to the effects log before it is answered:
 * the one place that says what was really done.
 */
final class Upstream {
  private final long seed;
  private final FileChannel effects;

  private Upstream(long seed, FileChannel effects) {
    this.seed = seed;
    this.effects = effects;
  }

  /** Arguments: port file, effects log, seed. Ends when its standard input does. */
  public static void main(String... args) throws IOException {
    Path portFile = Path.of(args[0]);
    FileChannel effects =
        FileChannel.open(Path.of(args[1]), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    Upstream upstream = new Upstream(Long.parseLong(args[2]), effects);

    System.setProperty("sun.net.httpserver.nodelay", "true");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", upstream::answer);
    server.start();
    Lifeline.onDriverGone(() -> {
      server.stop(1);
      System.exit(0);
    });
    Handshake.announce(portFile, server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String attempt = exchange.getRequestHeaders().getFirst("Attempt");
    try (exchange) {
      SplittableRandom random = randomFor(path + "#" + attempt);
      Thread.sleep(20 + random.nextInt(281));
      int fate = random.nextInt(100);
      if (fate < 2) {
        return; // Closed without an answer: the connection is cut.
      }
      int status = fate < 7 ? 500 : succeed(path);
      exchange.sendResponseHeaders(status, -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int succeed(String path) throws IOException {
    if (!path.startsWith("/work/")) {
      return 200;
    }
    String job = path.substring("/work/".length());
    if (randomFor(job).nextInt(100) == 0) {
      return 422;
    }
    // One write of a line to a file opened for appending is never torn.
    effects.write(ByteBuffer.wrap((job + "\n").getBytes(StandardCharsets.UTF_8)));
    return 200;
  }

  private SplittableRandom randomFor(String what) {
    return new SplittableRandom(seed * 1_000_003 + what.hashCode()).split();
  }
}
