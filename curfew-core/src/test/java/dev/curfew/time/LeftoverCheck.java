// SPDX-License-Identifier: Apache-2.0

package dev.curfew.time;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Fails every test that leaves something behind: a live thread, virtual or not, that was not there
 * before it; another host than it found; whatever a {@link Source} still sees. Registered for all
 * tests of the module; {@link MayLeave} excepts one. What is about to end has two seconds to do so.
 */
@SuppressWarnings("exports") // to JUnit, which the module of core does not know
public final class LeftoverCheck implements BeforeEachCallback, AfterEachCallback {

  /** Sees one kind of leftover; found by {@link ServiceLoader}. */
  public interface Source {
    /** What is pending now, each in words that lead to where it came from; empty if nothing is. */
    Stream<String> pending();
  }

  private static final Namespace NAMESPACE = Namespace.create(LeftoverCheck.class);

  /** Configuration parameter: how many milliseconds what is about to end has for that. */
  static final String GRACE = "curfew.leftover.grace";

  private record Before(Set<Thread> threads, Host host) {}

  /** For JUnit. */
  public LeftoverCheck() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    context
        .getStore(NAMESPACE)
        .put(context.getUniqueId(), new Before(LiveThreads.now(), Host.current()));
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    Before before = context.getStore(NAMESPACE).remove(context.getUniqueId(), Before.class);
    if (before == null || mayLeave(context)) {
      return;
    }
    Duration grace =
        Duration.ofMillis(context.getConfigurationParameter(GRACE, Long::valueOf).orElse(2000L));
    if (!Await.holdsWithin(grace, () -> leftovers(before).isEmpty())) {
      List<String> left = leftovers(before);
      if (!left.isEmpty()) {
        throw new AssertionError(
            "left behind by "
                + context.getDisplayName()
                + ", "
                + grace
                + " after its end:\n  "
                + String.join("\n  ", left));
      }
    }
  }

  private static boolean mayLeave(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getElement(), MayLeave.class)
        || AnnotationSupport.isAnnotated(context.getTestClass(), MayLeave.class);
  }

  private static List<String> leftovers(Before before) {
    List<String> left = new ArrayList<>();
    for (Thread thread : LiveThreads.now()) {
      if (!before.threads.contains(thread)) {
        left.add(Await.describe(thread));
      }
    }
    if (!Host.current().equals(before.host)) {
      left.add("the host " + Host.current() + ", which the test should have put back");
    }
    for (Source source : ServiceLoader.load(Source.class)) {
      source.pending().forEach(left::add);
    }
    return left;
  }
}
