// SPDX-License-Identifier: Apache-2.0

/**
 * A real service under load, stopped by a real SIGTERM, and the account of what became of each
 * request and each job. Start it with {@code ./curfew demo}.
 *
 * <p>Three processes: the driver ({@link dev.curfew.examples.demo.Demo}), the service ({@link
 * dev.curfew.examples.demo.DemoService}, or {@link dev.curfew.examples.demo.PlainService} with
 * {@code --plain}) and what the service calls ({@link dev.curfew.examples.demo.Upstream}).
 */
@NullMarked
package dev.curfew.examples.demo;

import org.jspecify.annotations.NullMarked;
