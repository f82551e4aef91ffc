// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.CancelReason;
import dev.curfew.report.Stderr;
import dev.curfew.task.RollCall;
import dev.curfew.task.RootGroup;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What services that stop together find around them.
 *
 * @param process whether they are this process: then their stop is the process's end
 * @param rehearses whether the end is played once when all is ready, so that it is fast when it
 *     comes
 * @param prints whether the report is printed; where it is not, the caller gets it
 * @param kubernetes whether readiness takes time to be noticed by whoever sends work
 * @param ending how the process ends; not used unless they are the process
 * @param watchdog ends the process at the deadline; null unless they are the process
 * @param voice says something to people, if that is possible
 * @param rollCall who is not home, as text
 * @param walk the way over the tree
 * @param systemd told how far the services are; null if it has not asked
 * @param terminationLog gets the report's first lines; null if there is none
 */
record Surroundings(
    boolean process,
    boolean rehearses,
    boolean prints,
    boolean kubernetes,
    Ending ending,
    @Nullable Watchdog watchdog,
    Consumer<String> voice,
    Supplier<String> rollCall,
    Walk walk,
    @Nullable Systemd systemd,
    @Nullable TerminationLog terminationLog) {

  /** Ends what these services own; see {@link RootGroup#stop}. */
  @FunctionalInterface
  interface Walk {
    Account stop(List<RootGroup> roots, boolean foreign, CancelReason why, RootGroup.Marks marks);
  }

  /** Where neither systemd nor Kubernetes waits for a word. */
  Surroundings(
      boolean process,
      boolean rehearses,
      boolean prints,
      boolean kubernetes,
      Ending ending,
      @Nullable Watchdog watchdog,
      Consumer<String> voice,
      Supplier<String> rollCall,
      Walk walk) {
    this(
        process,
        rehearses,
        prints,
        kubernetes,
        ending,
        watchdog,
        voice,
        rollCall,
        walk,
        null,
        null);
  }

  /** For services that are the process. */
  static Surroundings ofProcess(Watchdog watchdog, Ending ending) {
    return new Surroundings(
        true,
        true,
        true,
        inKubernetes(),
        ending,
        watchdog,
        Stderr::say,
        () -> RollCall.now().text(),
        RootGroup::stop,
        Systemd.ofProcess(Stderr::say),
        TerminationLog.ofProcess());
  }

  /** For a service that neither takes signals nor ends the JVM. */
  static Surroundings embedded(boolean prints) {
    return new Surroundings(
        false,
        false,
        prints,
        inKubernetes(),
        new JvmEnding(),
        null,
        Stderr::say,
        () -> RollCall.now().text(),
        RootGroup::stop);
  }

  private static boolean inKubernetes() {
    return System.getenv("KUBERNETES_SERVICE_HOST") != null;
  }
}
