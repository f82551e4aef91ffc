// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.time.Deadline;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far the end of a group has got. Only its driver reads and writes it. */
final class Ending {
  /** The stages, in this order; see {@link Walk}. */
  enum Stage {
    /** Its forks, inner groups and intakes are awaited. */
    RUNNING,
    /** Its background tasks were asked and are awaited. */
    BACKGROUNDS_ASKED,
    /** Everything is home: resources close, newest first. */
    CLOSING,
    /** Nothing is left. */
    DONE
  }

  Stage stage = Stage.RUNNING;

  /** What a join has given up: the end of the block names it, too. */
  final List<Throwable> problems = new ArrayList<>(0);

  /** When background tasks that do not answer are cancelled. */
  Deadline answerBy = Deadline.never();

  boolean backgroundsCancelled;

  /** The resource that is being closed on a helper, and how. */
  @Nullable Owned closing;

  @Nullable Errand close;
}
