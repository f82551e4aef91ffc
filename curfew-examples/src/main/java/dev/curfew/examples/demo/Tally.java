// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the clients saw. Written by every client, read by any thread; exact once all have ended. */
final class Tally {
  /** On which connection a request was lost. */
  enum Loss {
    /** On one that had served before and was open: the request was in flight. */
    IN_FLIGHT,
    /** On one that had served before and that the server had closed without saying so. */
    KEPT_ALIVE,
    /** On one that had never served: opened while the service closed its listening socket. */
    NEW
  }

  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong lostInFlight = new AtomicLong();
  private final AtomicLong lostKeptAlive = new AtomicLong();
  private final AtomicLong lostNew = new AtomicLong();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<String> acceptedJobs = ConcurrentHashMap.newKeySet();
  private final Map<Integer, AtomicLong> byStatus = new ConcurrentHashMap<>();

  void connected() {
    connections.incrementAndGet();
  }

  void disconnected() {
    connections.decrementAndGet();
  }

  void sent() {
    sent.incrementAndGet();
  }

  void answered(int status) {
    byStatus.computeIfAbsent(status, unused -> new AtomicLong()).incrementAndGet();
    answered.incrementAndGet();
  }

  void accepted(String job) {
    acceptedJobs.add(job);
  }

  void lost(Loss where) {
    switch (where) {
      case IN_FLIGHT -> lostInFlight.incrementAndGet();
      case KEPT_ALIVE -> lostKeptAlive.incrementAndGet();
      case NEW -> lostNew.incrementAndGet();
    }
  }

  long sentSoFar() {
    return sent.get();
  }

  long answeredSoFar() {
    return answered.get();
  }

  long inFlight() {
    return sent.get() - answered.get() - lostSoFar();
  }

  long lostSoFar() {
    return lostInFlight.get() + lostKeptAlive.get() + lostNew.get();
  }

  int connectionsOpen() {
    return connections.get();
  }

  /** The jobs that were answered with 202: each of them is owed. */
  Set<String> acceptedJobs() {
    return Set.copyOf(acceptedJobs);
  }

  int acceptedSoFar() {
    return acceptedJobs.size();
  }

  Requests requests() {
    Map<Integer, Long> statuses = new TreeMap<>();
    byStatus.forEach((status, count) -> statuses.put(status, count.get()));
    return new Requests(
        sent.get(),
        answered.get(),
        lostInFlight.get(),
        lostKeptAlive.get(),
        lostNew.get(),
        Map.copyOf(statuses));
  }
}
