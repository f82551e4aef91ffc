// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Looks at concurrent code one interleaving at a time. The body and every thread that core makes
 * run as virtual threads, one at a time, in an order that a seed decides; the clock moves on only
 * when nothing can run. So an order replays from its seed, and time-outs take no time.
 *
 * <pre>{@code
 * Exploration seen =
 *     Microscope.explore(
 *         200,
 *         microscope -> {
 *           microscope.spawn("canceller", () -> group.cancel("enough"));
 *           microscope.spawn("forker", () -> group.fork("job", () -> 1));
 *         });
 * }</pre>
 *
 * <p>A seed fails when the body, an actor or any thread of core throws; when nothing can run and
 * something is still awaited (deadlock); when threads are left over at the end; when it runs away.
 * A seed ends when the body and the actors that it spawned have ended: from then on the clock
 * stands still, the others may only finish what needs no time.
 *
 * <p>Switches happen at {@link Host#step}, at {@link Host#parkNanos} and wherever a virtual thread
 * parks or blocks. {@code Thread.sleep} and timed waits of the JDK are refused, because they last
 * in real time; use {@link #sleep}. Threads of the operating system are out of sight: what they do
 * does not replay, and a wait for one of them looks like a deadlock. Memory is sequentially
 * consistent here: a missing {@code volatile} is not found.
 */
public final class Microscope {

  /** A scenario; runs once for each seed, so it makes everything that it uses. */
  @FunctionalInterface
  public interface Body {
    /** Runs the scenario. */
    void run(Microscope microscope) throws Exception;
  }

  /** What an actor does. */
  @FunctionalInterface
  public interface Act {
    /** Runs the actor; whatever it throws fails the seed. */
    void run() throws Exception;
  }

  private final SeededHost host;

  Microscope(SeededHost host) {
    this.host = host;
  }

  /** Explores so many seeds with the usual lens. */
  public static Exploration explore(int seeds, Body body) {
    return Lens.DEFAULT.seeds(seeds).explore(body);
  }

  /** The usual lens, to be changed. */
  public static Lens lens() {
    return Lens.DEFAULT;
  }

  /**
   * Sleeps in the current host's time: virtual under the microscope, real elsewhere.
   *
   * @throws InterruptedException if the thread is interrupted; its flag is clear then
   */
  public static void sleep(Duration time) throws InterruptedException {
    Deadline end = Deadline.in(time);
    do {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted in Microscope.sleep");
      }
      Host.current().parkNanos(end, end.remainingNanos());
    } while (!end.hasPassed());
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted in Microscope.sleep");
    }
  }

  /**
   * Starts a thread of the test. The seed goes on until it has ended; {@code join()} waits for it
   * earlier.
   */
  public Thread spawn(String name, Act act) {
    Runnable body =
        () -> {
          try {
            act.run();
          } catch (Exception e) {
            throw new ActorFailed(name, e);
          }
        };
    Thread thread = host.newThread(name, body, true);
    thread.start();
    return thread;
  }

  /** Waits until the condition holds, looking every virtual millisecond for a minute. */
  public void await(String what, BooleanSupplier condition) throws InterruptedException {
    Deadline end = Deadline.in(Duration.ofMinutes(1));
    while (!condition.getAsBoolean()) {
      if (end.hasPassed()) {
        throw new AssertionError("not within a minute of virtual time: " + what);
      }
      sleep(Duration.ofMillis(1));
    }
  }

  /** Notes a text with the name of the current thread, for {@link Observation#trace}. */
  public void note(String text) {
    host.note(text);
  }

  /** Virtual time since the beginning. */
  public Duration elapsed() {
    return host.elapsed();
  }

  /** A choice of the seed's, for what the body itself varies. */
  public RandomGenerator random() {
    return host.random();
  }

  /** Lets the start of these threads fail with an OutOfMemoryError from now on. */
  public void refuseStarts(Predicate<Thread> refused) {
    host.refuseStarts(refused);
  }

  /** Carries a checked exception out of an actor. */
  private static final class ActorFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ActorFailed(String name, Exception cause) {
      super("actor " + name + " failed: " + cause, cause);
    }
  }
}
