// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.task.TaskGroup;
import java.util.List;

/** Starting and finishing tasks in a group, with all that a group records of each. */
final class SpawnCurfew {
  static final Spawner OWNER = new Spawner("curfew", SpawnCurfew::owner);

  private SpawnCurfew() {}

  static Spawner fromOthers(int threads) {
    return new Spawner(
        "curfew, from " + threads + " other",
        tasks ->
            TaskGroup.run(
                "spawn",
                group -> {
                  Spawner.fromOthers(threads, tasks, () -> group.fork("task", Work::once));
                  group.join();
                }));
  }

  static List<Spawner> all() {
    return List.of(OWNER, fromOthers(1), fromOthers(2));
  }

  private static void owner(int tasks) throws Exception {
    TaskGroup.run(
        "spawn",
        group -> {
          for (int i = 0; i < tasks; i++) {
            group.fork("task", Work::once);
          }
          group.join();
        });
  }
}
