// SPDX-License-Identifier: Apache-2.0

/** The examples run, and the programs that the documents show compile. */
@NullMarked
package dev.curfew.examples;

import org.jspecify.annotations.NullMarked;
