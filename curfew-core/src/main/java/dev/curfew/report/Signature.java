// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import org.jspecify.annotations.Nullable;

/** The key under which equal lines of a report are grouped. */
final class Signature {
  private Signature() {}

  /** Begins a key: the kind, and the path without the ordinals that tell siblings apart. */
  static StringBuilder of(@Nullable Object kind, String path) {
    StringBuilder key = new StringBuilder().append(kind).append('|');
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '#' && isDigit(path, i + 1)) {
        while (isDigit(path, i + 1)) {
          i++;
        }
      } else {
        key.append(path.charAt(i));
      }
    }
    return key.append('|');
  }

  private static boolean isDigit(String text, int index) {
    return index < text.length() && text.charAt(index) >= '0' && text.charAt(index) <= '9';
  }
}
