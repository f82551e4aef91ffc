// SPDX-License-Identifier: Apache-2.0
/**
 * The programs that the acceptance tests run in JVMs of their own.
 *
 * <p>Each is a nested class with a {@code main}, so that a theme can be read in one file. They say
 * where they are by lines on standard output, for which the tests wait.
 */
@NullMarked
package dev.curfew.acceptance.child;

import org.jspecify.annotations.NullMarked;
