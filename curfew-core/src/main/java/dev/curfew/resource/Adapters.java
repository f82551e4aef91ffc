// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Finds the managed form of a resource; see {@link Managed#of(Object)}. */
final class Adapters {
  /**
   * What {@link ServiceLoader} found, once it was asked. Not a constant: a broken provider must
   * fail each call with its own error, not this class with an obscure one. Written by any thread;
   * two that load at once find the same.
   */
  private static volatile @Nullable List<ResourceAdapter> found;

  /** Whether {@code java.net.http} is there; core does not need it. */
  private static final boolean HTTP = hasHttpClient();

  private Adapters() {}

  static Managed adapt(Object resource) {
    Objects.requireNonNull(resource, "resource was null, expected something that can be closed");
    if (resource instanceof Managed managed) {
      return managed;
    }
    for (ResourceAdapter adapter : found()) {
      Managed managed = adapter.adapt(resource);
      if (managed != null) {
        return managed;
      }
    }
    Managed managed = own(resource);
    if (managed != null) {
      return managed;
    }
    throw new IllegalArgumentException(
        "a "
            + resource.getClass().getName()
            + " is not AutoCloseable, and no ResourceAdapter is for it; give a closer as well,"
            + " such as own(name, resource, r -> r.stop())");
  }

  private static @Nullable Managed own(Object resource) {
    if (resource instanceof ExecutorService executor) {
      return ManagedExecutor.of(executor);
    }
    if (resource instanceof Process process) {
      return ManagedProcess.of(process);
    }
    if (HTTP && ManagedHttpClient.isFor(resource)) {
      return ManagedHttpClient.of(resource);
    }
    return resource instanceof AutoCloseable closeable
        ? new ClosedBy<>(closeable, AutoCloseable::close)
        : null;
  }

  private static List<ResourceAdapter> found() {
    List<ResourceAdapter> adapters = found;
    if (adapters == null) {
      List<ResourceAdapter> loaded = new ArrayList<>();
      // Curfew's own loader, not the thread's: whoever asks first must not decide what is found.
      ServiceLoader.load(ResourceAdapter.class, Adapters.class.getClassLoader())
          .forEach(loaded::add);
      adapters = List.copyOf(loaded);
      found = adapters;
    }
    return adapters;
  }

  private static boolean hasHttpClient() {
    try {
      Class.forName("java.net.http.HttpClient", false, Adapters.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }
}
