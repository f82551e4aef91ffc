// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpServer;
import dev.curfew.task.TaskGroup;
import dev.curfew.time.Deadline;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** The intake on a Jetty server. */
final class JettyServerIntake implements JettyIntake {
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

  private static final String OWNER = JettyIntake.class.getName();

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  /** How much of a limit is kept for stopping the server, at most. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Server server;
  private final @Nullable HttpServer healthServer;
  private final String name;
  private final int port;
  private final JettyTasks tasks;
  private final Sockets sockets;
  private final JettyDrain drain;
  private final Tally tally = new Tally();
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.BOUND);

  // Set by start, read by any thread.
  private volatile @Nullable TaskGroup group;

  /** The one stop of the server, begun by whoever closes first. */
  private final AtomicReference<@Nullable CompletableFuture<Void>> stopped =
      new AtomicReference<>();

  static JettyServerIntake bind(JettyOptions options) throws IOException {
    Server server = options.server();
    JettyOptions.check(server);
    if (server.getAttribute(OWNER) != null) {
      throw new IllegalStateException(
          "server has an intake already, expected one for each server: use that, or make another"
              + " Server");
    }
    HttpServer health = null;
    try {
      for (NetworkConnector connector : listening(server)) {
        open(connector);
      }
      InetSocketAddress healthAddress = options.healthAddress();
      if (healthAddress != null) {
        health = JdkIntake.bind(healthAddress, 0);
      }
      JettyServerIntake intake = new JettyServerIntake(health, options);
      server.setAttribute(OWNER, intake);
      return intake;
    } catch (IOException | RuntimeException | Error e) {
      // Errors, too: whatever happened, no port must stay taken.
      release(server);
      if (health != null) {
        JdkIntake.release(health);
      }
      throw e;
    }
  }

  private static NetworkConnector[] listening(Server server) {
    return Arrays.stream(server.getConnectors())
        .filter(NetworkConnector.class::isInstance)
        .toArray(NetworkConnector[]::new);
  }

  private static void open(NetworkConnector connector) throws IOException {
    try {
      connector.open();
    } catch (IOException e) {
      if (e instanceof BindException || e.getCause() instanceof BindException) {
        String host = connector.getHost() == null ? "any interface" : connector.getHost();
        BindException named =
            new BindException(
                "could not listen on port "
                    + connector.getPort()
                    + " of "
                    + host
                    + " ("
                    + e.getMessage()
                    + "): choose another port, or 0 for a free one, or end the process that has"
                    + " it");
        named.initCause(e);
        throw named;
      }
      throw e;
    }
  }

  /** A server that was never started does not close what it has bound. */
  private static void release(Server server) {
    for (NetworkConnector connector : listening(server)) {
      JettyDoor.close(connector);
    }
  }

  private JettyServerIntake(@Nullable HttpServer health, JettyOptions options) {
    this.server = options.server();
    this.healthServer = health;
    this.port = listening(server)[0].getLocalPort();
    this.name = "curfew-jetty-" + port;
    long settle =
        options.settle().compareTo(Duration.ofDays(1)) > 0
            ? Duration.ofDays(1).toNanos()
            : options.settle().toNanos();
    JettyLines lines = new JettyLines(settle);
    Health probes = options.ready() == null ? null : new Health(options.ready(), this::isRetired);
    if (probes != null && health != null) {
      probes.addTo(health);
    }
    JettyHealth own = probes == null || health != null ? null : new JettyHealth(probes::isReady);
    this.tasks = new JettyTasks(tally, lines, own, this::isRetired, this::nudge);
    this.sockets = Sockets.of(server);
    this.drain = new JettyDrain(name, server, tasks, lines, sockets);
    Arrays.stream(server.getConnectors()).forEach(lines::watch);
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
  public void start(TaskGroup requests) throws Exception {
    Objects.requireNonNull(requests, "requests was null, expected the group for the requests");
    if (stage.get() != Stage.BOUND) {
      throw startedBefore();
    }
    JettyOptions.check(server);
    group = requests;
    tasks.start(requests);
    if (!stage.compareAndSet(Stage.BOUND, Stage.SERVING)) {
      throw startedBefore();
    }
    // As late as this: whatever handler was set since is below it.
    server.insertHandler(tasks);
    boolean up = false;
    try {
      server.start();
      if (healthServer != null) {
        healthServer.start();
      }
      up = true;
    } finally {
      if (!up) {
        // Whatever it was: what had started ends, and no port stays taken.
        release(server);
        close();
      }
    }
  }

  private IllegalStateException startedBefore() {
    return new IllegalStateException(
        "the intake on port " + port + " was started or closed before; make another with listen");
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
      // Nobody was served, so nothing is in flight.
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
      tasks.cancel();
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
    tasks.cancel();
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
      drain.await(left - Math.min(STOP_NANOS, left / 2));
    } finally {
      drain.hurry();
    }
    CompletableFuture<Void> stop = stop(limit);
    try {
      stop.get(limit.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "the Jetty server on port " + port + " did not stop by its limit", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the Jetty server on port " + port + " failed to stop: " + e.getCause(), e.getCause());
    }
  }

  /** Jetty's stop knows no deadline, so it runs on a thread of its own. */
  private CompletableFuture<Void> stop(Deadline limit) {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> first = stopped.compareAndExchange(null, mine);
    if (first != null) {
      return first;
    }
    // Its own graceful phase is over, and would only add up.
    server.setStopTimeout(0);
    if (server.getThreadPool() instanceof QueuedThreadPool pool) {
      long half = TimeUnit.NANOSECONDS.toMillis(limit.remainingNanos() / 2);
      pool.setStopTimeout(Math.max(1, Math.min(pool.getStopTimeout(), half)));
    }
    Thread.ofPlatform()
        .daemon()
        .name(name + "-stop")
        .start(() -> {
          try {
            server.stop();
            release(server);
            if (healthServer != null) {
              healthServer.stop(0);
            }
            mine.complete(null);
          } catch (Throwable t) {
            // Throwable: it is the closer's to throw.
            mine.completeExceptionally(t);
          }
        });
    return mine;
  }

  @Override
  public long inFlight() {
    boolean quiet = stage.get() == Stage.QUIET;
    if (quiet && drain.hasEnded()) {
      return 0;
    }
    return Math.max(quiet ? 1 : 0, tasks.open());
  }

  @Override
  public HttpCount count() {
    return tally.count(drain.hasEnded());
  }

  @Override
  public SocketCount sockets() {
    return sockets.count();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Optional<InetSocketAddress> healthAddress() {
    return Optional.ofNullable(healthServer).map(HttpServer::getAddress);
  }
}
