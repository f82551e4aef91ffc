// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.util.Arrays;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The command that runs one seed of the calling test again. */
final class Replay {

  private Replay() {}

  /** For the test on the current thread's stack, without the seed. */
  static String here() {
    return "mvn -pl curfew-core test -Dtest="
        + StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
            .walk(frames ->
                frames
                    .filter(Replay::isTest)
                    .findFirst()
                    .map(frame -> name(frame.getDeclaringClass()) + "#" + frame.getMethodName())
                    .orElse("<the test>"));
  }

  private static boolean isTest(StackWalker.StackFrame frame) {
    return Arrays.stream(frame.getDeclaringClass().getDeclaredMethods())
        .filter(method -> method.getName().equals(frame.getMethodName()))
        .anyMatch(method -> AnnotationSupport.isAnnotated(method, Testable.class));
  }

  /** As surefire wants it: nested classes with their outer ones. */
  private static String name(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1);
  }
}
