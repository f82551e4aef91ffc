// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.acme.Crawler",
        "javax.servlet.http.HttpServlet",
        "sunny.App",
        "App",
        "dev.curfews.Other",
        "dev.curfew.examples.Dispatcher",
        "dev.curfew.acceptance.Child",
        "dev.curfew.task.TaskGroupTest",
        "dev.curfew.task.TaskGroupTest$Nested$1"
      })
  void classesOfApplications(String name) {
    assertThat(Frames.isApplication(name)).isTrue();
    assertThat(Frames.isApplication(frame(name))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java.lang.Thread",
        "jdk.internal.misc.Unsafe",
        "jdk.proxy2.$Proxy5",
        "sun.nio.ch.NioSocketImpl",
        "com.sun.net.httpserver.HttpServer",
        "dev.curfew.task.TaskGroup",
        "dev.curfew.task.Latest",
        "dev.curfew.http.HttpIntake$1"
      })
  void classesOfTheJdkAndOfCurfew(String name) {
    assertThat(Frames.isApplication(name)).isFalse();
    assertThat(Frames.isApplication(frame(name))).isFalse();
  }

  @Test
  void aModuleOrLoaderOfTheJdkTellsWhereANameDoesNot() {
    assertThat(Frames.isApplication(frame(null, "java.xml", "org.xml.sax.Parser"))).isFalse();
    assertThat(Frames.isApplication(frame("platform", null, "org.other.Parser"))).isFalse();
    assertThat(Frames.isApplication(frame("app", "com.acme.java", "com.acme.Parser"))).isTrue();
  }

  @Test
  void theFirstIsTheInnermost() {
    StackTraceElement copy = frame("com.acme.Mirror");
    List<StackTraceElement> stack =
        List.of(
            frame("java.lang.Thread"), frame("dev.curfew.task.X"), copy, frame("com.acme.Main"));

    assertThat(Frames.first(stack)).isSameAs(copy);
    assertThat(Frames.first(stack.toArray(StackTraceElement[]::new))).isSameAs(copy);
    assertThat(Frames.first(List.of(frame("java.lang.Thread")))).isNull();
    assertThat(Frames.first(List.of())).isNull();
  }

  @Test
  void hereIsTheCallerThroughFramesOfTheJdk() throws Exception {
    Callable<StackTraceElement> site = Frames::here;
    StackTraceElement here = java.util.concurrent.Executors.callable(() -> {}, site.call()).call();

    assertThat(here.getClassName()).isEqualTo(FramesTest.class.getName());
    assertThat(here.getMethodName()).isEqualTo("hereIsTheCallerThroughFramesOfTheJdk");
  }

  @Test
  void aLambdaIsNamedAfterItsMethod() {
    assertThat(Frames.name(new StackTraceElement("com.acme.Mirror", "copy", null, 1)))
        .isEqualTo("Mirror.copy");
    assertThat(Frames.name(new StackTraceElement("com.acme.Mirror$Two", "lambda$copy$3", null, 1)))
        .isEqualTo("Mirror.Two.copy");
    assertThat(Frames.name(new StackTraceElement("Mirror", "lambda$main$copy$0", null, 1)))
        .isEqualTo("Mirror.main$copy");
  }

  @Test
  void aFrameIsPrintedWithoutLoaderAndModule() {
    StackTraceElement frame =
        new StackTraceElement("app", "java.base", "25", "java.lang.A", "b", "A.java", 7);
    assertThat(Frames.append(new StringBuilder(), frame)).hasToString("java.lang.A.b(A.java:7)");
    assertThat(Frames.append(new StringBuilder(), new StackTraceElement("A", "b", null, -1)))
        .hasToString("A.b(Unknown Source)");
    assertThat(Frames.append(new StringBuilder(), new StackTraceElement("A", "b", "A.java", -2)))
        .hasToString("A.b(Native Method)");
  }

  private static StackTraceElement frame(String type) {
    return frame(null, null, type);
  }

  private static StackTraceElement frame(String loader, String module, String type) {
    return new StackTraceElement(loader, module, null, type, "run", "X.java", 1);
  }
}
