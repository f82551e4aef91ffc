// SPDX-License-Identifier: Apache-2.0

/** The figures that Curfew is held to, measured beside its peers in one run. */
@NullMarked
package dev.curfew.benchmarks;

import org.jspecify.annotations.NullMarked;
