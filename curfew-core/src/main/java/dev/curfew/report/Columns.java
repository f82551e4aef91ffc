// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Text in the columns of a report: blocks begin at column 2, their rows at column 11, values nine
 * columns further. Whatever was given from outside stays on its line.
 */
final class Columns {
  private static final String HEX = "0123456789ABCDEF";
  private static final int LABEL = 9;

  /** A message can be a whole page; the JSON report has it all. */
  private static final int LONGEST = 400;

  private final StringBuilder text = new StringBuilder(512);

  Columns block(String label) {
    text.append("  ");
    return label(label);
  }

  Columns row(String label) {
    text.append("           ");
    return label(label);
  }

  /** A row whose label ends in a digit. */
  Columns row(String label, int digit) {
    text.append("           ").append(label).append(' ').append(digit);
    return pad(label.length() + 2);
  }

  private Columns label(String label) {
    text.append(label);
    return pad(label.length());
  }

  private Columns pad(int used) {
    for (int i = used; i < LABEL; i++) {
      text.append(' ');
    }
    return this;
  }

  Columns endLine() {
    text.append('\n');
    return this;
  }

  /** Text of our own. */
  Columns raw(String own) {
    text.append(own);
    return this;
  }

  Columns number(long number) {
    text.append(number);
    return this;
  }

  Columns times(int count) {
    text.append("   \u00d7").append(count);
    return this;
  }

  Columns frame(StackTraceElement frame) {
    Frames.append(text, frame);
    return this;
  }

  /** Text from outside: on one line, of sane length, unable to steer a terminal. */
  Columns plain(String foreign) {
    int end = Math.min(foreign.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = foreign.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < foreign.length()
          && Character.isLowSurrogate(foreign.charAt(i + 1))) {
        text.append(c).append(foreign.charAt(++i));
      } else if (isHarmless(c)) {
        text.append(c);
      } else if (c == '\n') {
        text.append("\\n");
      } else if (c == '\t') {
        text.append(' ');
      } else {
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          text.append(HEX.charAt(c >> shift & 0xf));
        }
      }
    }
    if (end < foreign.length()) {
      text.append("...");
    }
    return this;
  }

  private static boolean isHarmless(char c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return !Character.isISOControl(c)
        && !Character.isSurrogate(c)
        && Character.getType(c) != Character.FORMAT
        && c != 0x2028
        && c != 0x2029;
  }

  /** A value of the line: without blanks and in ASCII; {@code -} if there is none. */
  Columns token(String foreign) {
    if (foreign.isEmpty()) {
      text.append('-');
      return this;
    }
    byte[] bytes = foreign.getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      if (b > ' ' && b < 0x7f && b != '%') {
        text.append((char) b);
      } else {
        text.append('%').append(HEX.charAt(b >> 4 & 0xf)).append(HEX.charAt(b & 0xf));
      }
    }
    return this;
  }

  /** Seconds with one digit after the point, rounded. */
  Columns tenths(Duration duration) {
    long tenths = Math.addExact(duration.toMillis(), 50) / 100;
    text.append(tenths / 10).append('.').append(tenths % 10);
    return this;
  }

  /** Seconds with as many digits after the point as they need, three at most. */
  Columns seconds(Duration duration) {
    long millis = duration.toMillis();
    text.append(millis / 1000);
    long rest = millis % 1000;
    if (rest != 0) {
      text.append('.').append(rest / 100);
      if (rest % 100 != 0) {
        text.append(rest / 10 % 10);
        if (rest % 10 != 0) {
          text.append(rest % 10);
        }
      }
    }
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
