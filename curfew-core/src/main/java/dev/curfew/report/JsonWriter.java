// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON value (RFC 8259) piece by piece, without blanks and line breaks, and holds
 * nothing but the depth it is at.
 *
 * <pre>{@code
 * new JsonWriter(out).object().field("name", "crawler").name("ids").array().value(1).end().end();
 * }</pre>
 *
 * <p>Strings are safe in any context: quotes, backslashes, control characters, U+2028, U+2029 and
 * surrogates without a partner are escaped, so whatever encodes the output loses none of them.
 *
 * <p>A call that JSON does not allow at this place throws {@link IllegalStateException} and writes
 * nothing. For one thread at a time.
 */
public final class JsonWriter {
  private static final String HEX = "0123456789abcdef";

  /** Nothing but one value can come, or it has come. */
  private static final byte TOP = 0;

  private static final byte OBJECT = 1;
  private static final byte ARRAY = 2;

  private final Appendable out;

  /** What each level is; the top is index 0. */
  private byte[] levels = new byte[16];

  private int depth;

  /** Whether this level already has a value, so that a comma must come before the next. */
  private boolean follows;

  /** Whether a name was written and its value is due. */
  private boolean named;

  /**
   * Writes to this target, which is neither flushed nor closed.
   *
   * @param out takes the text in pieces; wrap it in a buffer where each piece is costly
   */
  public JsonWriter(Appendable out) {
    this.out = Objects.requireNonNull(out, "out was null, expected where to write to");
  }

  /**
   * Begins an object.
   *
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter object() throws IOException {
    return begin(OBJECT, '{');
  }

  /**
   * Begins an array.
   *
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter array() throws IOException {
    return begin(ARRAY, '[');
  }

  /**
   * Ends the innermost object or array.
   *
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter end() throws IOException {
    if (depth == 0) {
      throw misplaced("end()", "there is no open object or array");
    }
    if (named) {
      throw misplaced("end()", "the value of the last name is missing");
    }
    out.append(levels[depth] == OBJECT ? '}' : ']');
    depth--;
    follows = true;
    return this;
  }

  /**
   * Writes the name of the next value. Names are not checked for repetition.
   *
   * @param name any string
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter name(String name) throws IOException {
    Objects.requireNonNull(name, "name was null, expected the name of a field");
    if (levels[depth] != OBJECT || named) {
      throw misplaced("name(\"" + name + "\")", named ? "a value is due" : "this is no object");
    }
    if (follows) {
      out.append(',');
    }
    quote(name);
    out.append(':');
    named = true;
    return this;
  }

  /**
   * Writes a string, or {@code null}.
   *
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter value(@Nullable String value) throws IOException {
    before("value(String)");
    if (value == null) {
      out.append("null");
    } else {
      quote(value);
    }
    return after();
  }

  /**
   * Writes a whole number.
   *
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter value(long value) throws IOException {
    before("value(long)");
    out.append(Long.toString(value));
    return after();
  }

  /**
   * Writes {@code true} or {@code false}.
   *
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter value(boolean value) throws IOException {
    before("value(boolean)");
    out.append(value ? "true" : "false");
    return after();
  }

  /**
   * Writes a name and a string, or {@code null}.
   *
   * @param name any string
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter field(String name, @Nullable String value) throws IOException {
    return name(name).value(value);
  }

  /**
   * Writes a name and a whole number.
   *
   * @param name any string
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter field(String name, long value) throws IOException {
    return name(name).value(value);
  }

  /**
   * Writes a name and {@code true} or {@code false}.
   *
   * @param name any string
   * @param value what to write
   * @return this
   * @throws IOException if the target does
   */
  public JsonWriter field(String name, boolean value) throws IOException {
    return name(name).value(value);
  }

  /** {@return whether exactly one value has been written and nothing is open} */
  public boolean isComplete() {
    return depth == 0 && follows;
  }

  private JsonWriter begin(byte level, char bracket) throws IOException {
    before(level == OBJECT ? "object()" : "array()");
    out.append(bracket);
    named = false;
    follows = false;
    depth++;
    if (depth == levels.length) {
      levels = Arrays.copyOf(levels, depth * 2);
    }
    levels[depth] = level;
    return this;
  }

  private void before(String call) throws IOException {
    if (levels[depth] == OBJECT && !named) {
      throw misplaced(call, "a field needs its name() first");
    }
    if (levels[depth] == TOP && follows) {
      throw misplaced(call, "the one value is complete");
    }
    if (follows && !named) {
      out.append(',');
    }
  }

  private JsonWriter after() {
    named = false;
    follows = true;
    return this;
  }

  private void quote(String text) throws IOException {
    out.append('"');
    int written = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (isEscaped(c)) {
        out.append(text, written, i);
        escape(c);
        written = i + 1;
      }
    }
    out.append(text, written, text.length()).append('"');
  }

  private static boolean isEscaped(char c) {
    return c < ' '
        || c == '"'
        || c == '\\'
        || (c >= 0x7f && c <= 0x9f)
        || c == 0x2028
        || c == 0x2029
        || Character.isSurrogate(c);
  }

  private void escape(char c) throws IOException {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default ->
          out.append("\\u")
              .append(HEX.charAt(c >> 12))
              .append(HEX.charAt(c >> 8 & 0xf))
              .append(HEX.charAt(c >> 4 & 0xf))
              .append(HEX.charAt(c & 0xf));
    }
  }

  private static IllegalStateException misplaced(String call, String why) {
    return new IllegalStateException("JsonWriter: " + call + " has no place here: " + why);
  }
}
