// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The health endpoints on a port of Jetty's. */
final class JettyHealth {
  private final BooleanSupplier ready;

  JettyHealth(BooleanSupplier ready) {
    this.ready = ready;
  }

  boolean isFor(Request request) {
    String path = request.getHttpURI().getCanonicalPath();
    return "/livez".equals(path) || "/readyz".equals(path);
  }

  void answer(Request request, Response response, Callback callback) {
    boolean live = "/livez".equals(request.getHttpURI().getCanonicalPath());
    boolean good = live || ready.getAsBoolean();
    byte[] text = (good ? "ok\n" : "not ready\n").getBytes(StandardCharsets.US_ASCII);
    response.setStatus(good ? 200 : 503);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
    // A probe's connection is never kept: it would have to be settled in a stop.
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    response.write(true, ByteBuffer.wrap(text), callback);
  }
}
