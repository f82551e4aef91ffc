// SPDX-License-Identifier: Apache-2.0
package dev.curfew.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.lambdas.JobRequest;
import org.jobrunr.jobs.lambdas.JobRequestHandler;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobRequestScheduler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;

/**
 * JobRunr's open-source edition with its defaults, {@link Engine#WORKERS} workers and the shortest
 * poll interval that it allows for SQL. A worker that becomes free looks for the next job at once.
 */
final class JobRunrEngine implements Engine {
  /** Its shortest with SQL. */
  static final Duration POLL = Duration.ofSeconds(5);

  /** Four poll intervals, the least that it allows. */
  static final Duration LEASE = POLL.multipliedBy(4);

  private static final String STANDING =
      """
      SELECT count(*), count(*) FILTER (WHERE state = 'PROCESSING'),
        extract(epoch FROM max(scheduledat) - now() AT TIME ZONE 'UTC') * 1000,
        sum((length(jobasjson) - length(replace(jobasjson, 'FailedState', ''))) / 11)
      FROM jobrunr_jobs WHERE state NOT IN ('SUCCEEDED', 'DELETED')\
      """;

  private final String url;
  private final HikariDataSource pool;
  private final PostgresStorageProvider storage;
  private final JobRequestScheduler client;
  private boolean started;

  JobRunrEngine(String url) {
    this.url = url;
    pool = Database.pool(url);
    storage = new PostgresStorageProvider(pool);
    storage.setJobMapper(new JobMapper(new JacksonJsonMapper()));
    client = new JobRequestScheduler(storage);
  }

  @Override
  public void put(List<String> jobs) {
    if (jobs.size() == 1) {
      var _ = client.enqueue(new Request(jobs.getFirst()));
    } else {
      client.enqueue(jobs.stream().map(Request::new));
    }
  }

  @Override
  public void start(JobBody body) {
    configure(body, Duration.ofSeconds(10));
  }

  @Override
  public void serve(JobBody body, Runnable ready, Duration budget) {
    configure(body, budget); // It registers a shutdown hook by itself.
    ready.run();
  }

  private void configure(JobBody body, Duration budget) {
    started = true;
    Handler handler = new Handler(body);
    var _ =
        JobRunr.configure()
            .useStorageProvider(storage)
            .useJobActivator(
                new JobActivator() {
                  @Override
                  public <T> T activateJob(Class<T> type) {
                    return type.cast(handler);
                  }
                })
            .useBackgroundJobServer(
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                    .andWorkerCount(WORKERS)
                    .andPollInterval(POLL)
                    .andInterruptJobsAwaitDurationOnStopBackgroundJobServer(budget))
            .initialize();
  }

  @Override
  public Standing standing() throws SQLException {
    return Database.standing(url, STANDING);
  }

  @Override
  public void close() {
    if (started) {
      var _ = JobRunr.destroy();
    }
    pool.close();
  }

  /** A job as JobRunr stores it. */
  public record Request(String text) implements JobRequest {
    @Override
    public Class<Handler> getJobRequestHandler() {
      return Handler.class;
    }
  }

  /** Who does it. */
  public static final class Handler implements JobRequestHandler<Request> {
    private final JobBody body;

    Handler(JobBody body) {
      this.body = body;
    }

    @Override
    public void run(Request request) throws Exception {
      body.run(request.text());
    }
  }
}
