// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.workers;

import dev.curfew.worker.sql.SqlJobQueue;
import dev.curfew.worker.sql.SqlQueueOptions;
import java.nio.file.Path;

/** Opens a queue by the words that a process of the storm was given. */
final class Places {
  private Places() {}

  static SqlJobQueue open(String place, String queue) {
    SqlQueueOptions options = SqlQueueOptions.defaults().withQueue(queue);
    return place.startsWith("jdbc:")
        ? SqlJobQueue.postgres(place, options)
        : SqlJobQueue.sqlite(Path.of(place), options);
  }
}
