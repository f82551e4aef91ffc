// SPDX-License-Identifier: Apache-2.0
/**
 * Real child JVMs, real signals, real exit codes: what Curfew promises, and the facts of the JVM
 * that the promises rest on.
 *
 * <p>{@link dev.curfew.acceptance.Launch} says how a child is started, {@link
 * dev.curfew.acceptance.ChildJvm} is the running child, {@link dev.curfew.acceptance.Ended} what is
 * left of it. The programs that run in the children are in {@code dev.curfew.acceptance.child}.
 */
@NullMarked
package dev.curfew.acceptance;

import org.jspecify.annotations.NullMarked;
