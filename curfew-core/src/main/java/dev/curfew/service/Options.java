// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.StopReport;
import dev.curfew.task.Carrier;
import dev.curfew.task.RootGroup;
import dev.curfew.time.Deadline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The options of a service, and the three ways to run one.
 *
 * @param name its name in the tree and in the report
 * @param version what the report shows, if anything
 * @param curfew the budget of its stop
 * @param exitCodes how its process ends
 * @param reportFile where its report is kept, if anywhere
 * @param listener who is told its report, if anybody
 * @param carriers what its tasks get of the context of who forks them
 */
record Options(
    String name,
    @Nullable String version,
    Curfew curfew,
    ExitCodes exitCodes,
    @Nullable Path reportFile,
    @Nullable Consumer<? super StopReport> listener,
    List<Carrier> carriers)
    implements ServiceOptions {

  static Options named(String name) {
    return new Options(
        validName(name), null, Curfew.DEFAULT, ExitCodes.BY_OUTCOME, null, null, List.of());
  }

  @Override
  public ServiceOptions version(String newVersion) {
    Objects.requireNonNull(newVersion, "version was null, expected a text such as \"1.4.2\"");
    if (newVersion.isBlank()) {
      throw new IllegalArgumentException(
          "version was '"
              + newVersion
              + "', expected a text such as \"1.4.2\"; leave it out"
              + " if there is none");
    }
    return new Options(name, newVersion, curfew, exitCodes, reportFile, listener, carriers);
  }

  @Override
  public ServiceOptions curfew(Duration total) {
    return curfew(Curfew.of(total));
  }

  @Override
  public ServiceOptions curfew(Curfew newCurfew) {
    Objects.requireNonNull(
        newCurfew, "curfew was null, expected one such as Curfew.of(Duration.ofSeconds(25))");
    return new Options(name, version, newCurfew, exitCodes, reportFile, listener, carriers);
  }

  @Override
  public ServiceOptions exitCodes(ExitCodes newExitCodes) {
    Objects.requireNonNull(newExitCodes, "exitCodes was null, expected one of ExitCodes");
    return new Options(name, version, curfew, newExitCodes, reportFile, listener, carriers);
  }

  @Override
  public ServiceOptions reportFile(Path file) {
    Objects.requireNonNull(file, "reportFile was null, expected the path of a file to write");
    return new Options(name, version, curfew, exitCodes, file, listener, carriers);
  }

  @Override
  public ServiceOptions onReport(Consumer<? super StopReport> newListener) {
    Objects.requireNonNull(newListener, "onReport was given null, expected a listener");
    return new Options(name, version, curfew, exitCodes, reportFile, newListener, carriers);
  }

  @Override
  public ServiceOptions carry(Carrier... more) {
    List<Carrier> all = new ArrayList<>(carriers);
    Objects.requireNonNull(more, "carriers was null, expected Carriers");
    for (Carrier carrier : more) {
      all.add(
          Objects.requireNonNull(
              carrier, "carrier was null, expected one such as Carrier.of(local)"));
    }
    return new Options(name, version, curfew, exitCodes, reportFile, listener, List.copyOf(all));
  }

  @Override
  public void main(Service.Setup setup) {
    checkSetup(setup);
    String caller = RootGroup.callersPath();
    if (!caller.isEmpty()) {
      throw new IllegalStateException(
          "main() of service "
              + name
              + " was called by the task "
              + caller
              + ", which would never return from it; call it on a thread of the program's, or use"
              + " start()");
    }
    Member member = Registry.ofProcess().enter(this, setup);
    while (true) {
      try {
        // The process ends before this ever returns: what follows a call of main never runs.
        new Gate().await(Deadline.never());
      } catch (InterruptedException e) {
        member.requestStop("the thread that called main was interrupted");
      }
    }
  }

  @Override
  public StopReport run(Service.Setup setup) throws InterruptedException {
    checkSetup(setup);
    Registry registry = Registry.ofProcess();
    Member member = registry.embed(this, setup, true);
    registry.waits(Thread.currentThread());
    try {
      return member.await();
    } catch (InterruptedException e) {
      member.requestStop("the thread that called run was interrupted");
      member.awaitStopped();
      throw e;
    } finally {
      registry.goesOn(Thread.currentThread());
    }
  }

  @Override
  public RunningService start(Service.Setup setup) throws ExecutionException, InterruptedException {
    checkSetup(setup);
    Member member = Registry.ofProcess().embed(this, setup, false);
    try {
      member.awaitStarted();
    } catch (InterruptedException e) {
      member.requestStop("the thread that called start was interrupted");
      member.awaitStopped();
      throw e;
    }
    return member;
  }

  Member member(Service.Setup setup) {
    Member member = new Member(this, setup);
    member.holds(RootGroup.open(name, carriers, member));
    return member;
  }

  private static void checkSetup(Service.Setup setup) {
    Objects.requireNonNull(setup, "set-up was null, expected a lambda: service -> { ... }");
  }

  private static String validName(String name) {
    Objects.requireNonNull(name, "name was null, expected a text such as \"crawler\"");
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "name was '" + name + "', expected a text such as \"crawler\": the report bears it");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '/' || Character.isISOControl(c)) {
        throw new IllegalArgumentException(
            "name was '"
                + name.replaceAll("\\p{Cntrl}", "?")
                + "', which holds "
                + (c == '/' ? "a slash" : "a control character")
                + "; slashes part the names of a path, so choose another character, such as a"
                + " dash");
      }
    }
    return name;
  }
}
