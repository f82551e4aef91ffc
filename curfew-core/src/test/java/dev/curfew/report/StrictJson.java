// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON as RFC 8259 has it and nothing beyond: objects to maps, whole numbers to longs. */
final class StrictJson {
  private final String text;
  private int at;

  private StrictJson(String text) {
    this.text = text;
  }

  static Object parse(String text) {
    StrictJson json = new StrictJson(text);
    Object value = json.value();
    json.blanks();
    if (json.at != text.length()) {
      throw json.wrong("the end");
    }
    return value;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> parseObject(String text) {
    return (Map<String, Object>) parse(text);
  }

  private Object value() {
    blanks();
    char c = peek();
    return switch (c) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, Object> object() {
    Map<String, Object> fields = new LinkedHashMap<>();
    expect('{');
    blanks();
    if (peek() == '}') {
      at++;
      return fields;
    }
    while (true) {
      blanks();
      String name = string();
      blanks();
      expect(':');
      if (fields.containsKey(name)) {
        throw wrong("a name other than " + name);
      }
      fields.put(name, value());
      blanks();
      if (peek() == '}') {
        at++;
        return fields;
      }
      expect(',');
    }
  }

  private List<Object> array() {
    List<Object> values = new ArrayList<>();
    expect('[');
    blanks();
    if (peek() == ']') {
      at++;
      return values;
    }
    while (true) {
      values.add(value());
      blanks();
      if (peek() == ']') {
        at++;
        return values;
      }
      expect(',');
    }
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c < ' ') {
        throw wrong("an escaped control character");
      }
      string.append(c == '\\' ? escaped() : c);
    }
    at++;
    return string.toString();
  }

  private char escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hexadecimal();
      default -> throw wrong("an escape that JSON knows");
    };
  }

  private char hexadecimal() {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = "0123456789abcdef".indexOf(Character.toLowerCase(peek()));
      if (digit < 0) {
        throw wrong("a hexadecimal digit");
      }
      code = code * 16 + digit;
      at++;
    }
    return (char) code;
  }

  private Long number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    int digits = at;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    if (at == digits || (text.charAt(digits) == '0' && at - digits > 1)) {
      throw wrong("a number without leading zeros");
    }
    return Long.valueOf(text.substring(start, at));
  }

  private Object word(String word, Object meaning) {
    if (!text.startsWith(word, at)) {
      throw wrong(word);
    }
    at += word.length();
    return meaning;
  }

  private void blanks() {
    while (at < text.length() && " \n\r\t".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw wrong("more");
    }
    return text.charAt(at);
  }

  private void expect(char c) {
    if (peek() != c) {
      throw wrong("a " + c);
    }
    at++;
  }

  private IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException("at " + at + ": expected " + expected + " in: " + text);
  }
}
