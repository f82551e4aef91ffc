// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.service.Readiness;
import dev.curfew.service.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/** The options as they stand; {@code ready} null means no health endpoints. */
record JettyOptions(
    Server server,
    @Nullable BooleanSupplier ready,
    @Nullable InetSocketAddress healthAddress,
    Duration settle)
    implements JettyIntakeOptions {

  static JettyOptions of(Server server) {
    Objects.requireNonNull(server, "server was null, expected a Jetty Server that is not started");
    check(server);
    return new JettyOptions(server, null, null, Duration.ofSeconds(1));
  }

  /** What must hold when the options are made, when it binds, and when it starts. */
  static void check(Server server) {
    if (!server.isStopped()) {
      throw new IllegalArgumentException(
          "server was "
              + server.getState()
              + ", expected one that is not started: leave out server.start(), the intake calls"
              + " it");
    }
    if (server.getStopAtShutdown()) {
      throw new IllegalArgumentException(
          "server stops itself when the JVM shuts down, in the middle of the service's own stop:"
              + " call server.setStopAtShutdown(false)");
    }
    if (Arrays.stream(server.getConnectors()).noneMatch(NetworkConnector.class::isInstance)) {
      throw new IllegalArgumentException(
          "server has no connector that listens: add a ServerConnector, or use new Server(port)");
    }
  }

  @Override
  public JettyOptions health(BooleanSupplier isReady) {
    Objects.requireNonNull(isReady, "ready was null, expected a BooleanSupplier");
    return new JettyOptions(server, isReady, null, settle);
  }

  @Override
  public JettyOptions health(Service service) {
    Objects.requireNonNull(service, "service was null, expected the Service to speak for");
    return health(() -> service.readiness() == Readiness.READY);
  }

  @Override
  public JettyOptions healthAt(InetSocketAddress health, BooleanSupplier isReady) {
    Objects.requireNonNull(health, "address was null, expected an InetSocketAddress");
    Objects.requireNonNull(isReady, "ready was null, expected a BooleanSupplier");
    return new JettyOptions(server, isReady, health, settle);
  }

  @Override
  public JettyOptions settle(Duration longest) {
    Objects.requireNonNull(longest, "settle was null, expected a Duration");
    if (longest.isNegative()) {
      throw new IllegalArgumentException("settle was " + longest + ", expected zero or more");
    }
    return new JettyOptions(server, ready, healthAddress, longest);
  }

  @Override
  public JettyIntake listen() throws IOException {
    return JettyServerIntake.bind(this);
  }
}
