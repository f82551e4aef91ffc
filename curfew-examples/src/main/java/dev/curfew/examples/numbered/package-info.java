// SPDX-License-Identifier: Apache-2.0

/**
 * One idea each, to be read in order: {@code ./curfew example 1}. Examples 1 to 5 are pairs: what
 * goes wrong in plain Java ({@code --plain}), and the same with Curfew. What an example prints is
 * written at its top, where three dots stand for anything; a test holds it to that.
 */
@NullMarked
package dev.curfew.examples.numbered;

import org.jspecify.annotations.NullMarked;
