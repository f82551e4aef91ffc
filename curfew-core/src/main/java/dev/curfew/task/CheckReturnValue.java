// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The result must not be ignored. Checkers go by the simple name (Error Prone, SpotBugs, IDEs), so
 * no dependency is needed for it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface CheckReturnValue {}
