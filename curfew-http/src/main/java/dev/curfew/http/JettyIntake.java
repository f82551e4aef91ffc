// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.resource.Managed;
import dev.curfew.task.GroupIntake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.eclipse.jetty.server.Server;

/**
 * A Jetty server (12.1) whose every request is a task, so that a stop loses none. The server is
 * configured as always: connectors, handlers, servlet contexts, thread pool; the intake starts it,
 * drains it and stops it.
 *
 * <p>Life cycle: {@code listen} binds the connectors, so that clients may connect and wait; {@link
 * #start} starts the server; {@link #retire} turns readiness off and closes each connection with
 * its next answer; {@link #quiet} closes the listening sockets; {@link
 * #close(dev.curfew.time.Deadline)} stops the server. A group that owns the intake does all of
 * this.
 *
 * <p>
 *
 * {@snippet :
 * Server server = new Server(8080);
 * server.setHandler(new Api());
 * Service.named("shop").main(service -> {
 *   service.intake("api", JettyIntake.listen(server));
 * });
 * }
 *
 * <p>A request is forked in the intake's group, named by its method. Its handler, or servlet, is
 * called on the task's virtual thread, not on one of Jetty's pool, and the task lasts until the
 * answer is written: a request that was suspended (an asynchronous servlet, a callback that is
 * completed later) is in flight like any other. What such a request runs on other threads is not
 * part of the task; take {@code StopSignal.current()} along from the first call. Jetty's pool reads
 * requests and no longer bounds how many handlers run; its {@code ThreadLimitHandler} and {@code
 * ConnectionLimit}, or a semaphore of your own, do.
 *
 * <p>No request is lost by a stop. Once quiet, a connection is kept open until it was answered with
 * {@code Connection: close}, or was silent for longer than it used to be between two requests (see
 * {@link JettyIntakeOptions#settle}). Connections that a client opens at the very moment at which a
 * listening socket closes can't be saved: the kernel resets them. That holds for HTTP/1: a
 * connection of HTTP/2 is not asked to end.
 *
 * <p>What never ends by itself is asked to end as soon as the intake is quiet. A handler that
 * streams (server-sent events) sees it in {@code StopSignal.current()}. A WebSocket of Jetty's own
 * API gets a Close frame with code 1001 (going away), and a task {@code websocket} that lasts until
 * its client has answered with its own. What has not ended by the cancel is closed hard; {@link
 * #sockets} counts both. Other connections that were upgraded, Jakarta's WebSockets among them, are
 * closed with the server.
 *
 * <p>Jetty's own stop must not interfere: a server that stops itself when the JVM shuts down is
 * refused, its {@code stopTimeout} is not used, and no {@code GracefulHandler} is needed. One that
 * is there does no harm, since it is never told to shut down.
 *
 * <p>Cancellation: handlers are interrupted through their tasks. A request that is suspended is
 * failed, which its failure and asynchronous listeners see, and has a quarter of a second to
 * answer. Who then has no answer gets a 503 if nothing was sent, else finds its connection closed;
 * both count as {@linkplain HttpCount#unanswered() unanswered}, and the task as cancelled. So does
 * an answer of 500 or more that is given after the cancel, as a servlet container gives when an
 * interrupt leaves a servlet.
 *
 * <p>Failures: a handler or servlet that throws gives Jetty's error page, and fails its task; a
 * client that went away is counted and fails nothing. A request that is no HTTP is Jetty's to
 * answer, and does not count.
 *
 * <p>All methods may be called from any thread. Needs {@code org.eclipse.jetty:jetty-server}, which
 * this module does not bring along.
 */
public interface JettyIntake extends GroupIntake, Managed, AutoCloseable {
  /**
   * Binds the connectors of this server; see {@link #of}.
   *
   * @param server configured and not started
   * @return the bound intake
   * @throws IOException if a connector can't be bound; then none is
   */
  @SuppressWarnings("exports") // who names a Server requires Jetty anyway
  static JettyIntake listen(Server server) throws IOException {
    return of(server).listen();
  }

  /**
   * Options for an intake on this server.
   *
   * @param server configured and not started; it is the intake's from now on
   * @return the options
   * @throws IllegalArgumentException if it was started, has no connector that listens, or stops
   *     itself when the JVM shuts down
   */
  @SuppressWarnings("exports") // see listen
  static JettyIntakeOptions of(Server server) {
    return JettyOptions.of(server);
  }

  /**
   * The bound port of the first connector.
   *
   * @return the port, never 0
   */
  int port();

  /**
   * The bound address of the health endpoints.
   *
   * @return empty if there are none, or if they are on the server's own ports
   */
  Optional<InetSocketAddress> healthAddress();

  /**
   * What became of the requests so far.
   *
   * @return a snapshot; it adds up at any time
   */
  HttpCount count();

  /**
   * What became of the WebSockets so far.
   *
   * @return a snapshot
   */
  SocketCount sockets();

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
   * Requests that were taken and are not done; WebSockets are not among them before they are asked
   * to end. From {@link #quiet} on it is at least 1 until all connections have ended; a 0 is final
   * then: no request will come any more.
   *
   * @return the number of requests
   */
  @Override
  long inFlight();

  /**
   * Goes quiet, waits at most ten seconds for what is in flight, then stops the server. An
   * interrupt ends the wait and is kept.
   *
   * @throws IllegalStateException if the server did not stop
   */
  @Override
  void close();
}
