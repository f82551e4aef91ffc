// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import java.util.ArrayList;
import java.util.List;

/** Found by {@link java.util.ServiceLoader} in tests. */
public final class Adapted implements ResourceAdapter {
  /** For the service loader. */
  public Adapted() {}

  /** Closeable, too, so that Curfew's own adapter would be for it as well. */
  static final class Provided implements AutoCloseable {
    final List<String> ended = new ArrayList<>();

    @Override
    public void close() {
      ended.add("by close()");
    }
  }

  @Override
  public Managed adapt(Object resource) {
    return resource instanceof Provided provided
        ? limit -> provided.ended.add("by the provided adapter")
        : null;
  }
}
