// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

/** Ends the JVM. */
final class JvmEnding implements Ending {
  /** Looked up once, so that halting needs nothing but this object. */
  private final Runtime runtime = Runtime.getRuntime();

  @Override
  public void exit(int code) {
    runtime.exit(code);
  }

  @Override
  public void halt(int code) {
    runtime.halt(code);
  }
}
