// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the signals as the first thing of all and keeps them until there is a warden: loading what
 * a warden needs takes longer than a hurried container runtime may wait.
 */
final class EarlySignals implements Signals.Listener {
  /** What came before there was a listener. Guarded by this. */
  private final List<Signals.Kind> kept = new ArrayList<>(1);

  /** Guarded by this. */
  private Signals.@Nullable Listener listener;

  private final Signals.Installed installed;

  private EarlySignals() {
    installed = Signals.install(this);
  }

  static EarlySignals install() {
    return new EarlySignals();
  }

  Signals.Installed installed() {
    return installed;
  }

  /** Any thread of the JVM's; neither waits nor runs foreign code. */
  @Override
  public void came(Signals.Kind signal) {
    Signals.Listener to;
    synchronized (this) {
      to = listener;
      if (to == null) {
        kept.add(signal);
        return;
      }
    }
    to.came(signal);
  }

  /** Nobody will listen: a signal ends the JVM as it would have without us. */
  void giveUp() {
    passTo(signal -> System.exit(128 + signal.number()));
  }

  /** From now on the listener is told, first of what has come. */
  void passTo(Signals.Listener to) {
    List<Signals.Kind> came;
    synchronized (this) {
      came = List.copyOf(kept);
      listener = to;
    }
    came.forEach(to::came);
  }
}
