// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.curfew.report.Finding;
import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import dev.curfew.time.Host;
import io.micrometer.context.ContextRegistry;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Context that is carried from the thread that forks to the task's. */
class CarrierTest {
  private static final ThreadLocal<@Nullable Map<String, String>> MAP = new ThreadLocal<>();
  private static final ThreadLocal<@Nullable String> LOCAL = new ThreadLocal<>();
  private static final ThreadLocal<@Nullable String> OTHER = new ThreadLocal<>();

  @BeforeEach
  void rest() throws InterruptedException {
    Looks.awaitRest();
    Findings.take("");
  }

  @AfterEach
  void forget() {
    LOCAL.remove();
    OTHER.remove();
  }

  private static GroupOptions<RuntimeException> carrying(Carrier... carriers) {
    return TaskGroup.named("group").carry(carriers);
  }

  // ---- what is carried where

  @Test
  void aTaskHasWhatItsForkerHadAtTheFork() {
    Looks.everySeedOnTime(microscope -> {
      List<String> seen = new CopyOnWriteArrayList<>();
      carrying(Carrier.of(LOCAL))
          .run(group -> {
            LOCAL.set("one");
            group.fork("one", () -> seen.add("one " + LOCAL.get()));
            LOCAL.set("two");
            group.fork("two", () -> seen.add("two " + LOCAL.get()));
            LOCAL.remove();
            group.fork("none", () -> seen.add("none " + LOCAL.get()));
            group.background("background", stop -> seen.add("background " + LOCAL.get()));
          });
      assertThat(seen)
          .containsExactlyInAnyOrder("one one", "two two", "none null", "background null");
    });
  }

  @Test
  void whatIsInsideAGroupThatCarriesDoesToo() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    LOCAL.set("value");
    OTHER.set("other");
    carrying(Carrier.of(LOCAL))
        .run(group -> {
          group.inner("inner").fork("a", () -> seen.add("inner " + LOCAL.get()));
          TaskGroup.run("nested", nested -> nested.fork("b", () -> seen.add("n " + LOCAL.get())));
          TaskGroup.named("more")
              .carry(Carrier.of(OTHER))
              .run(more -> more.fork("c", () -> seen.add("more " + LOCAL.get() + OTHER.get())));
          group.fork(
              "task",
              () -> {
                LOCAL.set("of the task");
                TaskGroup.run(
                    "deep", deep -> deep.fork("d", () -> seen.add("deep " + LOCAL.get())));
              });
        });
    assertThat(seen)
        .containsExactlyInAnyOrder("inner value", "n value", "more valueother", "deep of the task");
  }

  @Test
  void aServiceCarriesForAllThatIsInIt() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    LOCAL.set("value");
    try (RunningService running =
        Service.named("service")
            .carry(Carrier.of(LOCAL))
            .start(service -> {
              LOCAL.set("of the set-up");
              service.fork("task", () -> seen.add("task " + LOCAL.get()));
              service.inner("inner").fork("task", () -> seen.add("inner " + LOCAL.get()));
            })) {
      running.stop("done");
    }
    assertThat(seen).containsExactlyInAnyOrder("task of the set-up", "inner of the set-up");
  }

  @Test
  void nothingIsCarriedUnasked() throws Exception {
    AtomicReference<String> seen = new AtomicReference<>("never ran");
    LOCAL.set("value");
    TaskGroup.run(
        "group",
        group -> {
          group.fork("task", () -> seen.set(LOCAL.get()));
          assertThat(((Group) group).carriers).isEmpty();
        });
    assertThat(seen.get()).isNull();
  }

  @Test
  void aCarrierThatIsGivenTwiceCapturesOnce() throws Exception {
    AtomicInteger captures = new AtomicInteger();
    Carrier carrier =
        () -> {
          captures.incrementAndGet();
          return Action::run;
        };
    carrying(carrier, carrier)
        .run(group -> TaskGroup.named("n").carry(carrier).run(n -> n.fork("task", () -> {})));
    assertThat(captures).hasValue(1);
  }

  @Test
  void whatWasThereBeforeIsPutBackAlsoIfTheBodyThrows() throws Exception {
    LOCAL.set("captured");
    Carrier.Captured captured = Carrier.of(LOCAL).capture();
    LOCAL.set("before");
    List<String> seen = new ArrayList<>();
    captured.around(() -> seen.add(LOCAL.get()));
    assertThat(LOCAL.get()).isEqualTo("before");
    LOCAL.remove();
    assertThatThrownBy(() ->
            captured.around(() -> {
              seen.add(LOCAL.get());
              throw new IOException("broken");
            }))
        .isInstanceOf(IOException.class);
    assertThat(LOCAL.get()).isNull();
    assertThat(seen).containsExactly("captured", "captured");
  }

  /** In the manner of SLF4J's MDC. */
  @Test
  void aMapOfTextIsCarriedByThreeMethods() throws Exception {
    ThreadLocal<@Nullable Map<String, String>> map = MAP;
    map.set(new TreeMap<>(Map.of("request", "17")));
    AtomicReference<Object> seen = new AtomicReference<>();
    Carrier carrier =
        Carrier.of(
            () -> map.get() == null ? null : new TreeMap<>(map.get()), map::set, map::remove);
    carrying(carrier)
        .run(group ->
            group.fork(
                "task",
                () -> {
                  map.get().put("more", "of the task's own");
                  seen.set(map.get());
                }));
    assertThat(seen.get()).isEqualTo(Map.of("request", "17", "more", "of the task's own"));
    assertThat(map.get()).containsOnlyKeys("request");
  }

  // ---- others' context

  /** Found by ServiceLoader. */
  public static final class Provided implements Carrier {
    @Override
    public Captured capture() {
      return Carrier.of(OTHER).capture();
    }
  }

  @Test
  void installedCarriersAndMicrometerAreFound() throws Exception {
    ContextRegistry registry = ContextRegistry.getInstance();
    registry.registerThreadLocalAccessor("curfew-test", LOCAL);
    try {
      AtomicReference<String> seen = new AtomicReference<>();
      LOCAL.set("by micrometer");
      OTHER.set("by a provider");
      assertThat(Carrier.found()).hasSize(2);
      carrying(Carrier.found())
          .run(group -> group.fork("task", () -> seen.set(LOCAL.get() + ", " + OTHER.get())));
      assertThat(seen.get()).isEqualTo("by micrometer, by a provider");
    } finally {
      registry.removeThreadLocalAccessor("curfew-test");
    }
  }

  @Test
  void aScopedValueIsBoundInTheTask() throws Exception {
    Class<?> type = Class.forName("java.lang.ScopedValue");
    Object key = type.getMethod("newInstance").invoke(null);
    Method get = type.getMethod("get");
    Method isBound = type.getMethod("isBound");
    List<Object> seen = new CopyOnWriteArrayList<>();
    Runnable work =
        () -> {
          try {
            carrying(Carrier.ofScopedValue(key))
                .run(group -> {
                  group.fork("task", () -> seen.add(get.invoke(key)));
                  group.fork(
                      "outer",
                      () ->
                          TaskGroup.run(
                              "inner", in -> in.fork("deep", () -> seen.add(get.invoke(key)))));
                });
          } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    Object binding = type.getMethod("where", type, Object.class).invoke(null, key, "bound");
    Class.forName("java.lang.ScopedValue$Carrier")
        .getMethod("run", Runnable.class)
        .invoke(binding, work);
    assertThat(seen).containsExactly("bound", "bound");

    carrying(Carrier.ofScopedValue(key))
        .run(group -> group.fork("unbound", () -> seen.add(isBound.invoke(key))));
    assertThat(seen).last().isEqualTo(false);
  }

  // ---- what fails

  @Test
  void aCaptureThatThrowsFailsTheForkAndStartsNothing() {
    Looks.everySeed(microscope -> {
      AtomicInteger ran = new AtomicInteger();
      IllegalStateException broken = new IllegalStateException("broken");
      Carrier carrier =
          () -> {
            throw broken;
          };
      carrying(carrier)
          .run(group -> {
            Throwable thrown = catchThrowable(() -> group.fork("task", ran::incrementAndGet));
            assertThat(thrown)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Can't fork task in group /group: carrier ")
                .hasMessageContaining("failed to capture its context: ")
                .hasCause(broken);
            assertThat(((Group) group).accepted()).isZero();
            group.join();
          });
      assertThat(ran).hasValue(0);
    });
  }

  @Test
  void whatIsThrownBeforeTheBodyFailsTheTask() {
    Looks.everySeed(microscope -> {
      AtomicInteger ran = new AtomicInteger();
      IOException broken = new IOException("broken");
      Carrier carrier =
          () ->
              body -> {
                throw broken;
              };
      Throwable thrown =
          catchThrowable(
              () -> carrying(carrier).run(group -> group.fork("task", ran::incrementAndGet)));
      assertThat(thrown).isInstanceOf(ExecutionException.class);
      assertThat(thrown.getCause())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Task /group/task did not run: carrier ")
          .hasMessageContaining("failed to put its context in place: ")
          .hasCause(broken);
      assertThat(ran).hasValue(0);
    });
  }

  @Test
  void aCarrierThatDoesNotRunTheBodyFailsTheTask() {
    Throwable thrown =
        catchThrowable(() -> carrying(() -> body -> {}).run(group -> group.fork("task", () -> {})));
    assertThat(thrown)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .hasMessageContaining("returned without running the body");
  }

  @Test
  void theBodyRunsOnceWhateverACarrierDoes() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    Carrier twice =
        () ->
            body -> {
              body.run();
              body.run();
            };
    carrying(twice).run(group -> group.fork("task", ran::incrementAndGet));
    assertThat(ran).hasValue(1);
    assertThat(Findings.take("/group"))
        .singleElement()
        .extracting(Finding::what)
        .asString()
        .contains("a carrier failed after the body had run", "twice; run it once");
  }

  @Test
  void whatTheBodyThrowsIsKeptAlsoByACarrierThatSwallowsOrThrows() {
    IOException broken = new IOException("broken");
    RuntimeException restore = new IllegalStateException("can't put it back");
    Callable<Object> fails =
        () -> {
          throw broken;
        };
    Carrier swallows =
        () ->
            body -> {
              try {
                body.run();
              } catch (Exception ignored) {
                return;
              }
            };
    Carrier throwsAfter =
        () ->
            body -> {
              body.run();
              throw restore;
            };
    for (Carrier carrier : List.of(swallows, throwsAfter)) {
      Throwable thrown =
          catchThrowable(() -> carrying(carrier).run(group -> group.fork("task", fails)));
      assertThat(thrown).isInstanceOf(ExecutionException.class).hasCause(broken);
    }
    assertThat(broken.getSuppressed()).containsExactly(restore);
  }

  @Test
  void aCancelReachesABodyThatIsCarried() {
    Looks.everySeed(microscope -> {
      AtomicReference<Task<?>> task = new AtomicReference<>();
      carrying(Carrier.of(LOCAL))
          .run(group -> {
            task.set(group.fork("task", Looks::sleepUntilInterrupted));
            microscope.spawn("canceller", () -> task.get().cancel("enough"));
            Host.step();
          });
      assertThat(task.get().cancelReason()).isPresent();
      assertThat(task.get().isDone()).isTrue();
    });
  }

  @Test
  void theSiteOfABodyThatIsCarriedIsKnown() throws Exception {
    carrying(Carrier.of(LOCAL))
        .run(group -> {
          CountDownLatch end = new CountDownLatch(1);
          GroupTask<?> task = (GroupTask<?>) forkedHere(group, end);
          assertThat(Stragglers.describe(task, List.of()).started())
              .isNotNull()
              .extracting(StackTraceElement::getMethodName)
              .asString()
              .isEqualTo("forkedHere");
          end.countDown();
        });
  }

  private static Task<?> forkedHere(TaskGroup group, CountDownLatch end) {
    return group.fork("task", () -> end.await());
  }

  @Test
  @SuppressWarnings("NullAway") // what callers without null checks may do
  void badInputIsRefusedWithWhatWasExpected() {
    missing("carrier", () -> TaskGroup.named("g").carry((Carrier) null));
    missing("carriers", () -> TaskGroup.named("g").carry((Carrier[]) null));
    missing("carrier", () -> Service.named("g").carry((Carrier) null));
    missing("carriers", () -> Service.named("g").carry((Carrier[]) null));
    missing("local", () -> Carrier.of(null));
    missing("get", () -> Carrier.of(null, value -> {}, () -> {}));
    missing("set", () -> Carrier.of(() -> 1, null, () -> {}));
    missing("clear", () -> Carrier.of(() -> 1, value -> {}, null));
    missing("scopedValue", () -> Carrier.ofScopedValue(null));
    assertThatThrownBy(() -> Carrier.ofScopedValue("text"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a java.lang.String was given, expected a java.lang.ScopedValue");
    assertThatThrownBy(() -> carrying(() -> null).run(group -> group.fork("task", () -> {})))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("capture() returned null");
  }

  private static void missing(String what, Action call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(NullPointerException.class)
        .hasMessageStartingWith(what + " was null, expected");
  }
}
