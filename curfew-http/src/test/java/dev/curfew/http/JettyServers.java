// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty servers for tests. */
final class JettyServers {
  private static final String POOL = "jetty-under-test";

  private JettyServers() {}

  /** A server on a free port of the loopback interface, without a handler. */
  static Server onLoopback() {
    QueuedThreadPool pool = new QueuedThreadPool();
    pool.setName(POOL);
    Server server = new Server(pool);
    var connector = new org.eclipse.jetty.server.ServerConnector(server, 1, 1);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    connector.setHost(address.getHostString());
    connector.setPort(0);
    server.addConnector(connector);
    return server;
  }

  /** The threads of all those servers that live. */
  static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread ->
            thread.getName().startsWith(POOL)
                || thread.getName().startsWith("Scheduler-")
                || thread.getName().startsWith("curfew-jetty-"))
        .toList();
  }
}
