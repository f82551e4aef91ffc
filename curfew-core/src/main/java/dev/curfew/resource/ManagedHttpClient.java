// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import java.net.http.HttpClient;
import java.time.Duration;

/**
 * An HTTP client of the JDK. Its own {@code close()} waits without limit; here requests in flight
 * have until the limit, and fail with an {@code IOException} then, or at once when cancelled.
 *
 * <p>Linked only where {@code java.net.http} is present: see {@link Adapters}.
 */
final class ManagedHttpClient extends Draining {
  private final HttpClient client;

  private ManagedHttpClient(HttpClient client) {
    this.client = client;
  }

  static boolean isFor(Object resource) {
    return resource instanceof HttpClient;
  }

  static Managed of(Object resource) {
    return new ManagedHttpClient((HttpClient) resource);
  }

  @Override
  void shutDown() {
    client.shutdown();
  }

  @Override
  void interruptAll(boolean busy) {
    client.shutdownNow();
  }

  @Override
  boolean await(long nanos) throws InterruptedException {
    return client.awaitTermination(Duration.ofNanos(nanos));
  }

  @Override
  boolean hasEnded() {
    return client.isTerminated();
  }

  @Override
  String stillThere() {
    return "the HttpClient has requests in flight that shutdownNow() did not end;"
        + " give each request a timeout, and let its body handler return";
  }
}
