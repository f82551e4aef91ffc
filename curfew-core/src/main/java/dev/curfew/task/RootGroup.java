// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Pending;
import dev.curfew.report.WorkCount;
import dev.curfew.time.Deadline;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The group of a service: no block holds it, its service ends it stage by stage. The one seam
 * between tasks and services; programs use {@code Service}.
 *
 * <p>A failed fork or background task does not cancel a root: its listener is told, so that the
 * service can drain.
 */
public interface RootGroup extends TaskGroup {
  /** Told what happens in the group, on the thread that did it. Must not block. */
  interface Listener {
    /**
     * A task that the group could not live without failed.
     *
     * @param path of the task
     * @param failure what left its body
     */
    void failed(String path, Throwable failure);

    /** Something has ended: the set-up, or the last fork, intake or background task. */
    void changed();
  }

  /**
   * What the group holds.
   *
   * @param forks forks and inner groups that are not home
   * @param backgrounds background tasks that have not ended
   * @param intakes intakes that are open
   * @param resources resources that are open
   * @param everForked whether a task was ever forked
   * @param everOwned whether anything at all was ever put into the group
   */
  record Census(
      long forks,
      long backgrounds,
      int intakes,
      int resources,
      boolean everForked,
      boolean everOwned) {}

  /**
   * The marks of a stop, in this order; see {@link #stop}.
   *
   * @param drain forks that are still out are cancelled, all background tasks are asked
   * @param cancel what is still out is abandoned; halfway to it background tasks are cancelled
   * @param close resources that are not closed are left
   * @param exit the end of the JVM that somebody else may have begun: tasks that have called {@code
   *     System.exit} are not waited for then
   * @param onStage told on the calling thread when a stage begins: {@code drain}, {@code cancel},
   *     {@code close}
   */
  record Marks(
      Deadline drain, Deadline cancel, Deadline close, Exit exit, Consumer<String> onStage) {
    /**
     * For a stop whose caller does not ask who called {@code System.exit}.
     *
     * @param drain see the record
     * @param cancel see the record
     * @param close see the record
     * @param exiting whether the JVM is ending already
     * @param onStage see the record
     */
    public Marks(
        Deadline drain,
        Deadline cancel,
        Deadline close,
        boolean exiting,
        Consumer<String> onStage) {
      this(drain, cancel, close, exiting ? Exit.BEGUN : Exit.NONE, onStage);
    }
  }

  /** The end of the JVM, as far as a stop has to know of it. Any thread may call. */
  interface Exit {
    /** Nobody has called {@code System.exit}. */
    Exit NONE = new Known(false);

    /** Somebody has, and nobody asks where. */
    Exit BEGUN = new Known(true);

    /**
     * Whether the JVM is ending already.
     *
     * @return once true, always true
     */
    boolean hasBegun();

    /**
     * A task was found inside {@code System.exit}, which never returns.
     *
     * @param path of the task
     * @param stack of its thread, innermost frame first
     */
    void calledBy(String path, List<StackTraceElement> stack);

    /**
     * What was known from the start.
     *
     * @param hasBegun whether it has begun
     */
    record Known(boolean hasBegun) implements Exit {
      @Override
      public void calledBy(String path, List<StackTraceElement> stack) {}
    }
  }

  /**
   * Opens the group of a service. Its path is a slash and the name.
   *
   * @param name of the service
   * @param listener told of what happens in it
   * @return the group, open until it is stopped
   */
  static RootGroup open(String name, Listener listener) {
    return Roots.open(Options.of(name), listener);
  }

  /**
   * Opens the group of a service whose tasks carry context; see {@link #open(String, Listener)}.
   *
   * @param name of the service
   * @param carriers what is carried
   * @param listener told of what happens in it
   * @return the group, open until it is stopped
   */
  static RootGroup open(String name, List<Carrier> carriers, Listener listener) {
    return Roots.open(Options.of(name).carry(carriers.toArray(Carrier[]::new)), listener);
  }

  /**
   * Opens a group that no roll call shows and no stop ends but its own: for a dry run of the end.
   *
   * @param name of the group
   * @param listener told of what happens in it
   * @return the group, open until it is stopped
   */
  static RootGroup unlisted(String name, Listener listener) {
    return new Root(Options.of(name), listener);
  }

  /**
   * A service is the process from now on: it ends every group, and says what is left, so nothing is
   * said about groups that are pending when the JVM ends.
   */
  static void endedByService() {
    LastResort.silence();
  }

  /**
   * What the report says of the set-up, if that did not end.
   *
   * @param setUp what {@link #setUp} returned
   * @param now its stack, innermost frame first; empty if nobody has looked
   * @return its state, and why it is still there if that was found out
   */
  Pending describe(Task<?> setUp, List<StackTraceElement> now);

  /**
   * The task that the calling thread runs.
   *
   * @return its path; empty if the thread runs none
   */
  static String callersPath() {
    Strand strand = ForeignStrand.known();
    return strand == null ? "" : strand.path();
  }

  /**
   * Runs the set-up of the service as a task of this group that counts as neither fork nor
   * background. {@link Task#cancel} interrupts the step under way.
   *
   * @param body the set-up
   * @return the task
   */
  Task<?> setUp(Action body);

  /**
   * Starts the intakes that set-up has opened, on the calling thread; from now on intakes start at
   * once.
   *
   * @throws Exception if one can't start
   */
  void startIntakes() throws Exception;

  /** Tells every intake of the tree that readiness is off; see {@code Intake.retire()}. */
  void retireIntakes();

  /**
   * From now on fork, own, intake and inner are rejected with this reason. Cancels nothing.
   *
   * @param why named by every rejection
   */
  void refuse(CancelReason why);

  /**
   * Whether the calling thread is part of what this group waits for: it runs a task of the group,
   * or of a group below it.
   *
   * @return true if a wait for the end of the group could not end here
   */
  boolean holdsCaller();

  /**
   * What the group holds now.
   *
   * @return a snapshot, exact once nothing moves
   */
  Census census();

  /**
   * The account of all work below this group up to now.
   *
   * @return a snapshot, exact once nothing moves
   */
  WorkCount work();

  /**
   * Why the group was cancelled, if it was.
   *
   * @return the first reason
   */
  Optional<CancelReason> cancelReason();

  /**
   * What the group holds now, without stacks; for the report of a stop that is under way.
   *
   * @return a snapshot
   */
  Account snapshot();

  /**
   * Ends these roots, and, if asked, every group that hangs below the root of the process: quiet,
   * drain, cancel, close. Runs on the calling thread, which must be a platform thread of Curfew's;
   * calls into user code run on threads of their own, each with a limit. Returns when all have
   * ended, or at the close mark.
   *
   * @param roots the services to end
   * @param foreign whether groups on threads that Curfew does not own are ended, too
   * @param why the reason that a cancel will have
   * @param marks the latest moments
   * @return what was found
   */
  static Account stop(List<RootGroup> roots, boolean foreign, CancelReason why, Marks marks) {
    return Roots.stop(roots, foreign, why, marks);
  }
}
