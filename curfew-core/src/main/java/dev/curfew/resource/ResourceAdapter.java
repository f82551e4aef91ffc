// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Managed} of resources of certain types. Found by {@link java.util.ServiceLoader};
 * those of Curfew itself come last.
 */
public interface ResourceAdapter {
  /**
   * The managed form of this resource, or null if this adapter is not for it.
   *
   * @param resource what was given to a group
   * @return how it is ended, or null
   * @throws IllegalArgumentException if the resource must not be owned at all (a shared one, such
   *     as the common pool)
   */
  @Nullable Managed adapt(Object resource);
}
