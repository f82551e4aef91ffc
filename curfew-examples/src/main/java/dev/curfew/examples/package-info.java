// SPDX-License-Identifier: Apache-2.0

/** One idea each, runnable. */
@NullMarked
package dev.curfew.examples;

import org.jspecify.annotations.NullMarked;
