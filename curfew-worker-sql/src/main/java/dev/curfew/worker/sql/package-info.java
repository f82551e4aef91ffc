// SPDX-License-Identifier: Apache-2.0

/** A durable job queue in a SQLite file, or in PostgreSQL. */
@NullMarked
package dev.curfew.worker.sql;

import org.jspecify.annotations.NullMarked;
