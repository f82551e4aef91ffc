// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import dev.curfew.time.Host;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends to systemd's socket, a datagram socket of the family AF_UNIX, which Java does not have: by
 * the C library's own functions, through {@code java.lang.foreign}, by reflection because the
 * classes are compiled for a Java in which that was a preview.
 *
 * <p>Used only where the module may call native code already: asking here would make the JVM print
 * a warning. A path may be an abstract one, which begins with {@code @}.
 */
final class NotifySocket implements Systemd.Way {
  /** From there on {@code java.lang.foreign} is no preview. */
  private static final int FIRST_VERSION = 22;

  // Linux's; it is the only system with a systemd.
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
  private static final int SUN_PATH = 108;

  /** A socket that is full now and still after so many looks is nobody's who reads. */
  private static final int TRIES = 10;

  private static final long PAUSE_NANOS = 20_000_000L;

  private final String path;
  private final MethodHandle socket;
  private final MethodHandle sendto;
  private final MethodHandle close;

  private NotifySocket(String path) throws ReflectiveOperationException {
    this.path = path;
    this.socket = function("socket", "JAVA_INT", "JAVA_INT", "JAVA_INT", "JAVA_INT");
    this.sendto =
        function(
            "sendto",
            "JAVA_LONG",
            "JAVA_INT",
            "ADDRESS",
            "JAVA_LONG",
            "JAVA_INT",
            "ADDRESS",
            "JAVA_INT");
    this.close = function("close", "JAVA_INT", "JAVA_INT");
  }

  /** Why this can't be used; null if it can. */
  static @Nullable String refusal(String path) {
    if (!path.startsWith("/") && !path.startsWith("@")) {
      return "NOTIFY_SOCKET=" + path + " is neither a path nor an abstract name";
    }
    if (path.getBytes(StandardCharsets.UTF_8).length >= SUN_PATH) {
      return "NOTIFY_SOCKET is longer than the " + (SUN_PATH - 1) + " bytes of a socket's name";
    }
    if (Runtime.version().feature() < FIRST_VERSION) {
      return "a JVM before " + FIRST_VERSION + " can't send to NOTIFY_SOCKET by itself";
    }
    if (!mayCallNative()) {
      return "native access is not enabled for " + moduleToEnable();
    }
    return null;
  }

  static NotifySocket to(String path) throws Systemd.NoWayException {
    try {
      return new NotifySocket(path);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new Systemd.NoWayException("calling the C library failed: " + e);
    }
  }

  /** What {@code --enable-native-access} has to name. */
  static String moduleToEnable() {
    Module module = NotifySocket.class.getModule();
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }

  private static boolean mayCallNative() {
    try {
      Object may =
          Module.class.getMethod("isNativeAccessEnabled").invoke(NotifySocket.class.getModule());
      return Boolean.TRUE.equals(may);
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  @Override
  @SuppressWarnings("CatchThrowable")
  public void send(String message) throws IOException {
    try {
      sendTo(address(), message.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      // A method handle throws whatever it likes; whoever waits wants to hear that it failed.
      throw new IOException("sending to NOTIFY_SOCKET failed", t);
    }
  }

  private void sendTo(byte[] address, byte[] message) throws Throwable {
    int fd = (int) socket.invokeWithArguments(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) {
      throw new IOException("no socket could be made for NOTIFY_SOCKET");
    }
    try {
      Object to = memory(address);
      Object what = memory(message);
      long sent = -1;
      for (int tries = 0; sent < 0 && tries < TRIES; tries++) {
        if (tries > 0) {
          Host.current().parkNanos(this, PAUSE_NANOS);
        }
        sent =
            (long)
                sendto.invokeWithArguments(
                    fd, what, (long) message.length, MSG_DONTWAIT_NOSIGNAL, to, address.length);
      }
      if (sent < 0) {
        throw new IOException("nobody takes what is sent to NOTIFY_SOCKET=" + path);
      }
    } finally {
      Object unused = close.invokeWithArguments(fd);
    }
  }

  /** A sockaddr_un: a path ends with a zero, an abstract name begins with one. */
  private byte[] address() {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    boolean isAbstract = name[0] == '@';
    ByteBuffer address =
        ByteBuffer.allocate(2 + name.length + (isAbstract ? 0 : 1)).order(ByteOrder.nativeOrder());
    address.putShort((short) AF_UNIX).put(name);
    if (isAbstract) {
      address.put(2, (byte) 0);
    }
    return address.array();
  }

  // java.lang.foreign, without its names.

  private static MethodHandle function(String name, String result, String... parameters)
      throws ReflectiveOperationException {
    Class<?> linkers = foreign("Linker");
    Class<?> layouts = foreign("MemoryLayout");
    Class<?> descriptors = foreign("FunctionDescriptor");
    Class<?> options = foreign("Linker$Option");
    Object arguments = Array.newInstance(layouts, parameters.length);
    for (int i = 0; i < parameters.length; i++) {
      Array.set(arguments, i, layout(parameters[i]));
    }
    Object descriptor =
        call(
            descriptors.getMethod("of", layouts, arguments.getClass()),
            null,
            layout(result),
            arguments);
    Object linker = call(linkers.getMethod("nativeLinker"), null);
    Object library = call(linkers.getMethod("defaultLookup"), linker);
    Optional<?> symbol =
        (Optional<?>) call(foreign("SymbolLookup").getMethod("find", String.class), library, name);
    Object none = Array.newInstance(options, 0);
    return (MethodHandle)
        call(
            linkers.getMethod(
                "downcallHandle", foreign("MemorySegment"), descriptors, none.getClass()),
            linker,
            symbol.orElseThrow(),
            descriptor,
            none);
  }

  private static Object layout(String name) throws ReflectiveOperationException {
    return foreign("ValueLayout").getField(name).get(null);
  }

  private static Class<?> foreign(String name) throws ClassNotFoundException {
    return Class.forName("java.lang.foreign." + name);
  }

  private static Object call(Method method, @Nullable Object on, Object... with)
      throws ReflectiveOperationException {
    try {
      return method.invoke(on, with);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw e;
    }
  }

  /** These bytes outside the heap; freed when nobody holds them. */
  private static Object memory(byte[] bytes) throws ReflectiveOperationException {
    Class<?> arenas = foreign("Arena");
    Object arena = call(arenas.getMethod("ofAuto"), null);
    Object segment =
        call(arenas.getMethod("allocate", long.class, long.class), arena, (long) bytes.length, 1L);
    Object buffer = call(foreign("MemorySegment").getMethod("asByteBuffer"), segment);
    ByteBuffer unused = ((ByteBuffer) buffer).put(bytes);
    return segment;
  }
}
