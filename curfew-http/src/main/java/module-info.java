// SPDX-License-Identifier: Apache-2.0

/** Intakes for HTTP servers, health endpoints. */
module dev.curfew.http {
  requires transitive dev.curfew.core;
  requires transitive jdk.httpserver;
  requires static org.eclipse.jetty.server;
  requires static org.eclipse.jetty.websocket.common;
  requires static org.jspecify;

  exports dev.curfew.http;
}
