// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.time.Instant;
import java.util.Objects;

/**
 * Why something was cancelled: who, why, when. The first reason is kept; what is cancelled with its
 * owner has its owner's reason.
 *
 * @param kind what kind of event it was
 * @param by the path of who cancelled (a task, a group), or the name of the thread
 * @param why one sentence for the person who reads the report
 * @param at when, by the wall clock
 */
public record CancelReason(Kind kind, String by, String why, Instant at) {
  /** What leads to a cancel. */
  public enum Kind {
    /** Somebody called {@code cancel(why)}. */
    REQUESTED,
    /** A task of the group failed. */
    FAILURE,
    /** The block of the group was left by an exception. */
    BODY_FAILED,
    /** The deadline of the group has passed. */
    DEADLINE,
    /** The group's foreground is done, and a background task did not end after it was asked. */
    NOT_HOME,
    /** The process, or the service, stops. */
    STOP
  }

  /** Rejects null. */
  public CancelReason {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(why, "why");
    Objects.requireNonNull(at, "at");
  }

  /** One line: what happened, and who did it. */
  @Override
  public String toString() {
    return why + " (by " + by + ")";
  }
}
