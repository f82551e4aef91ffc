// SPDX-License-Identifier: Apache-2.0

/** What must be closed: the contract of a managed resource, and adapters for common ones. */
@NullMarked
package dev.curfew.resource;

import org.jspecify.annotations.NullMarked;
