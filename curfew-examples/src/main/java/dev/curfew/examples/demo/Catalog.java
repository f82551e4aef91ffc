// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.util.function.IntSupplier;

/** What the poller keeps fresh. Written by the poller, read by every request. */
final class Catalog implements IntSupplier {
  private final UpstreamClient upstream;
  private volatile int status = 200;

  Catalog(UpstreamClient upstream) {
    this.upstream = upstream;
  }

  void refresh() throws InterruptedException {
    try {
      if (upstream.get("/catalog") == 200) {
        status = 200;
      }
    } catch (IOException e) {
      // The upstream was cut: what was seen last stays good until the next poll.
    }
  }

  @Override
  public int getAsInt() {
    return status;
  }
}
