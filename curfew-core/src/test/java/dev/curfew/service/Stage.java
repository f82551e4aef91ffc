// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.report.Account;
import dev.curfew.report.WorkCount;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A warden with one service on a fake tree, in a process that only pretends to end. */
final class Stage {
  static final Account NOTHING = new Account(WorkCount.NONE, List.of(), 0, List.of(), List.of());

  final List<Integer> exits = new CopyOnWriteArrayList<>();
  final List<Integer> halts = new CopyOnWriteArrayList<>();
  final List<String> said = new CopyOnWriteArrayList<>();
  final List<String> walks = new CopyOnWriteArrayList<>();
  final Gate ended = new Gate();
  final Registry registry = new Registry();
  final Ending ending =
      new Ending() {
        @Override
        public void exit(int code) {
          exits.add(code);
          ended.open();
        }

        @Override
        public void halt(int code) {
          halts.add(code);
          ended.open();
        }
      };
  volatile Surroundings.Walk walk =
      (roots, foreign, why, marks) -> {
        marks.onStage().accept("drain");
        marks.onStage().accept("close");
        return NOTHING;
      };
  boolean process = true;
  boolean kubernetes;
  Watchdog watchdog;
  ServiceOptions options = Service.named("crawler");
  Warden warden;
  Member member;
  FakeRoot root;

  Stage options(ServiceOptions newOptions) {
    options = newOptions;
    return this;
  }

  Stage curfew(Duration total) {
    return options(options.curfew(total));
  }

  /** Makes the service; its set-up begins at once. */
  Stage play(Service.Setup setup) {
    member = new Member((Options) options, setup);
    root = new FakeRoot(member);
    member.holds(root);
    warden = new Warden(surroundings(), registry, member);
    warden.start();
    return this;
  }

  /** Another service on the same warden. */
  Member join(ServiceOptions other, Service.Setup setup) {
    Member second = new Member((Options) other, setup);
    second.holds(new FakeRoot(second));
    assertAdmitted(second);
    return second;
  }

  private void assertAdmitted(Member second) {
    if (!warden.admit(second)) {
      throw new AssertionError("the warden did not admit " + second);
    }
  }

  private Surroundings surroundings() {
    return new Surroundings(
        process,
        false,
        process,
        kubernetes,
        ending,
        watchdog,
        said::add,
        () -> "ROLL CALL\n",
        (roots, foreign, why, marks) -> {
          walks.add(roots.size() + (foreign ? " and foreign" : "") + " " + why.by());
          return walk.stop(roots, foreign, why, marks);
        });
  }
}
