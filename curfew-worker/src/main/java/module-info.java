// SPDX-License-Identifier: Apache-2.0

/** Job queues, and workers that lose none of their jobs. */
@SuppressWarnings("requires-automatic") // Bucket4j is one.
module dev.curfew.worker {
  requires transitive dev.curfew.core;
  requires static transitive java.net.http;
  requires static transitive org.jspecify;
  requires io.github.bucket4j.core;

  exports dev.curfew.worker;
  exports dev.curfew.worker.queue;
}
