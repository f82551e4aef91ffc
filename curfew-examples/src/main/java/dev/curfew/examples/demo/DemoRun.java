// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.examples.demo.ServiceSettings.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What is done in each mode, in which order. */
final class DemoRun {
  private static final int WORKERS = 3;

  private final DemoOptions options;
  private final Path folder;
  private final Screen screen;
  private final Limits limits;

  DemoRun(DemoOptions options, Path folder, Screen screen) {
    this.options = options;
    this.folder = folder;
    this.screen = screen;
    this.limits = Limits.under(options.rate());
  }

  DemoResult run() throws IOException, InterruptedException {
    if (options.mode() == DemoOptions.Mode.POSTGRES) {
      try (Database database = Database.open(options.url(), screen);
          Scene scene = Scene.open(options, folder, screen, database.jobs())) {
        return onPostgres(scene);
      }
    }
    JobStore jobs = JobStore.file(folder.resolve("jobs.db"));
    try (Scene scene = Scene.open(options, folder, screen, jobs)) {
      return onSqlite(scene);
    }
  }

  /** One service: killed, stopped, and started again, each time on the same file. */
  private DemoResult onSqlite(Scene scene) throws IOException, InterruptedException {
    boolean plain = options.mode() == DemoOptions.Mode.PLAIN;
    boolean stuck = options.mode() == DemoOptions.Mode.STUCK;
    String what =
        plain ? "API, a pool and its queue in memory" : "API and worker, jobs in a SQLite file";
    Running service = scene.start(Role.BOTH, limits, stuck, what);
    scene.load(service, options.seconds());
    if (!stuck) {
      scene.kill(service);
      service = scene.start(Role.BOTH, limits, false, plain ? "again" : "on the same file");
      scene.load(service, options.seconds());
    }
    scene.terminate(service);
    if (!plain) {
      Running last = scene.start(Role.BOTH, limits, false, "without load, for what is left");
      scene.awaitEmptyQueue();
      scene.terminate(last);
    }
    return scene.result();
  }

  /** A front and three workers: one worker is killed and one stopped, each is started again. */
  private DemoResult onPostgres(Scene scene) throws IOException, InterruptedException {
    Running front = scene.start(Role.FRONT, limits, false, "takes requests, and puts the jobs");
    Running first = scene.ready(worker(scene, "does jobs"));
    Running second = scene.ready(worker(scene, "does jobs"));
    Running third = scene.ready(worker(scene, "does jobs"));
    double part = options.seconds() * 2 / 3.0;
    scene.load(front, part);
    scene.kill(first);
    first = worker(scene, "instead of the killed one");
    scene.load(front, part);
    scene.terminate(second);
    second = worker(scene, "instead of the stopped one");
    scene.load(front, part);
    scene.terminate(front);
    scene.awaitEmptyQueue();
    for (Running worker : List.of(first, second, third)) {
      scene.terminate(worker);
    }
    return scene.result();
  }

  private Running worker(Scene scene, String what) throws IOException {
    return scene.begin(Role.WORKER, limits.sharedBy(WORKERS), false, what);
  }
}
