// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import dev.curfew.time.Deadline;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A resource with a closer. The limit is kept by its owner, which calls from a thread that it can
 * leave: an arbitrary close knows no limit.
 */
final class ClosedBy<R> implements Managed {
  private final R resource;
  private final Closer<? super R> closer;

  /** Set by the first close, by any thread: many closers must not run twice. */
  private final AtomicBoolean closed = new AtomicBoolean();

  ClosedBy(R resource, Closer<? super R> closer) {
    this.resource = Objects.requireNonNull(resource, "resource was null, expected what to close");
    this.closer = Objects.requireNonNull(closer, "closer was null, expected how to close it");
  }

  @Override
  public void close(Deadline limit) throws Exception {
    if (closed.compareAndSet(false, true)) {
      closer.close(resource);
    }
  }

  @Override
  public String toString() {
    return "closer of " + resource.getClass().getName();
  }
}
