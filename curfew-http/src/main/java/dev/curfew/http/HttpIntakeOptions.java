// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpHandler;
import dev.curfew.service.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * How an intake behaves. Immutable: each method returns new options. Made by {@link
 * HttpIntake#at(int)}.
 */
public interface HttpIntakeOptions {
  /**
   * Requests whose path begins with this one go to a handler of their own; the longest path wins.
   *
   * @param path begins with a slash, is not {@code /}
   * @param handler gets these requests
   * @return the new options
   * @throws IllegalArgumentException if the path does not begin with a slash, or was given before
   */
  HttpIntakeOptions context(String path, HttpHandler handler);

  /**
   * How many connections may wait to be accepted (1024 unless told, or what the kernel allows).
   *
   * @param connections at least 1
   * @return the new options
   * @throws IllegalArgumentException if it is not positive
   */
  HttpIntakeOptions backlog(int connections);

  /**
   * Serves {@code /livez} (200) and {@code /readyz} (200 if this says so, 503 otherwise and from
   * {@link HttpIntake#retire} on) on the intake's own port. They answer on platform threads, so
   * that handlers that occupy every carrier do not silence them. From {@link HttpIntake#quiet} on,
   * new connections are refused, those of probes included; {@link #healthAt} goes on.
   *
   * @param ready may be called by several threads at once; what it throws counts as not ready
   * @return the new options
   */
  HttpIntakeOptions health(BooleanSupplier ready);

  /**
   * {@link #health(BooleanSupplier)} with the readiness of this service.
   *
   * @param service the service that the intake belongs to
   * @return the new options
   */
  HttpIntakeOptions health(Service service);

  /**
   * As {@link #health(BooleanSupplier)}, on an address of its own, which answers from {@link
   * HttpIntake#start} until the intake is closed: alive throughout a stop, ready until {@link
   * HttpIntake#retire}.
   *
   * @param address where to listen; port 0 for a free one
   * @param ready as above
   * @return the new options
   */
  HttpIntakeOptions healthAt(InetSocketAddress address, BooleanSupplier ready);

  /**
   * The longest silence (1 s unless told) after which a kept-alive connection counts as idle when
   * the intake goes quiet, and is closed. As a rule it is shorter: 100 ms and three times the
   * longest recent pause between two requests of that connection; of one that has brought a single
   * request, 300 ms, or what the slowest of the others gets. Silence before {@code quiet} counts. A
   * request whose head does not arrive within this time after {@code quiet} is given up.
   *
   * @param longest zero to close at once every connection that brings no request
   * @return the new options
   * @throws IllegalArgumentException if it is negative
   */
  HttpIntakeOptions settle(Duration longest);

  /**
   * Binds; see {@link HttpIntake#listen(InetSocketAddress, HttpHandler)}.
   *
   * @param handler gets every request that no {@link #context} is for
   * @return the bound intake
   * @throws IOException if an address can't be bound
   */
  HttpIntake listen(HttpHandler handler) throws IOException;
}
