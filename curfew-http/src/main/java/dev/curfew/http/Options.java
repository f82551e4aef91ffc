// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpHandler;
import dev.curfew.service.Readiness;
import dev.curfew.service.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The options as they stand; {@code ready} null means no health endpoints. */
record Options(
    InetSocketAddress address,
    int backlog,
    Map<String, HttpHandler> contexts,
    @Nullable BooleanSupplier ready,
    @Nullable InetSocketAddress healthAddress,
    Duration settle)
    implements HttpIntakeOptions {

  static Options at(InetSocketAddress address) {
    Objects.requireNonNull(
        address, "address was null, expected an InetSocketAddress; for any interface give a port");
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "address was " + address + ", expected one whose host name can be resolved");
    }
    return new Options(address, 1024, Map.of(), null, null, Duration.ofSeconds(1));
  }

  @Override
  public Options context(String path, HttpHandler handler) {
    Objects.requireNonNull(path, "path was null, expected one such as /orders");
    Objects.requireNonNull(handler, "handler was null, expected an HttpHandler");
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException(
          "path was \"" + path + "\", expected it to begin with a slash, such as /orders");
    }
    if (path.equals("/")) {
      throw new IllegalArgumentException(
          "path was \"/\", expected a longer one; give the handler for / to listen");
    }
    Map<String, HttpHandler> more = new LinkedHashMap<>(contexts);
    if (more.put(path, handler) != null) {
      throw new IllegalArgumentException(
          "path was \"" + path + "\", which has a handler; expected each path once");
    }
    return new Options(address, backlog, Map.copyOf(more), ready, healthAddress, settle);
  }

  @Override
  public Options backlog(int connections) {
    if (connections <= 0) {
      throw new IllegalArgumentException(
          "backlog was " + connections + ", expected at least 1; leave it out for the default");
    }
    return new Options(address, connections, contexts, ready, healthAddress, settle);
  }

  @Override
  public Options health(BooleanSupplier isReady) {
    Objects.requireNonNull(isReady, "ready was null, expected a BooleanSupplier");
    return new Options(address, backlog, contexts, isReady, null, settle);
  }

  @Override
  public Options health(Service service) {
    Objects.requireNonNull(service, "service was null, expected the Service to speak for");
    return health(() -> service.readiness() == Readiness.READY);
  }

  @Override
  public Options healthAt(InetSocketAddress health, BooleanSupplier isReady) {
    Objects.requireNonNull(health, "address was null, expected an InetSocketAddress");
    Objects.requireNonNull(isReady, "ready was null, expected a BooleanSupplier");
    return new Options(address, backlog, contexts, isReady, health, settle);
  }

  @Override
  public Options settle(Duration longest) {
    Objects.requireNonNull(longest, "settle was null, expected a Duration");
    if (longest.isNegative()) {
      throw new IllegalArgumentException("settle was " + longest + ", expected zero or more");
    }
    return new Options(address, backlog, contexts, ready, healthAddress, longest);
  }

  @Override
  public HttpIntake listen(HttpHandler handler) throws IOException {
    Objects.requireNonNull(handler, "handler was null, expected an HttpHandler");
    return JdkIntake.bind(this, handler);
  }
}
