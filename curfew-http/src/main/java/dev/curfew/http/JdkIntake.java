// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The intake on the JDK's server. */
final class JdkIntake implements HttpIntake {
  /** In this order; none is left but for a later one. */
  private enum Stage {
    /** Clients may connect, nobody is served. */
    BOUND,
    SERVING,
    /** Serving, but each answer is the last on its connection. */
    RETIRED,
    /** No new connections. */
    QUIET
  }

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  /** How much of a limit is kept for ending the server by force. */
  private static final long FORCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final HttpServer server;
  private final @Nullable HttpServer healthServer;
  private final InetSocketAddress address;
  private final Readers readers;
  private final Requests requests;
  private final Drain drain;
  private final Tally tally = new Tally();
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.BOUND);

  // Set by start, read by any thread.
  private volatile @Nullable TaskGroup group;

  static JdkIntake bind(Options options, HttpHandler handler) throws IOException {
    HttpServer server = bind(options.address(), options.backlog());
    HttpServer health = null;
    try {
      InetSocketAddress healthAddress = options.healthAddress();
      if (healthAddress != null) {
        health = bind(healthAddress, 0);
      }
      return new JdkIntake(server, health, options, handler);
    } catch (IOException | RuntimeException | Error e) {
      // Errors, too: whatever happened, the port must not stay taken.
      release(server);
      if (health != null) {
        release(health);
      }
      throw e;
    }
  }

  static HttpServer bind(InetSocketAddress address, int backlog) throws IOException {
    try {
      return HttpServer.create(address, backlog);
    } catch (BindException e) {
      BindException named =
          new BindException(
              "could not listen on "
                  + address
                  + " ("
                  + e.getMessage()
                  + "): choose another port, or 0 for a free one, or end the process that has it");
      named.initCause(e);
      throw named;
    }
  }

  /** A server that was never started keeps its port through stop; one that was started does not. */
  static void release(HttpServer server) {
    server.start();
    server.stop(0);
  }

  private JdkIntake(
      HttpServer server, @Nullable HttpServer health, Options options, HttpHandler handler) {
    this.server = server;
    this.healthServer = health;
    this.address = server.getAddress();
    String name = "curfew-http-" + address.getPort();
    long settle =
        options.settle().compareTo(Duration.ofDays(1)) > 0
            ? Duration.ofDays(1).toNanos()
            : options.settle().toNanos();
    Lines lines = new Lines(settle);
    this.readers = new Readers(name, this::nudge);
    this.requests = new Requests(tally, lines, readers, this::isRetired, this::nudge);
    this.drain = new Drain(name, server, readers, requests, lines, settle);
    server.setExecutor(readers);
    server.createContext("/", exchange -> requests.take(exchange, handler));
    options
        .contexts()
        .forEach((path, special) ->
            server.createContext(path, exchange -> requests.take(exchange, special)));
    if (options.ready() != null) {
      new Health(options.ready(), this::isRetired).addTo(health == null ? server : health);
    }
  }

  private boolean isRetired() {
    return stage.get().compareTo(Stage.RETIRED) >= 0;
  }

  /** Tells the drain, if there is one, that something has ended. */
  private void nudge() {
    if (stage.get() == Stage.QUIET) {
      drain.nudge();
    }
  }

  /** Moves on to this stage, unless it is there or beyond. Returns the stage before. */
  private Stage advance(Stage to) {
    return stage.getAndAccumulate(to, (now, next) -> now.compareTo(next) > 0 ? now : next);
  }

  @Override
  public void start(TaskGroup requests) {
    Objects.requireNonNull(requests, "requests was null, expected the group for the requests");
    group = requests;
    this.requests.start(requests);
    if (!stage.compareAndSet(Stage.BOUND, Stage.SERVING)) {
      throw new IllegalStateException(
          "the intake on " + address + " was started or closed before; make another with listen");
    }
    server.start();
    if (healthServer != null) {
      healthServer.start();
    }
  }

  @Override
  public void retire() {
    if (stage.get() != Stage.BOUND) {
      advance(Stage.RETIRED);
    }
  }

  @Override
  public void quiet() {
    Stage before = advance(Stage.QUIET);
    if (before == Stage.QUIET) {
      return;
    }
    if (before == Stage.BOUND) {
      // Nobody was served, so nothing is in flight; clients that wait are told to go elsewhere.
      requests.cancel();
      server.start();
      if (healthServer != null) {
        healthServer.start();
      }
      drain.hurry();
    }
    drain.start();
    holdGroupOpen();
  }

  /**
   * A fork that ends with the drain: as long as a request may come, its group must not count as
   * home, or it would be rejected.
   */
  private void holdGroupOpen() {
    TaskGroup owner = group;
    if (owner == null) {
      return;
    }
    try {
      owner.fork("settle", this::awaitDrain);
    } catch (RejectedExecutionException e) {
      // Cancelled or closing: it takes no requests, so there is nothing to hold it open for.
      requests.cancel();
    }
  }

  private void awaitDrain() {
    try {
      drain.await();
    } catch (InterruptedException e) {
      // The group was cancelled: no work is lost by leaving, and the flag says why we left.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void cancel() {
    requests.cancel();
    nudge();
  }

  @Override
  public void close() {
    try {
      close(Deadline.in(CLOSE_LIMIT));
    } catch (InterruptedException e) {
      // The server has been told to end at once, and the caller still has its flag.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close(Deadline limit) throws InterruptedException {
    quiet();
    try {
      long left = limit.remainingNanos();
      drain.await(left - Math.min(FORCE_NANOS, left / 2));
    } finally {
      drain.hurry();
      readers.close();
      if (healthServer != null) {
        Thread.ofPlatform().daemon().name("curfew-http-health-close").start(this::closeHealth);
      }
    }
    if (!drain.await(limit.remainingNanos())) {
      throw new IllegalStateException(
          "the server on " + address + " did not end by its limit; its threads are daemons");
    }
  }

  private void closeHealth() {
    if (healthServer != null) {
      healthServer.stop(0);
    }
  }

  @Override
  public long inFlight() {
    boolean quiet = stage.get() == Stage.QUIET;
    if (quiet && drain.hasEnded()) {
      return 0;
    }
    return Math.max(quiet ? 1 : 0, requests.open());
  }

  @Override
  public HttpCount count() {
    return tally.count(drain.hasEnded());
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public int port() {
    return address.getPort();
  }

  @Override
  public Optional<InetSocketAddress> healthAddress() {
    return Optional.ofNullable(healthServer).map(HttpServer::getAddress);
  }
}
