// SPDX-License-Identifier: Apache-2.0
package dev.curfew.resource;

/**
 * How a resource without a {@code close()} of its own is ended.
 *
 * @param <R> the resource's type
 */
@FunctionalInterface
public interface Closer<R> {
  /**
   * Ends the resource.
   *
   * @param resource what was owned
   * @throws Exception if it could not be ended
   */
  void close(R resource) throws Exception;
}
