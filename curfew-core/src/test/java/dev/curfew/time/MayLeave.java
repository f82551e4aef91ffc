// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Lets a test leave threads behind, which {@link LeftoverCheck} would report. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface MayLeave {
  /** Why it has to. */
  String value();
}
