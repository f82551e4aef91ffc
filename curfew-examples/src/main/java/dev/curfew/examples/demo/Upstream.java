// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import com.sun.net.httpserver.Headers;
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
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the service calls: slow (20 to 300 ms), and sometimes it fails: 5 % of the answers are 500,
 * 2 % of the connections are cut, 1 % of the jobs are refused for good (422). Which ones follows
 * from the seed alone, so that every run and every mode meets the same. Now and then it throttles,
 * too (429), and says for how long.
 *
 * <p>{@code POST /work/<job>} has an effect. Before it answers, it notes each call down in a log:
 * the one place that says what was really done, and with which idempotency key.
 */
final class Upstream {
  static final String RUN = "Run";
  static final String ATTEMPT = "Attempt";
  static final String TOKENS = "Tokens-Used";

  private static final long THROTTLED_EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final long seed;
  private final FileChannel log;

  /** When it throttled last; it does not begin with that. */
  private final AtomicLong throttled =
      new AtomicLong(System.nanoTime() - THROTTLED_EVERY_NANOS / 2);

  private Upstream(long seed, FileChannel log) {
    this.seed = seed;
    this.log = log;
  }

  /** Arguments: port file, log, seed. Ends when its standard input does. */
  public static void main(String... args) throws IOException {
    Path portFile = Path.of(args[0]);
    FileChannel log =
        FileChannel.open(Path.of(args[1]), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    Upstream upstream = new Upstream(Long.parseLong(args[2]), log);

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
    Headers asked = exchange.getRequestHeaders();
    try (exchange) {
      SplittableRandom random = randomFor(path + "#" + asked.getFirst(ATTEMPT));
      Thread.sleep(20 + random.nextInt(281));
      int fate = random.nextInt(100);
      int tokens = 100 + random.nextInt(401);
      boolean isWork = path.startsWith("/work/");
      Call.Outcome outcome =
          fate < 2
              ? Call.Outcome.CUT
              : fate < 7 ? Call.Outcome.FAILED : isWork ? work(path) : Call.Outcome.DONE;
      if (isWork) {
        note(path.substring("/work/".length()), asked, outcome, tokens);
      }
      if (outcome == Call.Outcome.CUT) {
        return; // Closed without an answer.
      }
      Headers said = exchange.getResponseHeaders();
      if (outcome == Call.Outcome.THROTTLED) {
        said.set("Retry-After", "1");
      } else if (outcome == Call.Outcome.DONE) {
        said.set(TOKENS, Integer.toString(tokens));
      }
      exchange.sendResponseHeaders(outcome.status(), -1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Call.Outcome work(String path) {
    if (randomFor(path).nextInt(100) == 0) {
      return Call.Outcome.REFUSED;
    }
    long now = System.nanoTime();
    long last = throttled.get();
    boolean throttles = now - last > THROTTLED_EVERY_NANOS && throttled.compareAndSet(last, now);
    return throttles ? Call.Outcome.THROTTLED : Call.Outcome.DONE;
  }

  private void note(String job, Headers asked, Call.Outcome outcome, int tokens)
      throws IOException {
    Call call =
        new Call(
            System.currentTimeMillis(),
            asked.getFirst(RUN),
            job,
            asked.getFirst("Idempotency-Key"),
            Integer.parseInt(asked.getFirst(ATTEMPT)),
            outcome,
            outcome == Call.Outcome.DONE ? tokens : 0);
    // One write of a line to a file opened for appending is never torn.
    log.write(ByteBuffer.wrap((call.toLine() + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private SplittableRandom randomFor(String what) {
    return new SplittableRandom(seed * 1_000_003 + what.hashCode()).split();
  }
}
