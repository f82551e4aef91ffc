// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Finding;
import dev.curfew.report.Frames;
import dev.curfew.report.JsonWriter;
import java.io.IOException;
import java.util.Locale;

/** A roll call for people and for machines. Holds nothing but the path it is at. */
final class RollCallWriter {
  private RollCallWriter() {}

  static void text(RollCall call, Appendable out) throws IOException {
    long tasks = call.tasks();
    out.append("CURFEW roll call ")
        .append(call.at().toString())
        .append(" tasks=")
        .append(Long.toString(tasks))
        .append('\n');
    for (RollCall.Node node : call.nodes()) {
      line(node, out);
    }
    for (Finding finding : call.findings()) {
      out.append("  finding  ")
          .append(Options.printable(finding.path()))
          .append("  ")
          .append(Options.printable(finding.what()));
      if (finding.count() > 1) {
        out.append("  x").append(Integer.toString(finding.count()));
      }
      out.append("\n           mend  ").append(Options.printable(finding.remedy())).append('\n');
    }
  }

  private static void line(RollCall.Node node, Appendable out) throws IOException {
    for (int i = 0; i <= node.depth(); i++) {
      out.append("  ");
    }
    if (node.depth() == 0) {
      out.append('/');
    }
    out.append(node.name());
    if (node.ordinal() > 0) {
      out.append('#').append(Integer.toString(node.ordinal()));
    }
    out.append("  ");
    if (node.state() == null) {
      out.append(node.kind().name().toLowerCase(Locale.ROOT));
      if (node.kind() == RollCall.Kind.RESOURCE && node.elapsedNanos() > 0) {
        out.append(" is closing");
        seconds(node.elapsedNanos(), out);
      }
    } else {
      if (node.kind() != RollCall.Kind.FORK) {
        out.append(node.kind().name().toLowerCase(Locale.ROOT)).append(' ');
      }
      out.append(node.state().name());
      seconds(node.elapsedNanos(), out);
    }
    StackTraceElement site = node.site();
    if (site != null) {
      out.append("  ").append(Frames.name(site));
    }
    if (!node.stack().isEmpty()) {
      StackTraceElement now = Frames.first(node.stack());
      out.append("  now ").append(Frames.name(now == null ? node.stack().getFirst() : now));
    }
    out.append('\n');
  }

  /** Tenths of a second, without a formatter: there may be very many. */
  private static void seconds(long nanos, Appendable out) throws IOException {
    long tenths = nanos / 100_000_000;
    out.append(" for ")
        .append(Long.toString(tenths / 10))
        .append('.')
        .append((char) ('0' + tenths % 10))
        .append(" s");
  }

  static void json(RollCall call, Appendable out) throws IOException {
    JsonWriter json = new JsonWriter(out);
    json.object().field("schema", "curfew-rollcall/1").field("at", call.at().toString());
    json.field("tasks", call.tasks()).name("nodes").array();
    for (RollCall.Node node : call.nodes()) {
      json.object()
          .field("depth", node.depth())
          .field("kind", node.kind().name())
          .field("name", node.label());
      if (node.state() != null) {
        json.field("state", node.state().name());
      }
      json.field("elapsed_ms", node.elapsedNanos() / 1_000_000);
      StackTraceElement site = node.site();
      if (site != null) {
        json.field("site", Frames.name(site));
      }
      if (!node.stack().isEmpty()) {
        json.name("stack").array();
        for (StackTraceElement frame : node.stack()) {
          json.value(frame.toString());
        }
        json.end();
      }
      json.end();
    }
    json.end().name("findings").array();
    for (Finding finding : call.findings()) {
      json.object();
      if (finding.cause() != null) {
        json.field("cause", finding.cause().number());
      }
      json.field("path", finding.path())
          .field("what", finding.what())
          .field("certain", finding.certain())
          .field("remedy", finding.remedy())
          .field("count", finding.count())
          .end();
    }
    json.end().end();
  }
}
