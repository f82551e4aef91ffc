// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import dev.curfew.service.RunningService;
import dev.curfew.service.Service;
import dev.curfew.worker.Budget;
import dev.curfew.worker.Worker;
import dev.curfew.worker.WorkerOptions;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.sql.SqlJobQueue;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Curfew's worker on its PostgreSQL queue, with its defaults but for the lease. It opens up to
 * eight connections of its own.
 */
final class CurfewEngine implements Engine {
  private static final String STANDING =
      """
      SELECT count(*), count(*) FILTER (WHERE state = 'running'),
        extract(epoch FROM max(due) FILTER (WHERE state = 'later') - now()) * 1000,
        sum(attempts)
      FROM curfew_job WHERE state <> 'dead'\
      """;

  /** Of its worker. */
  static final Duration POLL = Duration.ofSeconds(1);

  private final String url;
  private final SqlJobQueue queue;
  private final @Nullable Budget budget;
  private @Nullable RunningService service;

  CurfewEngine(String url, @Nullable Budget budget) {
    this.url = url;
    this.budget = budget;
    queue = SqlJobQueue.postgres(url);
  }

  @Override
  public void put(List<String> jobs) throws InterruptedException {
    var _ = queue.putAll(jobs.stream().map(NewJob::of).toList());
  }

  @Override
  public void start(JobBody body) throws InterruptedException, ExecutionException {
    service = Service.named("engine").start(running -> work(running, body));
  }

  @Override
  public void serve(JobBody body, Runnable ready, Duration stopBudget) {
    Service.named("engine")
        .curfew(stopBudget)
        .main(running -> {
          running.own("queue", queue);
          work(running, body);
          ready.run();
        });
  }

  private void work(Service running, JobBody body) {
    WorkerOptions options = Worker.of(queue).concurrency(WORKERS).lease(LEASE);
    running.background(
        "work",
        (budget == null ? options : options.budget(budget))
            .handle(job -> {
              body.run(job.text());
              job.done(); // Its effect is there, even if an interrupt has come meanwhile.
            }));
  }

  @Override
  public Standing standing() throws SQLException {
    return Database.standing(url, STANDING);
  }

  @Override
  public void close() {
    if (service != null) {
      service.close();
    }
    queue.close();
  }
}
