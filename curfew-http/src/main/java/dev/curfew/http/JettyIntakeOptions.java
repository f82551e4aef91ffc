// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.service.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How an intake on Jetty behaves. Immutable: each method returns new options. Made by {@link
 * JettyIntake#of}.
 */
public interface JettyIntakeOptions {
  /**
   * Serves {@code /livez} (200) and {@code /readyz} (200 if this says so, 503 otherwise and from
   * {@link JettyIntake#retire} on) on the server's own ports, before any handler. They are answered
   * on threads of Jetty's pool, so that handlers that occupy every carrier do not silence them, and
   * do not count as requests. From {@link JettyIntake#quiet} on, new connections are refused, those
   * of probes included; {@link #healthAt} goes on.
   *
   * @param ready may be called by several threads at once; what it throws counts as not ready
   * @return the new options
   */
  JettyIntakeOptions health(BooleanSupplier ready);

  /**
   * {@link #health(BooleanSupplier)} with the readiness of this service.
   *
   * @param service the service that the intake belongs to
   * @return the new options
   */
  JettyIntakeOptions health(Service service);

  /**
   * As {@link #health(BooleanSupplier)}, on an address of its own, which answers from {@link
   * JettyIntake#start} until the intake is closed: alive throughout a stop, ready until {@link
   * JettyIntake#retire}.
   *
   * @param address where to listen; port 0 for a free one
   * @param ready as above
   * @return the new options
   */
  JettyIntakeOptions healthAt(InetSocketAddress address, BooleanSupplier ready);

  /**
   * The longest silence (1 s unless told) after which a kept-alive connection counts as idle when
   * the intake goes quiet, and is closed; see {@link HttpIntakeOptions#settle}.
   *
   * @param longest zero to close at once every connection that brings no request
   * @return the new options
   * @throws IllegalArgumentException if it is negative
   */
  JettyIntakeOptions settle(Duration longest);

  /**
   * Binds the server's connectors. Clients may connect at once; they are served from {@link
   * JettyIntake#start} on.
   *
   * @return the bound intake
   * @throws IOException if a connector can't be bound; then none is
   */
  JettyIntake listen() throws IOException;
}
