// SPDX-License-Identifier: Apache-2.0
package dev.curfew.task;

import dev.curfew.report.Finding;
import dev.curfew.report.Pending;
import dev.curfew.time.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the whole tree: what is not home yet. Taken without stopping anything, so what
 * moves meanwhile may be in it or not; nothing that stays is missed. Immutable.
 *
 * <p>Without stacks it costs well under a microsecond a task.
 *
 * @param at when it was taken, by the wall clock
 * @param nodes the tree in preorder: each node comes before what it owns, one deeper
 * @param findings what was wrong up to now and is in no report yet
 */
@SuppressWarnings("ReferenceEquality") // strands, groups and failures have identity, not value
public record RollCall(Instant at, List<Node> nodes, List<Finding> findings) {
  /** What a node of the tree is. */
  public enum Kind {
    /** A service, or a group that was opened on a thread that Curfew does not own. */
    ROOT,
    /** A group inside another, or inside a task. */
    GROUP,
    /** A task that its group waits for. */
    FORK,
    /** A task that its group asks to stop. */
    BACKGROUND,
    /** The set-up of a service. */
    SET_UP,
    /** Something to close. */
    RESOURCE,
    /** Something that brings work in. */
    INTAKE
  }

  /**
   * A node of the tree.
   *
   * @param depth how deep it is, 0 for a root
   * @param kind what it is
   * @param name its own name
   * @param ordinal tells tasks of one name apart; 0 where there is only one
   * @param state what a task is doing; null for other nodes
   * @param elapsedNanos how long it has been there, in nanoseconds; of a resource how long its
   *     close has taken up to now, 0 if that has not begun; 0 for intakes
   * @param site where it was forked or opened, if known
   * @param stack where its thread is, innermost frame first; empty if that was not asked for
   */
  public record Node(
      int depth,
      Kind kind,
      String name,
      int ordinal,
      Pending.@Nullable State state,
      long elapsedNanos,
      @Nullable StackTraceElement site,
      List<StackTraceElement> stack) {
    /** {@return its name, with its ordinal where there are several of that name} */
    public String label() {
      return ordinal == 0 ? name : name + "#" + ordinal;
    }
  }

  /** Copies the lists. */
  public RollCall {
    nodes = List.copyOf(nodes);
    findings = List.copyOf(findings);
  }

  /**
   * Takes the roll call of the process, without stacks. From any thread.
   *
   * @return the tree as it is now
   */
  public static RollCall now() {
    return withStacks(0);
  }

  /**
   * Takes the roll call of the process, with the stacks of the first tasks of each group. From any
   * thread; taking a stack can stall until its thread is at a safe point.
   *
   * @param perGroup how many stacks are taken in each group
   * @return the tree as it is now
   * @throws IllegalArgumentException if the number is negative
   */
  public static RollCall withStacks(int perGroup) {
    if (perGroup < 0) {
      throw new IllegalArgumentException(
          "RollCall: " + perGroup + " stacks were asked for; give 0 or more");
    }
    Taker taker = new Taker(perGroup);
    taker.process();
    List<Finding> findings = new ArrayList<>(Findings.below(""));
    findings.addAll(Finder.findings());
    return new RollCall(Host.current().wallTime(), taker.nodes, Finding.grouped(findings));
  }

  /**
   * How many tasks are in it.
   *
   * @return nodes that have a state
   */
  public long tasks() {
    return nodes.stream().filter(node -> node.state() != null).count();
  }

  /**
   * The tree as text, a line a node; ends with a line break.
   *
   * @return the text
   */
  public String text() {
    StringBuilder text = new StringBuilder(64 + nodes.size() * 64);
    try {
      RollCallWriter.text(this, text);
    } catch (IOException e) {
      throw new UncheckedIOException("a StringBuilder does not fail", e);
    }
    return text.toString();
  }

  /**
   * Writes the tree as text, streaming.
   *
   * @param out takes it in pieces
   * @throws IOException if the target does
   */
  public void writeText(Appendable out) throws IOException {
    RollCallWriter.text(this, out);
  }

  /**
   * Writes the tree as JSON, streaming; the schema is described in {@code docs/report.md}.
   *
   * @param out takes it in pieces
   * @throws IOException if the target does
   */
  public void writeJson(Appendable out) throws IOException {
    RollCallWriter.json(this, out);
  }

  /** Walks the tree. */
  private static final class Taker {
    final List<Node> nodes = new ArrayList<>();
    private final int stacks;
    private final long now = Host.current().nanoTime();
    private int depth;

    /** The task that was met last: a crowd has one group and one name. */
    private @Nullable GroupTask<?> alike;

    /** What its name is shown as, and whether its group has it more than once. */
    private String shown = "";

    private boolean repeated;

    Taker(int stacks) {
      this.stacks = stacks;
    }

    void process() {
      for (Root root : Roots.services()) {
        group(root, Kind.ROOT);
      }
      for (Group group : Roots.foreignGroups()) {
        group(group, Kind.ROOT);
      }
      for (Group group : Abandoned.groups()) {
        abandoned(group);
      }
    }

    private void group(Group group, Kind kind) {
      add(
          kind,
          Options.printable(group.options.name()),
          0,
          null,
          now - group.openedAt,
          null,
          List.of());
      depth++;
      for (OpenIntake intake : group.holdings.intakes()) {
        add(Kind.INTAKE, Options.printable(intake.name), 0, null, 0, null, List.of());
      }
      for (Group inner : group.holdings.inners()) {
        group(inner, Kind.GROUP);
      }
      int[] left = {stacks};
      Strand owner = group.owner;
      group.slots.forEach(task -> {
        if (!task.isDone()) {
          task(task, left[0]-- > 0);
        }
      });
      if (owner != null) {
        inside(owner, group);
      }
      resources(group);
      depth--;
    }

    private void resources(Group group) {
      Owned closing = group.holdings.closing();
      if (closing != null) {
        resource(closing);
      }
      for (Owned owned : group.holdings.resources()) {
        resource(owned);
      }
    }

    private void resource(Owned owned) {
      long closing = owned.closingFor();
      add(
          Kind.RESOURCE,
          Options.printable(owned.name),
          0,
          null,
          closing,
          owned.openedAt(),
          List.of());
    }

    /** The block that the owner has opened inside its own block, if there is one. */
    private void inside(Strand owner, @Nullable Group around) {
      Group next = null;
      for (Group block = owner.scope; block != null && block != around; block = block.outer) {
        next = block;
      }
      if (next != null && next.outer == around) {
        group(next, Kind.GROUP);
      }
    }

    private void task(GroupTask<?> task, boolean withStack) {
      Kind kind =
          switch (task.kind()) {
            case GroupTask.BACKGROUND -> Kind.BACKGROUND;
            case GroupTask.SET_UP -> Kind.SET_UP;
            default -> Kind.FORK;
          };
      GroupTask<?> before = alike;
      if (before == null || before.name != task.name || before.group != task.group) {
        alike = task;
        shown = Options.printable(task.name);
        repeated = task.group.isRepeated(task.name);
      }
      Verdict verdict = Finder.verdict(task);
      add(
          kind,
          shown,
          repeated ? task.ordinal : 0,
          verdict != null ? verdict.state() : Stragglers.state(task),
          now - task.forkedAt,
          task.site(),
          withStack ? task.stack() : List.of());
      if (task.scope != null) {
        depth++;
        inside(task, null);
        depth--;
      }
    }

    /** Tasks that were given up, below the path of their group. */
    private void abandoned(Group group) {
      add(
          Kind.ROOT,
          Options.printable(group.path().substring(1)),
          0,
          null,
          now - group.openedAt,
          null,
          List.of());
      depth++;
      for (GroupTask<?> task : Abandoned.of(group)) {
        task(task, true);
      }
      if (Abandoned.keepsResources(group)) {
        resources(group);
      }
      depth--;
    }

    private void add(
        Kind kind,
        String name,
        int ordinal,
        Pending.@Nullable State state,
        long elapsed,
        @Nullable StackTraceElement site,
        List<StackTraceElement> stack) {
      nodes.add(new Node(depth, kind, name, ordinal, state, Math.max(0, elapsed), site, stack));
    }
  }
}
