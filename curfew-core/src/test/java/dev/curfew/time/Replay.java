// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.util.Set;

/** The command that runs one seed of the calling test again. */
final class Replay {

  private static final Set<Class<?>> OWN = Set.of(Replay.class, Lens.class, Microscope.class);

  private Replay() {}

  /** For the test on the current thread's stack, without the seed. */
  static String here() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(frames ->
            frames
                .filter(frame -> !OWN.contains(frame.getDeclaringClass()))
                .findFirst()
                .map(frame ->
                    "mvn -pl curfew-core test -Dtest="
                        + frame.getDeclaringClass().getSimpleName()
                        + "#"
                        + method(frame.getMethodName()))
                .orElse("run the test"));
  }

  /** A lambda is called lambda$method$0. */
  private static String method(String name) {
    String[] parts = name.split("\\$", -1);
    return parts.length > 1 && parts[0].equals("lambda") ? parts[1] : name;
  }
}
