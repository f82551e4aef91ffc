// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

/** Whether a service wants work. */
public enum Readiness {
  /** Set-up has not returned. */
  STARTING,
  /** Intakes are open. */
  READY,
  /** A stop is under way; what arrives is still served, until intakes are quiet. */
  STOPPING,
  /** It has ended. */
  STOPPED
}
