// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

/**
 * Uses some stack, and gives it back. Near the end of a stack {@code Thread.start()} threw and the
 * body ran; worse, an error between the steps of a fork would leave a group that waits for a task
 * that never was, and one at the end of a block its tasks without an owner. So the error comes
 * here, where nothing has happened yet.
 */
final class StackProbe {
  private static final int FRAMES = 24;

  /** The end of a block parks, closes and starts threads; it runs at the depth of its beginning. */
  private static final int FRAMES_OF_A_BLOCK = 256;

  private StackProbe() {}

  /** Throws StackOverflowError if there is not enough stack for a fork. */
  static void touch() {
    touch(FRAMES);
  }

  /** The same for what has to be ended at this depth: a block, a shield, a hook. */
  static void touchForBlock() {
    touch(FRAMES_OF_A_BLOCK);
  }

  /** The same for what needs more: to park and to wake threads, for one. */
  static void touch(int frames) {
    if (descend(frames, 1, 2, 3) == 0) {
      throw new AssertionError("a sum of positive numbers is not zero");
    }
  }

  private static long descend(int frames, long a, long b, long c) {
    return frames == 0 ? a + b + c : descend(frames - 1, b, c, a) + 1;
  }
}
