// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Closer;
import dev.curfew.resource.Intake;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Owner of tasks, resources and inner groups. Its block returns only when all that it owns has
 * ended, or was abandoned at a limit and named.
 *
 * <p>Life cycle: {@link #call} and {@link #run} open a group, run the body on the calling thread
 * and end the group: forked tasks and inner groups are awaited, then background tasks are asked to
 * stop and awaited, then resources close, newest first. A group opened inside a task is that task's
 * child; one opened on a thread that Curfew does not own hangs below the root of the process.
 *
 * <p>Cancellation: the first task that fails cancels the group (unless it is {@linkplain
 * GroupOptions#isolated() isolated}): the other tasks and the body are interrupted. What does not
 * end within 10 s of the cancel (1 s of a passed deadline) is abandoned: it is named in the
 * exception and in every roll call, and its resources stay open until it ends.
 *
 * <p>Failures, as the caller of {@code call} and {@code run} sees them: the body's own exception
 * (failures of tasks are suppressed in it); {@link ExecutionException} if a fork failed (the others
 * suppressed); {@link java.util.concurrent.TimeoutException} at the group's own deadline; after its
 * own {@link #cancel}, the body's value or {@link java.util.concurrent.CancellationException};
 * after an outer cancel, or an interrupt of somebody else, {@link InterruptedException}.
 *
 * <p>Threads: {@link #join()} is for the thread that opened the group; everything else for any.
 * What the caller did before {@code fork} happens before the body; what a body did happens before
 * {@code join} returns.
 */
public interface TaskGroup {
  /**
   * The body of a group that returns a value.
   *
   * @param <T> what it returns
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  interface Body<T extends @Nullable Object, X extends Throwable> {
    /**
     * Runs on the thread that opened the group.
     *
     * @param group the group, open until the body has returned
     * @return any value
     * @throws X its own checked exception
     * @throws ExecutionException if it let one of a join out
     * @throws InterruptedException if it let one out
     */
    T run(TaskGroup group) throws X, ExecutionException, InterruptedException;
  }

  /**
   * The body of a group that returns nothing.
   *
   * @param <X> its own checked exception
   */
  @FunctionalInterface
  interface VoidBody<X extends Throwable> {
    /**
     * Runs on the thread that opened the group.
     *
     * @param group the group, open until the body has returned
     * @throws X its own checked exception
     * @throws ExecutionException if it let one of a join out
     * @throws InterruptedException if it let one out
     */
    void run(TaskGroup group) throws X, ExecutionException, InterruptedException;
  }

  /**
   * Runs the body in a group of this name and returns what it returns.
   *
   * @param name its name in paths and reports
   * @param body runs on the calling thread
   * @param <T> what the body returns
   * @param <X> the body's own checked exception
   * @return what the body returned
   * @throws IllegalArgumentException if the name is empty; control characters in it are shown as
   *     {@code ?}
   * @throws X if the body did
   * @throws ExecutionException if a fork failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  static <T extends @Nullable Object, X extends Throwable> T call(String name, Body<T, X> body)
      throws X, ExecutionException, InterruptedException {
    return named(name).call(body);
  }

  /**
   * Runs the body in a group of this name; see {@link #call}.
   *
   * @param name its name in paths and reports
   * @param body runs on the calling thread
   * @param <X> the body's own checked exception
   * @throws X if the body did
   * @throws ExecutionException if a fork failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  static <X extends Throwable> void run(String name, VoidBody<X> body)
      throws X, ExecutionException, InterruptedException {
    named(name).run(body);
  }

  /**
   * Runs all candidates in a group of this name and returns the first result; see {@link
   * GroupOptions#race(Collection)}.
   *
   * @param name its name in paths and reports
   * @param candidates at least one
   * @param <T> what they return
   * @return what the first of them returned that returned at all
   * @throws ExecutionException if all failed
   * @throws InterruptedException if an outer group was cancelled, or the thread was interrupted
   */
  static <T extends @Nullable Object> T race(
      String name, Collection<? extends Callable<? extends T>> candidates)
      throws ExecutionException, InterruptedException {
    return named(name).race(candidates);
  }

  /**
   * Options for a group of this name; see {@link #call} for the name.
   *
   * @param name its name in paths and reports
   * @return options that set nothing else
   */
  static GroupOptions<RuntimeException> named(String name) {
    return Options.typed(Options.of(name));
  }

  /**
   * Where it stands in the tree, such as {@code /crawler/fetch}.
   *
   * @return names, from the root on, a slash before each
   */
  String path();

  /**
   * Starts a task that this group waits for.
   *
   * @param name its name in paths and reports
   * @param body runs on a thread of its own
   * @param <T> what the body returns
   * @return the task, which need not be kept
   * @throws java.util.concurrent.RejectedExecutionException if the group is cancelled or closing;
   *     the message says which and why
   */
  <T extends @Nullable Object> Task<T> fork(String name, Callable<? extends T> body);

  /**
   * Starts a task that this group waits for; see {@link #fork(String, Callable)}.
   *
   * @param name its name in paths and reports
   * @param body runs on a thread of its own
   * @return the task, which need not be kept
   */
  Task<?> fork(String name, Action body);

  /**
   * Starts a task that this group asks to stop once its forks and inner groups are home. One second
   * after that it is cancelled; in the stop of a service halfway between the drain and the cancel
   * mark, 19 s into a curfew of 25 s. So it should pause with the signal only: one that waits for
   * something else holds up the stop until then, and the report names it.
   *
   * @param name its name in paths and reports
   * @param body runs on a thread of its own
   * @return the task, which need not be kept
   * @throws java.util.concurrent.RejectedExecutionException as {@link #fork(String, Callable)}
   */
  Task<?> background(String name, Background body);

  /**
   * Gives a foreign future an owner: it counts as a fork, so the group waits for it, its failure is
   * that of a task, and a cancel of the group, or of the task, cancels it.
   *
   * <p>Cancelling a {@link java.util.concurrent.CompletableFuture} does not stop the work behind
   * it: see {@link #adopt(String, CompletionStage, Action)}. A future that somebody else cancels is
   * a task that failed. One that nobody can cancel is awaited until the group's limit, and
   * abandoned then.
   *
   * @param name its name in paths and reports
   * @param future what runs elsewhere
   * @param <T> what it brings
   * @return the task, which need not be kept
   * @throws java.util.concurrent.RejectedExecutionException if the group is cancelled or closing;
   *     the future was cancelled
   */
  <T extends @Nullable Object> Task<T> adopt(String name, CompletionStage<? extends T> future);

  /**
   * Gives a foreign future an owner; see {@link #adopt(String, CompletionStage)}.
   *
   * @param name its name in paths and reports
   * @param future what runs elsewhere
   * @param onCancel stops the work behind it: called once, on a thread of Curfew's, if it is
   *     cancelled; the future itself is cancelled when this has returned, or after 1 s
   * @param <T> what it brings
   * @return the task, which need not be kept
   * @throws java.util.concurrent.RejectedExecutionException if the group is cancelled or closing;
   *     the future was cancelled and the hook has run
   */
  <T extends @Nullable Object> Task<T> adopt(
      String name, CompletionStage<? extends T> future, Action onCancel);

  /**
   * Runs an action now and again, in a {@linkplain #background background} task: at once, then each
   * time when this much has passed since the last run ended. The pause ends when the task is asked
   * to stop; a run that is under way then finishes, or is cancelled like any task. An exception
   * that leaves the action is the failure of the task, and of the group: there is no next run.
   *
   * @param name its name in paths and reports
   * @param pause from the end of a run to the start of the next, by the monotonic clock
   * @param action one run
   * @return the task, which need not be kept
   * @throws IllegalArgumentException if the pause is not positive
   * @throws java.util.concurrent.RejectedExecutionException as {@link #fork(String, Callable)}
   */
  default Task<?> every(String name, Duration pause, Action action) {
    return background(name, Periodic.every(name, pause, action));
  }

  /**
   * Runs an action at the ticks of a clock; otherwise like {@link #every}. The first tick is now.
   * Runs never overlap and never pile up: ticks that come while a run is under way are skipped, and
   * the next run is at the first tick after its end.
   *
   * @param name its name in paths and reports
   * @param period from tick to tick, by the monotonic clock
   * @param action one run
   * @return the task, which need not be kept
   * @throws IllegalArgumentException if the period is not positive
   * @throws java.util.concurrent.RejectedExecutionException as {@link #fork(String, Callable)}
   */
  default Task<?> everyAtRate(String name, Duration period, Action action) {
    return background(name, Periodic.atRate(name, period, action));
  }

  /**
   * Starts a {@linkplain #background background} task that is run again, after a pause, when it
   * fails. The same body is called again, on the same thread. When it fails once more than the
   * policy allows, that is the failure of the task, and of the group; the failures before are
   * suppressed in it. So is what it fails with after it was asked to stop or cancelled, and an
   * {@link Error} other than a {@link StackOverflowError}: beginning again would not mend a full
   * heap, or a class that is missing. Returning normally is its end, and not a failure.
   *
   * <p>Each restart is a finding in roll calls and in the report, equal ones counted; by itself it
   * changes no exit code. While it waits for its restart the task shows as {@code BACKING_OFF}; the
   * pause ends at once when it is asked to stop, and that is its end.
   *
   * @param name its name in paths and reports
   * @param restart when it is run again, and when not any more
   * @param body works until its signal is set; called anew for each restart, so it must begin with
   *     nothing left over from the last run
   * @return the task, which need not be kept
   * @throws java.util.concurrent.RejectedExecutionException as {@link #fork(String, Callable)}
   */
  default Task<?> supervise(String name, Restart restart, Background body) {
    return background(name, Supervised.of(restart, body));
  }

  /**
   * Opens a group in this one, to put what it holds before this one's own end: it ends, with its
   * background tasks and resources, together with this group's forks.
   *
   * @param name its name in paths and reports
   * @return the inner group
   */
  TaskGroup inner(String name);

  /**
   * Opens a group with these options in this one; see {@link #inner(String)}. When its deadline has
   * passed it is cancelled, which this group treats like a failed fork.
   *
   * @param options its name and how it behaves
   * @return the inner group
   */
  TaskGroup inner(GroupOptions<?> options);

  /**
   * Owns a resource: it is closed after all tasks of this group, newest first. Executors, {@code
   * HttpClient}s and whatever a {@link dev.curfew.resource.ResourceAdapter} is found for are ended
   * in a way of their own: what they have in flight, and in their queues, is finished, until the
   * limit of the close; then it is interrupted, and what that cuts off is accounted for. In a stop
   * a close may take what is left until the close mark, less half a second for each resource that
   * is still to be closed. A block that ends without a stop, a cancel or a deadline waits for what
   * they have as long as that takes. An executor that the JDK hides behind a wrapper, as {@code
   * newSingleThreadScheduledExecutor()} does, shows no queue: what it has scheduled for later is
   * waited for until the limit, while that of {@code newScheduledThreadPool(1)} never starts.
   *
   * @param name its name in the report
   * @param resource closed once, by this group only
   * @param <R> its type
   * @return the resource
   * @throws java.util.concurrent.RejectedExecutionException if the group is cancelled or closing;
   *     the resource was closed
   * @throws IllegalArgumentException if it is an {@link Intake}: those are given to {@link #intake}
   */
  <R extends AutoCloseable> R own(String name, R resource);

  /**
   * Owns a resource that is ended by the given closer; see {@link #own(String, AutoCloseable)}.
   *
   * @param name its name in the report
   * @param resource anything
   * @param closer ends it, once
   * @param <R> its type
   * @return the resource
   */
  <R> R own(String name, R resource, Closer<? super R> closer);

  /**
   * Owns a process: it is asked to end (SIGTERM) when the group closes, or is cancelled, and killed
   * at the limit of the close, at most 10 s later, together with what it has started. What it
   * writes from then on is read and dropped. A process that had to be killed is a close that
   * failed.
   *
   * <p>That this method exists also has a lambda refused as a resource: {@code own("x", () -> new
   * Resource())} would close nothing but itself.
   *
   * @param name its name in the report
   * @param process ended once, by this group only
   * @param <P> its type
   * @return the process
   * @throws java.util.concurrent.RejectedExecutionException as {@link #own(String, AutoCloseable)}
   */
  <P extends Process> P own(String name, P process);

  /**
   * Runs this when the group closes its resources, in their order.
   *
   * @param name its name in the report
   * @param action runs once
   */
  void onClose(String name, Action action);

  /**
   * Owns what brings work in. It starts at once, in a service when its set-up has returned; it goes
   * quiet before anything else of the group's end; what it has in flight is awaited with the forks.
   * A {@link GroupIntake} gets an inner group of this name for its tasks. If it is closeable it is
   * owned, too.
   *
   * @param name its name in paths and reports
   * @param intake not started yet
   * @param <I> its type
   * @return the intake
   */
  <I extends Intake> I intake(String name, I intake);

  /**
   * Owns what brings work in and is running already: a server or consumer of another library. See
   * {@link #intake(String, Intake)}.
   *
   * @param name its name in paths and reports
   * @param intake anything
   * @param quiet has it take no new work; returns when what was in flight has ended, or leaves that
   *     to {@code close}
   * @param close ends it, once, with the resources of this group
   * @param <R> its type
   * @return the intake
   */
  <R> R intake(String name, R intake, Closer<? super R> quiet, Closer<? super R> close);

  /**
   * Waits until all forks and inner groups' forks are home.
   *
   * @throws ExecutionException if a fork failed; the failure is the cause, later ones are
   *     suppressed
   * @throws InterruptedException if an outer group was cancelled or the thread was interrupted
   * @throws java.util.concurrent.CancellationException if this group was cancelled by {@link
   *     #cancel}
   * @throws IllegalStateException if called by another thread than the group's owner
   */
  void join() throws ExecutionException, InterruptedException;

  /**
   * Cancels the group and all below it. The first reason is kept. Returns at once.
   *
   * @param why one sentence for the report
   */
  void cancel(String why);
}
