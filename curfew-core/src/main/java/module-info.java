// SPDX-License-Identifier: Apache-2.0

/** Tasks, cancellation, resources, service, stop, report and roll call. */
module dev.curfew.core {
  requires static transitive org.jspecify;
  requires static java.net.http;
  requires jdk.unsupported;

  exports dev.curfew.time;
  exports dev.curfew.report;
  exports dev.curfew.resource;
  exports dev.curfew.task;
  exports dev.curfew.service;

  uses dev.curfew.resource.ResourceAdapter;
  uses dev.curfew.task.Carrier;
}
