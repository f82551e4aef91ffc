// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.resource.Managed;
import org.jspecify.annotations.Nullable;

/**
 * A resource and where it was given to its group.
 *
 * @param path its owner's path and its own name
 * @param managed how it is ended
 * @param openedAt the innermost application frame of {@code own}, if there is one
 */
record Owned(String path, Managed managed, @Nullable StackTraceElement openedAt) {}
