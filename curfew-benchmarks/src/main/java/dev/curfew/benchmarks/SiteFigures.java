// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * What it costs to know where a task was created. Measured in isolation, through the method that
 * {@code fork} itself calls, for the lambdas of eight different lines in turn (so that the compiler
 * can't fold the class away) and at two depths of the calling stack.
 *
 * <p>That method is not public: it is found by name, and bound as a constant, which the compiler
 * inlines like a direct call. When it is renamed, the figure says so instead of a value.
 */
final class SiteFigures {
  private static final String SEAM_CLASS = "dev.curfew.task.Sites";
  private static final String SEAM_METHOD = "note";
  private static final double GOAL_NANOS = 5;
  private static final int CALLS = 2_000_000;

  private SiteFigures() {}

  static void measure(Settings settings, Sheet sheet, Progress progress) throws Exception {
    String title = "creation site of a task, ns net of the loop";
    if (!Seam.FAILURE.isEmpty()) {
      sheet.add(Figure.missing(title, "curfew", Seam.FAILURE));
    }
    int calls = Math.min(CALLS, settings.tasks() * 20);
    Random random = new Random(settings.seed());
    for (int depth : new int[] {10, 60}) {
      progress.say(title + ": depth " + depth);
      double[] seam = new double[settings.rounds()];
      double[] walked = new double[settings.rounds()];
      for (int round = -settings.warmUp(); round < settings.rounds(); round++) {
        boolean seamFirst = random.nextBoolean();
        double first = atDepth(depth, seamFirst ? SiteFigures::seam : SiteFigures::walk, calls);
        double second = atDepth(depth, seamFirst ? SiteFigures::walk : SiteFigures::seam, calls);
        if (round >= 0) {
          double loop = atDepth(depth, SiteFigures::nothing, calls);
          seam[round] = Math.max(0, (seamFirst ? first : second) - loop);
          walked[round] = Math.max(0, (seamFirst ? second : first) - loop);
        }
      }
      if (Seam.FAILURE.isEmpty()) {
        sheet.add(
            Figure.plain(title, "curfew, depth " + depth, "ns", Spread.of(seam))
                .atMost(GOAL_NANOS));
      }
      sheet.add(
          Figure.plain(title, "a stack walk each time, depth " + depth, "ns", Spread.of(walked)));
    }
  }

  private interface Loop {
    double nanosEach(int calls) throws Throwable;
  }

  private static double atDepth(int depth, Loop loop, int calls) throws Exception {
    if (depth > 0) {
      return atDepth(depth - 1, loop, calls);
    }
    try {
      return loop.nanosEach(calls);
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("the creation site could not be read", e);
    }
  }

  private static double nothing(int calls) {
    Object[] bodies = bodies();
    long start = System.nanoTime();
    int sum = 0;
    for (int i = 0; i < calls; i++) {
      sum += bodies[i & 7] == null ? 1 : 0;
    }
    return end(start, sum, calls);
  }

  private static double seam(int calls) throws Throwable {
    if (!Seam.FAILURE.isEmpty()) {
      return 0;
    }
    Object[] bodies = bodies();
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      Seam.HANDLE.invokeExact(bodies[i & 7]);
    }
    return end(start, 0, calls);
  }

  private static double walk(int calls) {
    int fewer = Math.max(1, calls / 200);
    StackWalker walker = StackWalker.getInstance();
    long start = System.nanoTime();
    int sum = 0;
    for (int i = 0; i < fewer; i++) {
      sum += walker.walk(frames -> frames.skip(2).findFirst()).isPresent() ? 0 : 1;
    }
    return end(start, sum, fewer);
  }

  private static double end(long start, int sum, int calls) {
    double each = (double) (System.nanoTime() - start) / calls;
    if (sum != 0) {
      throw new IllegalStateException(sum + " of " + calls + " look-ups found nothing");
    }
    return each;
  }

  private static Object[] bodies() {
    Callable<String> a = () -> "a";
    Callable<String> b = () -> "b";
    Callable<String> c = () -> "c";
    Callable<String> d = () -> "d";
    Callable<String> e = () -> "e";
    Callable<String> f = () -> "f";
    Callable<String> g = () -> "g";
    Callable<String> h = () -> "h";
    return new Object[] {a, b, c, d, e, f, g, h};
  }

  /** The method that {@code fork} calls with the body of the task. */
  private static final class Seam {
    static final MethodHandle HANDLE;
    static final String FAILURE;

    static {
      MethodHandle found = MethodHandles.empty(MethodType.methodType(void.class, Object.class));
      String failure = "";
      try {
        Class<?> owner = Class.forName(SEAM_CLASS);
        found =
            MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
                .findStatic(owner, SEAM_METHOD, found.type());
      } catch (ReflectiveOperationException e) {
        failure = "expected void " + SEAM_CLASS + "." + SEAM_METHOD + "(Object); got " + e;
      }
      HANDLE = found;
      FAILURE = failure;
    }
  }
}
