// SPDX-License-Identifier: Apache-2.0

/** The demo shows what it promises. */
@NullMarked
package dev.curfew.examples.demo;

import org.jspecify.annotations.NullMarked;
