// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.service.Service;
import dev.curfew.worker.Budget;
import dev.curfew.worker.Job;
import dev.curfew.worker.JobException;
import dev.curfew.worker.Reservation;
import dev.curfew.worker.Retry;
import dev.curfew.worker.Worker;
import dev.curfew.worker.queue.JobQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** A worker process of the storm. It ends when its standard input does. */
public final class StormWorker {
  static final Duration CURFEW = Duration.ofSeconds(3);
  static final Duration LEASE = Duration.ofSeconds(2);

  private static final long PID = ProcessHandle.current().pid();

  private final Event.Log log;
  private final Budget budget = Budget.named("storm").requests(2, Duration.ofSeconds(1));

  private StormWorker(Event.Log log) {
    this.log = log;
  }

  /**
   * Works until it is stopped, or killed.
   *
   * @param args a SQLite file or a JDBC URL; the name of the queue; the file for events
   */
  public static void main(String... args) {
    Service.named("storm")
        .curfew(CURFEW)
        .main(service -> {
          Thread.ofPlatform().daemon().name("lifeline").start(StormWorker::endWithTheDriver);
          StormWorker worker = new StormWorker(new Event.Log(Path.of(args[2])));
          JobQueue queue = service.own("queue", Places.open(args[0], args[1]));
          service.background(
              "work",
              Worker.of(queue)
                  .concurrency(6)
                  .lease(LEASE)
                  .adaptive()
                  .retry(Retry.atMost(5).withBackoff(Duration.ofMillis(50), Duration.ofMillis(300)))
                  .handle(worker::handle));
          worker.log.add(Event.ready(PID));
          System.out.println("ready");
        });
  }

  private static void endWithTheDriver() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever sent.
      }
    } catch (IOException e) {
      // It has ended, too.
    }
    Runtime.getRuntime().halt(1);
  }

  private void handle(Job job) throws Exception {
    String[] words = job.text().split(" ", -1);
    Kind kind = Kind.valueOf(words[0]);
    note(Event.Type.BEGIN, job, kind, words[1]);
    try {
      work(job, kind);
      note(Event.Type.EFFECT, job, kind, words[1]);
      job.done();
    } catch (InterruptedException e) {
      note(Event.Type.INTERRUPTED, job, kind, words[1]);
      throw e;
    } catch (JobException e) {
      boolean stopped = kind == Kind.LIMITED && job.stop().isSet();
      note(stopped ? Event.Type.INTERRUPTED : Event.Type.POSTPONED, job, kind, words[1]);
      throw e;
    } catch (IOException e) {
      note(Event.Type.FAILED, job, kind, words[1]);
      throw e;
    }
  }

  private void note(Event.Type type, Job job, Kind kind, String key) {
    log.add(new Event(type, job.id(), kind, PID, job.attempt(), key, System.currentTimeMillis()));
  }

  private void work(Job job, Kind kind) throws IOException, InterruptedException {
    switch (kind) {
      case SHORT -> pause(50);
      case UNIQUE -> pause(200);
      case LONG -> Thread.sleep(2_500);
      case STUBBORN -> ignoreInterrupts(Duration.ofSeconds(4));
      case POISON -> throw new IOException("it is poison");
      case CRASH -> {
        Thread.sleep(20);
        Runtime.getRuntime().halt(9);
      }
      case FLAKY -> {
        pause(30);
        if (job.attempt() < 3) {
          throw new IOException(String.format(Locale.ROOT, "attempt %d fails", job.attempt()));
        }
      }
      case LIMITED -> {
        try (Reservation reservation = budget.reserve(job, 0)) {
          pause(20);
          reservation.settle(0);
        }
      }
      case THROTTLED -> {
        pause(20);
        if (ThreadLocalRandom.current().nextInt(3) == 0) {
          job.throttled(Duration.ofMillis(200), "slow down");
        }
      }
    }
  }

  private static void pause(int most) throws InterruptedException {
    Thread.sleep(ThreadLocalRandom.current().nextInt(most + 1));
  }

  private static void ignoreInterrupts(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    boolean interrupted = false;
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(5_000_000);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
