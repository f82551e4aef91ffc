// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.task.TaskGroup;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/** The WebSockets of a server: connections that never end by themselves. */
interface Sockets {
  /** Those of this server; of one without Jetty's WebSocket modules, none. */
  static Sockets of(Server server) {
    try {
      Class.forName(
          "org.eclipse.jetty.websocket.common.SessionTracker",
          false,
          server.getClass().getClassLoader());
    } catch (ClassNotFoundException e) {
      return new None();
    }
    return new JettySockets(server);
  }

  /** Asks those that were not asked to end, each with a task that lasts until it has. */
  void ask(@Nullable TaskGroup group);

  /** How many were asked and have not ended. */
  int asked();

  /** Closes hard what has not ended. */
  void cut();

  SocketCount count();

  /** There are none. */
  record None() implements Sockets {
    @Override
    public void ask(@Nullable TaskGroup group) {}

    @Override
    public int asked() {
      return 0;
    }

    @Override
    public void cut() {}

    @Override
    public SocketCount count() {
      return SocketCount.NONE;
    }
  }
}
