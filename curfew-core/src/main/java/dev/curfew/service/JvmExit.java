// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.task.RootGroup;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An end of the JVM that the warden did not begin: {@code System.exit}, the end of {@code main}, a
 * console that closes. Its status can't be known from within.
 */
final class JvmExit implements RootGroup.Exit {
  /** Set by the exit hook, read by any thread. */
  private volatile boolean begun;

  /** Set by the exit hook before it asks for the stop, read by the warden. */
  private volatile boolean ofSignal;

  /** Set once by whoever finds the first caller, read by the warden. */
  private final AtomicReference<@Nullable Caller> caller = new AtomicReference<>();

  private record Caller(String path, List<StackTraceElement> stack) {}

  void begin() {
    begun = true;
  }

  /** It was the JVM's own handler of a signal that called it. */
  void isOfSignal() {
    ofSignal = true;
  }

  /** Whether somebody has chosen the status that the process ends with, if all is clean. */
  boolean hasStatus() {
    return begun && !ofSignal;
  }

  @Override
  public boolean hasBegun() {
    return begun;
  }

  @Override
  public void calledBy(String path, List<StackTraceElement> stack) {
    caller.compareAndSet(null, new Caller(path, List.copyOf(stack)));
  }

  /** The path of the task that called it; empty if none was found. */
  String path() {
    Caller found = caller.get();
    return found == null ? "" : found.path();
  }

  /** Where it was called, innermost frame first; empty if that was not found. */
  List<StackTraceElement> stack() {
    Caller found = caller.get();
    return found == null ? List.of() : found.stack();
  }
}
