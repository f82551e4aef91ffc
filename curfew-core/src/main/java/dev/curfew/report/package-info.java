// SPDX-License-Identifier: Apache-2.0

/** Immutable records of what happened, their causes, and the writers of text and JSON. */
@NullMarked
package dev.curfew.report;

import org.jspecify.annotations.NullMarked;
