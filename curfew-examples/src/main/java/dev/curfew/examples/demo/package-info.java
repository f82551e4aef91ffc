// SPDX-License-Identifier: Apache-2.0

/**
 * A real service under load, ended by a real {@code kill -9} and a real SIGTERM, and the account of
 * what became of each request and each job. Start it with {@code ./curfew demo}.
 *
 * <p>The processes: the driver ({@link dev.curfew.examples.demo.Demo}), the service ({@link
 * dev.curfew.examples.demo.DemoService}, or {@link dev.curfew.examples.demo.PlainService} with
 * {@code --plain}; four of it with {@code --postgres}) and what the service calls ({@link
 * dev.curfew.examples.demo.Upstream}).
 */
@NullMarked
package dev.curfew.examples.demo;

import org.jspecify.annotations.NullMarked;
