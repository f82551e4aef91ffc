// SPDX-License-Identifier: Apache-2.0

/** The service: its curfew, signals, the stop itself, exit codes and readiness. */
@NullMarked
package dev.curfew.service;

import org.jspecify.annotations.NullMarked;
