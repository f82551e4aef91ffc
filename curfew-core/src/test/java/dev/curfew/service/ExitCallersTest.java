// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ExitCallersTest {
  private static final StackTraceElement EXIT =
      new StackTraceElement("java.lang.Runtime", "exit", "Runtime.java", 1);

  @Test
  void whoCalledExitIsFound() {
    StackTraceElement[] stack = {EXIT, frame("com.acme.Main", "main")};

    ExitCallers callers = ExitCallers.among(Map.of(thread("main"), stack));

    assertThat(callers.stack()).containsExactly(stack);
    assertThat(callers.signal()).isNull();
    assertThat(callers.mainHasEnded()).isFalse();
  }

  @Test
  void anExitThatTheJvmsOwnHandlerCalledIsThatSignal() {
    StackTraceElement[] stack = {EXIT, frame("java.lang.Terminator$1", "handle")};

    ExitCallers callers = ExitCallers.among(Map.of(thread("SIGTERM handler"), stack));

    assertThat(callers.signal()).isEqualTo(Signals.Kind.SIGTERM);
    assertThat(callers.stack()).isEmpty();
  }

  @Test
  void aThreadThatOnlyHasTheNameOfAHandlerIsNoSignal() {
    StackTraceElement[] stack = {EXIT, frame("com.acme.Main", "main")};

    assertThat(ExitCallers.among(Map.of(thread("SIGTERM handler"), stack)).signal()).isNull();
  }

  @Test
  void theEndOfMainIsToldFromAnExit() {
    StackTraceElement[] stack = {frame("java.lang.Shutdown", "shutdown")};

    assertThat(ExitCallers.among(Map.of(thread("DestroyJavaVM"), stack)).mainHasEnded()).isTrue();
    assertThat(ExitCallers.look().mainHasEnded()).isFalse();
  }

  private static StackTraceElement frame(String type, String method) {
    return new StackTraceElement(type, method, null, -1);
  }

  private static Thread thread(String name) {
    return Thread.ofPlatform().name(name).unstarted(() -> {});
  }
}
