// SPDX-License-Identifier: Apache-2.0
package dev.curfew.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonWriterTest {
  private final StringBuilder out = new StringBuilder();
  private final JsonWriter json = new JsonWriter(out);

  @Test
  void writesObjectsArraysAndValuesWithoutBlanks() throws IOException {
    json.object().field("text", "a").field("none", null).field("number", -7).field("flag", true);
    json.name("list").array().value(1).value("b").value(false).array().end().object().end().end();
    json.end();

    assertThat(out)
        .hasToString(
            "{\"text\":\"a\",\"none\":null,\"number\":-7,\"flag\":true,"
                + "\"list\":[1,\"b\",false,[],{}]}");
    assertThat(json.isComplete()).isTrue();
  }

  @Test
  void escapesWhatQuotesControlsOrBreaksLines() throws IOException {
    json.value("\" \\ \n\r\t\b\0\u001b\u007f\u0085\u2028\u2029 \u00e9 \ud83d\ude00");

    assertThat(out)
        .hasToString(
            "\"\\\" \\\\ \\n\\r\\t\\u0008\\u0000\\u001b\\u007f\\u0085\\u2028\\u2029"
                + " \u00e9 \ud83d\ude00\"");
  }

  @Test
  void escapesSurrogatesWithoutAPartner() throws IOException {
    json.array().value("\ud83d").value("\ude00\ud83d").value("\ud83d\ud83d\ude00x").end();

    assertThat(out).hasToString("[\"\\ud83d\",\"\\ude00\\ud83d\",\"\\ud83d\ud83d\ude00x\"]");
  }

  @Test
  void everyCharacterComesBack() throws IOException {
    json.array();
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      json.value("a" + (char) c + "z");
    }
    json.end();

    List<?> read = (List<?>) StrictJson.parse(out.toString());
    assertThat(read).hasSize(Character.MAX_VALUE + 1);
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      assertThat(read.get(c)).isEqualTo("a" + (char) c + "z");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34})
  void whateverIsWrittenComesBack(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      StringBuilder written = new StringBuilder();
      Object value = anything(random, 5);
      JsonWriter writer = new JsonWriter(written);
      write(writer, value);

      assertThat(writer.isComplete()).isTrue();
      assertThat(StrictJson.parse(written.toString()))
          .as("seed %d: %s", seed, written)
          .isEqualTo(value);
    }
  }

  @Test
  void isAsDeepAsItIsAsked() throws IOException {
    int depth = 2000;
    for (int i = 0; i < depth; i++) {
      json.array();
    }
    for (int i = 0; i < depth; i++) {
      assertThat(json.isComplete()).isFalse();
      json.end();
    }

    assertThat(out).hasToString("[".repeat(depth) + "]".repeat(depth));
  }

  @Test
  void refusesWhatHasNoPlace() throws IOException {
    refuses("no open object or array", json::end);
    refuses("this is no object", () -> json.name("x"));
    json.object();
    refuses("needs its name() first", () -> json.value(1));
    refuses("needs its name() first", json::array);
    json.name("a");
    refuses("a value is due", () -> json.name("b"));
    refuses("value of the last name is missing", json::end);
    json.array();
    refuses("this is no object", () -> json.field("x", 1));
    json.end().end();
    refuses("the one value is complete", () -> json.value("more"));
    refuses("the one value is complete", json::object);

    assertThat(out).hasToString("{\"a\":[]}");
  }

  private static void refuses(String why, Call call) {
    assertThatIllegalStateException().isThrownBy(call::run).withMessageContaining(why);
  }

  private interface Call {
    void run() throws IOException;
  }

  private static Object anything(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextBoolean();
      case 2 -> null;
      case 3 -> text(random);
      case 4 -> {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          list.add(anything(random, depth - 1));
        }
        yield list;
      }
      default -> {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          map.put(text(random), anything(random, depth - 1));
        }
        yield map;
      }
    };
  }

  /** Half of it from where the trouble is: controls, quotes, separators, surrogates. */
  private static String text(Random random) {
    String trouble = "\"\\/\0\n\u001f\u007f\u2028\u2029\ud83d\ude00\ud800\udfff\uffff";
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(
          random.nextBoolean()
              ? trouble.charAt(random.nextInt(trouble.length()))
              : (char) random.nextInt(Character.MAX_VALUE + 1));
    }
    return text.toString();
  }

  private static void write(JsonWriter writer, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      writer.object();
      for (Map.Entry<?, ?> field : map.entrySet()) {
        writer.name((String) field.getKey());
        write(writer, field.getValue());
      }
      writer.end();
    } else if (value instanceof List<?> list) {
      writer.array();
      for (Object element : list) {
        write(writer, element);
      }
      writer.end();
    } else if (value instanceof Long number) {
      writer.value(number);
    } else if (value instanceof Boolean flag) {
      writer.value(flag);
    } else {
      writer.value((String) value);
    }
  }
}
