// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One-time tasks of db-scheduler: with its defaults, and tuned for throughput and latency as its
 * documentation says ({@code lock-and-fetch}, immediate execution, a short polling interval).
 *
 * <p>As a process both poll every 100 ms and beat four times in {@link Engine#LEASE}, the shortest
 * that it allows; with its defaults the jobs of a killed process come back after half an hour.
 */
final class DbSchedulerEngine implements Engine {
  private static final TaskDescriptor<String> JOB = TaskDescriptor.of("job", String.class);
  static final Duration DEFAULT_POLL = Duration.ofSeconds(10);
  static final Duration POLL = Duration.ofMillis(100);
  private static final int MISSED_BEATS = 4;

  /** {@code postgresql_tables.sql} of the project. */
  private static final String TABLES =
      """
      create table if not exists scheduled_tasks (
        task_name text not null,
        task_instance text not null,
        task_data bytea,
        execution_time timestamp with time zone not null,
        picked BOOLEAN not null,
        picked_by text,
        last_success timestamp with time zone,
        last_failure timestamp with time zone,
        consecutive_failures INT,
        last_heartbeat timestamp with time zone,
        version BIGINT not null,
        priority SMALLINT,
        PRIMARY KEY (task_name, task_instance)
      );
      CREATE INDEX if not exists execution_time_idx ON scheduled_tasks (execution_time);
      CREATE INDEX if not exists last_heartbeat_idx ON scheduled_tasks (last_heartbeat);
      CREATE INDEX if not exists priority_execution_time_idx
        on scheduled_tasks (priority desc, execution_time asc);
      """;

  private static final String STANDING =
      """
      SELECT count(*), count(*) FILTER (WHERE picked),
        extract(epoch FROM max(execution_time) FILTER (WHERE NOT picked) - now()) * 1000,
        sum(consecutive_failures)
      FROM scheduled_tasks\
      """;

  private final String url;
  private final @Nullable Batch batch;
  private final HikariDataSource pool;
  private final SchedulerClient client;
  private @Nullable Scheduler scheduler;

  /**
   * How many jobs it takes at once, and when it takes more, as multiples of its threads.
   *
   * @param lower so many left, it takes more
   * @param upper up to so many
   */
  record Batch(double lower, double upper) {
    /** The most that the project's own benchmark uses. */
    static final Batch DOCUMENTED = new Batch(4, 20);

    /** Of those tried here the fastest, if all that counts is throughput. */
    static final Batch HUGE = new Batch(20, 100);
  }

  /** With its defaults if there is no batch. */
  DbSchedulerEngine(String url, @Nullable Batch batch) throws SQLException {
    this.url = url;
    this.batch = batch;
    Database.execute(url, TABLES);
    pool = Database.pool(url);
    client =
        SchedulerClient.Builder.create(pool, Tasks.oneTime(JOB).execute((instance, context) -> {}))
            .build();
  }

  @Override
  public void put(List<String> jobs) {
    // A running scheduler's own client tells it at once, if that is enabled.
    SchedulerClient to = scheduler == null ? client : scheduler;
    if (jobs.size() == 1) {
      boolean _ = to.scheduleIfNotExists(instance(jobs.getFirst()), Instant.now());
      return;
    }
    List<TaskInstance<?>> instances = new ArrayList<>();
    jobs.forEach(job -> instances.add(instance(job)));
    to.scheduleBatch(instances, Instant.now());
  }

  private static TaskInstance<String> instance(String job) {
    return JOB.instance(UUID.randomUUID().toString()).data(job).build();
  }

  @Override
  public void start(JobBody body) {
    scheduler = builder(body).build();
    scheduler.start();
  }

  @Override
  public void serve(JobBody body, Runnable ready, Duration budget) {
    scheduler =
        builder(body)
            .pollingInterval(POLL)
            .heartbeatInterval(LEASE.dividedBy(MISSED_BEATS))
            .missedHeartbeatsLimit(MISSED_BEATS)
            .shutdownMaxWait(budget)
            .registerShutdownHook()
            .build();
    scheduler.start();
    ready.run();
  }

  private SchedulerBuilder builder(JobBody body) {
    OneTimeTask<String> task =
        Tasks.oneTime(JOB).execute((instance, context) -> run(body, instance.getData()));
    SchedulerBuilder builder = Scheduler.create(pool, task).threads(WORKERS);
    return batch == null
        ? builder
        : builder
            .pollUsingLockAndFetch(batch.lower(), batch.upper())
            .pollingInterval(POLL)
            .enableImmediateExecution();
  }

  private static void run(JobBody body, String text) {
    try {
      body.run(text);
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      // The interrupt is not restored: with it db-scheduler gets no connection for the outcome.
      throw new IllegalStateException("interrupted", e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Standing standing() throws SQLException {
    return Database.standing(url, STANDING);
  }

  @Override
  public void close() {
    if (scheduler != null) {
      scheduler.stop();
    }
    pool.close();
  }
}
