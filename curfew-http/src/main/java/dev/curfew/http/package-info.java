// SPDX-License-Identifier: Apache-2.0

/** Intakes for HTTP servers, and the health endpoints beside them. */
@NullMarked
package dev.curfew.http;

import org.jspecify.annotations.NullMarked;
