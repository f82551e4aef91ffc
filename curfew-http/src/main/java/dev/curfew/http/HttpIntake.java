// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import com.sun.net.httpserver.HttpHandler;
import dev.curfew.resource.Managed;
import dev.curfew.task.GroupIntake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * An HTTP server whose every request is a task: the JDK's own server, so that a stop loses no
 * request.
 *
 * <p>Life cycle: {@code listen} binds, so that clients may connect and wait; {@link #start} serves;
 * {@link #retire} turns readiness off and closes each connection with its next answer; {@link
 * #quiet} closes the listening socket; {@link #close(dev.curfew.time.Deadline)} ends what is left.
 * A group that owns the intake does all of this.
 *
 * <p>
 *
 * {@snippet :
 * Service.named("shop").main(service -> {
 *   service.intake("api", HttpIntake.listen(8080, new Api()));
 * });
 * }
 *
 * <p>A request is forked in the intake's group, on a virtual thread of its own, and named by its
 * method. When its handler returns, the answer must be complete: a handler that hands the exchange
 * to another thread finds it closed.
 *
 * <p>No request is lost by a stop. Once quiet, a connection is kept open until it was answered with
 * {@code Connection: close}, or was silent for longer than it used to be between two requests (see
 * {@link HttpIntakeOptions#settle}). Connections that a client opens at the very moment at which
 * the listening socket closes can't be saved: the kernel resets them.
 *
 * <p>Cancellation: handlers are interrupted through their tasks. A request whose handler then ends
 * without an answer gets a 503 if its connection is still usable, and counts as {@linkplain
 * HttpCount#unanswered() unanswered}. So does one that arrives after the cancel, as {@linkplain
 * HttpCount#refused() refused}.
 *
 * <p>An answer that never ends by itself (server-sent events) is asked to end as soon as the intake
 * is quiet: its handler sees it in {@code StopSignal.current()}, has the time of the drain to say
 * goodbye, and is cancelled at the drain mark. What returns then without having closed its body
 * counts as unanswered; its client sees that the answer was cut off.
 *
 * {@snippet :
 * StopSignal stop = StopSignal.current();
 * exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
 * exchange.sendResponseHeaders(200, 0);
 * try (OutputStream out = exchange.getResponseBody()) {
 *   while (!stop.await(Duration.ofSeconds(1))) {
 *     out.write(next().getBytes(UTF_8));
 *     out.flush();
 *   }
 *   out.write("event: goodbye\ndata: come back later\n\n".getBytes(UTF_8));
 * }
 * }
 *
 * <p>Failures: a handler that throws gives a 500 if nothing was sent, is logged as a warning
 * ({@code System.Logger}, name {@code dev.curfew.http}) and fails its task; a client that went away
 * is counted and fails nothing. A request that a cancel left without an answer is lost work.
 *
 * <p>All methods may be called from any thread.
 */
public interface HttpIntake extends GroupIntake, Managed, AutoCloseable {
  /**
   * Binds this port on all interfaces; see {@link #listen(InetSocketAddress, HttpHandler)}.
   *
   * @param port 0 for a free one
   * @param handler gets every request
   * @return the bound intake
   * @throws IOException if the port can't be bound
   */
  static HttpIntake listen(int port, HttpHandler handler) throws IOException {
    return at(port).listen(handler);
  }

  /**
   * Binds this address. Clients may connect at once; they are served from {@link #start} on.
   *
   * @param address where to listen; port 0 for a free one
   * @param handler gets every request
   * @return the bound intake
   * @throws IOException if the address can't be bound
   */
  static HttpIntake listen(InetSocketAddress address, HttpHandler handler) throws IOException {
    return at(address).listen(handler);
  }

  /**
   * Options for an intake on this port of all interfaces.
   *
   * @param port 0 for a free one
   * @return the options
   * @throws IllegalArgumentException if it is no port
   */
  static HttpIntakeOptions at(int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "port was " + port + ", expected 0 (any free port) to 65535");
    }
    return at(new InetSocketAddress(port));
  }

  /**
   * Options for an intake on this address.
   *
   * @param address where to listen; port 0 for a free one
   * @return the options
   * @throws IllegalArgumentException if its host name could not be resolved
   */
  static HttpIntakeOptions at(InetSocketAddress address) {
    return Options.at(address);
  }

  /**
   * The bound address.
   *
   * @return the address, with the port that was found where 0 was given
   */
  InetSocketAddress address();

  /**
   * The bound port.
   *
   * @return the port, never 0
   */
  int port();

  /**
   * The bound address of the health endpoints.
   *
   * @return empty if there are none, or if they are on the intake's own port
   */
  Optional<InetSocketAddress> healthAddress();

  /**
   * What became of the requests so far.
   *
   * @return a snapshot; it adds up at any time
   */
  HttpCount count();

  /**
   * How many requests were taken and did not get their handler's answer: cancelled, or not done
   * when the server ended.
   *
   * @return the number of requests
   */
  default long unanswered() {
    return count().unanswered();
  }

  /**
   * Requests that were taken and are not done. From {@link #quiet} on it is at least 1 until the
   * server has ended by itself; a 0 is final then: no request will come any more.
   *
   * @return the number of requests
   */
  @Override
  long inFlight();

  /**
   * Goes quiet, waits at most ten seconds for what is in flight, then ends the server. An interrupt
   * ends the wait and is kept.
   *
   * @throws IllegalStateException if the server did not end
   */
  @Override
  void close();
}
