// SPDX-License-Identifier: Apache-2.0

/** The command {@code curfew jobs}: looks into a queue, and mends it. */
@NullMarked
package dev.curfew.worker.sql.cli;

import org.jspecify.annotations.NullMarked;
