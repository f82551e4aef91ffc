// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Carriers of what the JDK has, and those that others bring. */
final class Carriers {
  private Carriers() {}

  static <T> Carrier of(ThreadLocal<T> local) {
    Objects.requireNonNull(local, "local was null, expected a ThreadLocal");
    return of(local::get, local::set, local::remove);
  }

  static <T> Carrier of(
      Supplier<? extends @Nullable T> get, Consumer<? super T> set, Runnable clear) {
    Objects.requireNonNull(get, "get was null, expected how to read what is carried");
    Objects.requireNonNull(set, "set was null, expected how to set what is carried");
    Objects.requireNonNull(clear, "clear was null, expected how to remove what is carried");
    return () -> {
      T captured = get.get();
      return body -> {
        T before = get.get();
        put(captured, set, clear);
        try {
          body.run();
        } finally {
          put(before, set, clear);
        }
      };
    };
  }

  private static <T> void put(@Nullable T value, Consumer<? super T> set, Runnable clear) {
    if (value == null) {
      clear.run();
    } else {
      set.accept(value);
    }
  }

  static Carrier[] found() {
    List<Carrier> found = new ArrayList<>();
    // Curfew's own loader, not the thread's: whoever asks must not decide what is found.
    ServiceLoader.load(Carrier.class, Carriers.class.getClassLoader()).forEach(found::add);
    Carrier micrometer = Micrometer.find();
    if (micrometer != null) {
      found.add(micrometer);
    }
    return found.toArray(Carrier[]::new);
  }

  /** The carriers of a group: its own after those around it, each once. */
  static List<Carrier> join(List<Carrier> around, List<Carrier> own) {
    if (own.isEmpty()) {
      return around;
    }
    List<Carrier> all = new ArrayList<>(around);
    for (Carrier carrier : own) {
      if (!all.contains(carrier)) {
        all.add(carrier);
      }
    }
    return List.copyOf(all);
  }

  /** The given ones after those that options have already. */
  static List<Carrier> more(List<Carrier> known, Carrier... carriers) {
    Objects.requireNonNull(carriers, "carriers was null, expected Carriers");
    for (Carrier carrier : carriers) {
      Objects.requireNonNull(carrier, "carrier was null, expected one such as Carrier.of(local)");
    }
    return join(known, Arrays.asList(carriers));
  }
}
