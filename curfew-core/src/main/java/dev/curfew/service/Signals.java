// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signals that ask a process to stop. {@code sun.misc.Signal} is reached by reflection, because
 * the compiler warns about it and can't be told not to.
 *
 * <p>A handler of ours runs before the JVM's own shutdown begins, so loggers and hooks still work
 * while the process drains. The JVM calls it on a new daemon thread for each signal.
 */
final class Signals {
  /** The signals, by their numbers on every system that has them. */
  enum Kind {
    SIGHUP(1),
    SIGINT(2),
    SIGTERM(15);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /** Its name as {@code sun.misc.Signal} wants it. */
    String shortName() {
      return name().substring(3);
    }
  }

  /** Told that a signal has come. */
  @FunctionalInterface
  interface Listener {
    void came(Kind signal);
  }

  /**
   * What became of the wish to handle signals.
   *
   * @param handled those that reach the listener
   * @param ignored those that the process was started with as ignored: {@code nohup}, or a script's
   *     {@code &}; they never arrive
   * @param refused why the JVM lets nobody handle signals; null if it does
   */
  record Installed(List<Kind> handled, List<Kind> ignored, @Nullable String refused) {
    Installed {
      handled = List.copyOf(handled);
      ignored = List.copyOf(ignored);
    }
  }

  private Signals() {}

  /** Hands every signal from now on to the listener. */
  static Installed install(Listener listener) {
    List<Kind> handled = new ArrayList<>();
    List<Kind> ignored = new ArrayList<>();
    String refused = null;
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object ignore = handlerType.getField("SIG_IGN").get(null);
      for (Kind kind : Kind.values()) {
        try {
          Object signal = signalType.getConstructor(String.class).newInstance(kind.shortName());
          Object handler = proxy(handlerType, kind, listener);
          Object previous =
              signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
          if (ignore.equals(previous)) {
            // The JVM leaves an inherited "ignore" of these three in place; for others it would
            // not, so put it back.
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, ignore);
            ignored.add(kind);
          } else {
            handled.add(kind);
          }
        } catch (InvocationTargetException e) {
          // This system has no such signal, or, under -Xrs, the JVM leaves it to the system.
          String message = String.valueOf(e.getCause());
          if (!message.contains("Unknown signal")) {
            refused = message;
          }
        }
      }
    } catch (ReflectiveOperationException e) {
      // A runtime image without the module jdk.unsupported.
      refused = e.toString();
    }
    return new Installed(handled, ignored, handled.isEmpty() ? refused : null);
  }

  /** Calls the listener the way the JVM does, without a signal. */
  static void rehearse(Kind kind, Listener listener) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object signal = signalType.getConstructor(String.class).newInstance(kind.shortName());
    handlerType.getMethod("handle", signalType).invoke(proxy(handlerType, kind, listener), signal);
  }

  private static Object proxy(Class<?> handlerType, Kind kind, Listener listener) {
    return Proxy.newProxyInstance(
        Signals.class.getClassLoader(), new Class<?>[] {handlerType}, handler(kind, listener));
  }

  private static InvocationHandler handler(Kind kind, Listener listener) {
    return (proxy, method, arguments) ->
        switch (method.getName()) {
          case "handle" -> {
            listener.came(kind);
            yield null;
          }
          case "equals" -> isSame(arguments, proxy);
          case "hashCode" -> kind.number();
          default -> "Curfew's handler of " + kind;
        };
  }

  @SuppressWarnings("ReferenceEquality") // this is the proxy's equals: calling it would recurse
  private static boolean isSame(Object @Nullable [] arguments, Object proxy) {
    return arguments != null && arguments[0] == proxy;
  }
}
