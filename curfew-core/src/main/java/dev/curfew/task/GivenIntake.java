// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import dev.curfew.resource.Managed;
import dev.curfew.time.Deadline;
import java.util.Objects;

/** An intake of another library, running already: how it goes quiet and how it is closed. */
final class GivenIntake<R> implements Intake, Managed {
  private final R resource;
  private final Closer<? super R> quiet;
  private final Managed closer;

  GivenIntake(R resource, Closer<? super R> quiet, Closer<? super R> close) {
    this.resource = Objects.requireNonNull(resource, "intake was null, expected what brings work");
    this.quiet = Objects.requireNonNull(quiet, "quiet was null, expected how it takes no new work");
    closer =
        Managed.of(
            resource, Objects.requireNonNull(close, "close was null, expected how to close it"));
  }

  R resource() {
    return resource;
  }

  @Override
  public void quiet() throws Exception {
    quiet.close(resource);
  }

  /** Whoever gave it waits in quiet, or in close: there is nobody to ask. */
  @Override
  public long inFlight() {
    return 0;
  }

  @Override
  public void close(Deadline limit) throws Exception {
    closer.close(limit);
  }
}
