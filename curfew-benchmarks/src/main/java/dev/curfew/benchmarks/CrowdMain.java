// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

/**
 * A fresh JVM that holds one crowd. Prints one line: {@code memory} the bytes of heap for each
 * blocked task, {@code cold} the nanoseconds of CPU and wall time that its very first cancel took;
 * or {@code unsupported} and why.
 */
final class CrowdMain {
  /**
   * So many that their code is compiled, and compiled again: each kind of frame has a size of its
   * own, and a parked thread keeps the frames that it parked with.
   */
  private static final int WARM_UP_CROWDS = 6;

  private static final int WARM_UP_SIZE = 20_000;

  private CrowdMain() {}

  public static void main(String[] args) throws Exception {
    Holder holder = Holder.named(args[1]);
    Crowd.Kind kind = Crowd.Kind.valueOf(args[2]);
    int size = Integer.parseInt(args[3]);
    try {
      if (args[0].equals("memory")) {
        memory(holder, kind, size);
      } else {
        cold(holder, kind, size);
      }
    } catch (UnsupportedOperationException e) {
      System.out.println("unsupported " + e.getMessage());
    }
    System.out.flush();
    // Whatever is still blocked need not be ended: only what was printed counts.
    Runtime.getRuntime().halt(0);
  }

  private static void memory(Holder holder, Crowd.Kind kind, int size) throws Exception {
    for (int i = 0; i < WARM_UP_CROWDS; i++) {
      holder.run().hold(new Crowd(Math.min(WARM_UP_SIZE, size), kind, new Stopwatch()));
    }
    long before = Meter.liveBytes();
    holder
        .run()
        .hold(
            new Crowd(
                size,
                kind,
                new Crowd.Visitor() {
                  @Override
                  public void blocked() {
                    System.out.println((double) (Meter.liveBytes() - before) / size);
                    System.out.flush();
                    Runtime.getRuntime().halt(0);
                  }

                  @Override
                  public void home() {}
                }));
  }

  private static void cold(Holder holder, Crowd.Kind kind, int size) throws Exception {
    Stopwatch stopwatch = new Stopwatch();
    holder.run().hold(new Crowd(size, kind, stopwatch));
    Meter.Sample sample = stopwatch.sample();
    System.out.println(sample.cpuNanos() + " " + sample.wallNanos());
  }
}
