// SPDX-License-Identifier: Apache-2.0

/** Runs the numbered examples. */
@NullMarked
package dev.curfew.examples.numbered;

import org.jspecify.annotations.NullMarked;
