// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Pending;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A body with the context that was captured when it was forked. Carriers are foreign code: however
 * they treat the body, its outcome is kept here, and it runs once or the task fails.
 */
final class Carried implements Callable<@Nullable Object>, Wrapping {
  private final Object body;
  private final Carrier[] carriers;
  private final Carrier.Captured[] captured;

  // The task's thread.
  private boolean ran;
  private @Nullable Object result;
  private @Nullable Throwable thrown;

  private Carried(Object body, Carrier[] carriers, Carrier.Captured[] captured) {
    this.body = body;
    this.carriers = carriers;
    this.captured = captured;
  }

  /** The forking thread. Fails before there is a task. */
  static Carried capture(List<Carrier> from, Object body, Group group, String name) {
    Carrier[] carriers = from.toArray(Carrier[]::new);
    Carrier.Captured[] captured = new Carrier.Captured[carriers.length];
    for (int i = 0; i < carriers.length; i++) {
      try {
        captured[i] = Objects.requireNonNull(carriers[i].capture(), "capture() returned null");
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "Can't fork "
                + name
                + " in group "
                + group.path()
                + ": carrier "
                + carriers[i].getClass().getName()
                + " failed to capture its context: "
                + Failures.describe(e),
            e);
      }
    }
    return new Carried(body, carriers, captured);
  }

  @Override
  public Object inside() {
    return body instanceof Wrapping wrapping ? wrapping.inside() : body;
  }

  @Override
  public Pending.@Nullable State state() {
    return body instanceof Wrapping wrapping ? wrapping.state() : null;
  }

  @Override
  public @Nullable Object call() throws Exception {
    int[] reached = {0};
    Throwable broke = null;
    try {
      step(0, reached);
    } catch (Throwable t) {
      // Throwable: foreign code; what it means depends on whether the body has run.
      broke = t;
    }
    String path = Strand.current().path();
    if (!ran) {
      throw new IllegalStateException(
          "Task "
              + path
              + " did not run: carrier "
              + carriers[reached[0]].getClass().getName()
              + (broke == null
                  ? " returned without running the body"
                  : " failed to put its context in place: " + Failures.describe(broke)),
          broke);
    }
    Throwable failure = thrown;
    if (failure == null) {
      if (broke != null) {
        Findings.note(path, "a carrier failed after the body had run", broke);
      }
      return result;
    }
    if (broke != null) {
      Failures.suppress(failure, broke);
    }
    throw Carried.<Exception>unchecked(failure);
  }

  /** Thrown as it is: whatever leaves a body is its outcome. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Throwable> X unchecked(Throwable thrown) throws X {
    throw (X) thrown;
  }

  private void step(int index, int[] reached) throws Exception {
    if (index == captured.length) {
      runBody();
    } else {
      reached[0] = index;
      captured[index].around(() -> step(index + 1, reached));
    }
  }

  private void runBody() {
    if (ran) {
      throw new IllegalStateException(
          "a carrier ran the body of task " + Strand.current().path() + " twice; run it once");
    }
    ran = true;
    try {
      if (body instanceof Callable<?> callable) {
        result = callable.call();
      } else if (body instanceof Action action) {
        action.run();
      } else {
        ((Background) body).run(Strand.current().stopSignal());
      }
    } catch (Throwable t) {
      // Throwable: kept, and thrown once the carriers are done.
      thrown = t;
    }
  }
}
