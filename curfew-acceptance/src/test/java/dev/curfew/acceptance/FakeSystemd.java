// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The receiving end of a {@code NOTIFY_SOCKET}: a real datagram socket of the family AF_UNIX, made
 * by the C library, because Java has none. One test thread uses it.
 *
 * <p>A name that begins with {@code @} is an abstract one, as systemd's own may be.
 */
final class FakeSystemd implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int LONGEST = 8192;

  private static final MethodHandle SOCKET =
      function(
          "socket",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));
  private static final MethodHandle BIND =
      function(
          "bind",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));
  private static final MethodHandle RECV =
      function(
          "recv",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final String name;
  private final int socket;
  private final List<String> messages = new ArrayList<>();

  private FakeSystemd(String name, int socket) {
    this.name = name;
    this.socket = socket;
  }

  /** Listens on this path or abstract name. */
  static FakeSystemd at(String name) throws IOException {
    int socket = (int) call(SOCKET, AF_UNIX, SOCK_DGRAM, 0);
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      boolean isAbstract = bytes[0] == '@';
      int length = 2 + bytes.length + (isAbstract ? 0 : 1);
      MemorySegment address = arena.allocate(length);
      ByteBuffer buffer = address.asByteBuffer().order(ByteOrder.nativeOrder());
      buffer.putShort((short) AF_UNIX).put(bytes);
      if (isAbstract) {
        buffer.put(2, (byte) 0);
      }
      if ((int) call(BIND, socket, address, length) != 0) {
        throw new IOException("could not bind " + name);
      }
    }
    return new FakeSystemd(name, socket);
  }

  /** What {@code NOTIFY_SOCKET} is to be. */
  String name() {
    return name;
  }

  /** Everything that has come up to now, in its order. */
  List<String> messages() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LONGEST);
      for (long length = receive(buffer); length >= 0; length = receive(buffer)) {
        byte[] bytes = new byte[(int) length];
        buffer.asByteBuffer().get(bytes);
        messages.add(new String(bytes, StandardCharsets.UTF_8));
      }
    }
    return List.copyOf(messages);
  }

  private long receive(MemorySegment buffer) {
    return (long) call(RECV, socket, buffer, buffer.byteSize(), MSG_DONTWAIT);
  }

  /** Waits until a message contains the text, and returns it. */
  String await(String text) throws InterruptedException {
    long deadline = System.nanoTime() + ChildJvm.START.toNanos();
    while (System.nanoTime() - deadline < 0) {
      for (String message : messages()) {
        if (message.contains(text)) {
          return message;
        }
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    throw new AssertionError(
        "waited for a message with \"%s\" (at most %s), got %s"
            .formatted(text, ChildJvm.START, messages()));
  }

  /** How much time each message has asked for. */
  List<Duration> extensions() {
    return messages().stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("EXTEND_TIMEOUT_USEC="))
        .map(line -> Duration.ofNanos(Long.parseLong(line.substring(20)) * 1000))
        .toList();
  }

  @Override
  public void close() {
    call(CLOSE, socket);
  }

  @SuppressWarnings("restricted") // the test's own JVM is started with native access
  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
  }

  @SuppressWarnings("CatchThrowable")
  private static Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable t) {
      // A method handle throws whatever it likes; in a test all of it is a failure.
      throw new AssertionError("calling the C library failed", t);
    }
  }
}
