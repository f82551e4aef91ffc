// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import dev.curfew.worker.HttpJobs;
import dev.curfew.worker.Job;
import dev.curfew.worker.JobHandler;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Does a job: one call of the upstream, within a budget of requests and tokens. What the answer
 * means for the job (done, later, never) is for {@link HttpJobs} to say, and for the worker when it
 * is tried again.
 */
final class Dispatch implements JobHandler {
  private final HttpJobs calls;
  private final UpstreamClient upstream;

  Dispatch(HttpClient http, ServiceSettings settings) {
    calls = HttpJobs.of(http).budget(settings.limits().budget());
    upstream = new UpstreamClient(http, settings);
  }

  @Override
  public void handle(Job job) throws IOException, InterruptedException {
    HttpRequest request = upstream.work(job.text(), job.attempt()).build();
    calls.send(job, request, BodyHandlers.discarding(), Limits.TOKENS_RESERVED, Dispatch::used);
    job.done(); // Whatever comes now, a cancel included: the effect is there.
  }

  private static long used(HttpResponse<?> answer) {
    return answer.headers().firstValueAsLong(Upstream.TOKENS).orElse(Limits.TOKENS_RESERVED);
  }
}
