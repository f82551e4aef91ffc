// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells the application's frames in a stack from those of the JDK and of Curfew: what is opened,
 * forked or stuck is attributed to the first of them.
 *
 * <p>Curfew's examples and tests count as applications.
 */
public final class Frames {
  private static final StackWalker WALKER = StackWalker.getInstance();

  private static final String OWN = "dev.curfew.";
  private static final List<String> OWN_APPLICATIONS =
      List.of("examples.", "acceptance.", "benchmarks.");

  /** For frames without a module, and to look no closer at most of the others. */
  private static final List<String> JDK = List.of("java.", "jdk.", "sun.", "com.sun.");

  private Frames() {}

  /**
   * The application's frame that is nearest to the caller of this method, if there is one.
   *
   * @return the frame, or null if the stack has none of the application
   */
  public static @Nullable StackTraceElement here() {
    return WALKER.walk(frames ->
        frames
            .filter(frame -> isApplication(frame.getClassName()))
            .map(StackWalker.StackFrame::toStackTraceElement)
            .filter(Frames::isApplication)
            .findFirst()
            .orElse(null));
  }

  /**
   * The application's innermost frame, if the stack has one; stacks begin with the innermost.
   *
   * @param stack innermost frame first
   * @return the frame, or null
   */
  public static @Nullable StackTraceElement first(List<StackTraceElement> stack) {
    int index = indexOfFirst(stack);
    return index < 0 ? null : stack.get(index);
  }

  /**
   * The application's innermost frame, if the stack has one; stacks begin with the innermost.
   *
   * @param stack innermost frame first
   * @return the frame, or null
   */
  public static @Nullable StackTraceElement first(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (isApplication(frame)) {
        return frame;
      }
    }
    return null;
  }

  /** Where {@link #first(List)} is in the stack, or -1. */
  static int indexOfFirst(List<StackTraceElement> stack) {
    for (int i = 0; i < stack.size(); i++) {
      if (isApplication(stack.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether the frame belongs to neither the JDK nor Curfew.
   *
   * @param frame of a stack, with its module and loader where they are known
   * @return true for a frame of the application
   */
  public static boolean isApplication(StackTraceElement frame) {
    String module = frame.getModuleName();
    return (module == null || !(module.startsWith("java.") || module.startsWith("jdk.")))
        && !"platform".equals(frame.getClassLoaderName())
        && isApplication(frame.getClassName());
  }

  /**
   * Whether a class of this name, whose module is not known, belongs to neither the JDK nor Curfew.
   *
   * @param className a binary name
   * @return true for a class of the application
   */
  public static boolean isApplication(String className) {
    for (int i = 0; i < JDK.size(); i++) {
      if (className.startsWith(JDK.get(i))) {
        return false;
      }
    }
    if (!className.startsWith(OWN)) {
      return true;
    }
    for (int i = 0; i < OWN_APPLICATIONS.size(); i++) {
      if (className.startsWith(OWN_APPLICATIONS.get(i), OWN.length())) {
        return true;
      }
    }
    int nested = className.indexOf('$');
    return className.startsWith("Test", (nested < 0 ? className.length() : nested) - 4);
  }

  /**
   * The method as a sentence names it: the class without its package, and the method around a
   * lambda instead of the lambda, as in {@code Mirror.copy}.
   *
   * @param frame of a stack
   * @return class and method
   */
  public static String name(StackTraceElement frame) {
    String type = frame.getClassName();
    type = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
    String method = frame.getMethodName();
    if (method.startsWith("lambda$")) {
      int end = method.lastIndexOf('$');
      method = end > 6 ? method.substring(7, end) : method;
    }
    return type.concat(".").concat(method);
  }

  /** The frame without loader and module: what an IDE makes a link of, and people read. */
  static StringBuilder append(StringBuilder text, StackTraceElement frame) {
    text.append(frame.getClassName()).append('.').append(frame.getMethodName()).append('(');
    String file = frame.getFileName();
    if (frame.isNativeMethod()) {
      text.append("Native Method");
    } else if (file == null) {
      text.append("Unknown Source");
    } else {
      text.append(file);
      if (frame.getLineNumber() >= 0) {
        text.append(':').append(frame.getLineNumber());
      }
    }
    return text.append(')');
  }
}
