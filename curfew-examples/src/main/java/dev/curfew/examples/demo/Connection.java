// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One kept-alive HTTP connection of a client that checks nothing: it sends its next request without
 * asking whether the other side is still there, and never sends one twice. Used by one thread.
 */
final class Connection implements AutoCloseable {
  /**
   * An answer.
   *
   * @param last whether the server asks for the connection to be closed
   */
  record Answer(int status, boolean last) {}

  private static final int LONGEST_HEAD = 8192;

  private final SocketChannel channel;
  private final ByteBuffer in = ByteBuffer.allocate(LONGEST_HEAD).limit(0);

  private Connection(SocketChannel channel) {
    this.channel = channel;
  }

  static Connection open(InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return new Connection(channel);
  }

  /**
   * Whether the server has already closed the connection. The client sends all the same: this only
   * tells a request lost in flight from one that was lost on a kept-alive connection.
   */
  boolean isClosedByServer() {
    try {
      channel.configureBlocking(false);
      try {
        return channel.read(ByteBuffer.allocate(1)) < 0;
      } finally {
        channel.configureBlocking(true);
      }
    } catch (IOException e) {
      return true; // Reset by the server, which is a close without manners.
    }
  }

  /**
   * Sends a request without a body and waits for its answer.
   *
   * @throws IOException if the connection ends first: the request is lost
   */
  Answer exchange(String method, String path) throws IOException {
    String length = method.equals("POST") ? "Content-Length: 0\r\n" : "";
    String request = method + " " + path + " HTTP/1.1\r\nHost: demo\r\n" + length + "\r\n";
    ByteBuffer out = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
    while (out.hasRemaining()) {
      channel.write(out);
    }
    return readAnswer();
  }

  private Answer readAnswer() throws IOException {
    String[] head = readHead().split("\r\n", -1);
    int status = Integer.parseInt(head[0].split(" ", 3)[1]);
    int body = 0;
    boolean last = false;
    for (String line : head) {
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        body = Integer.parseInt(header.substring("content-length:".length()).strip());
      } else if (header.startsWith("connection:")) {
        last = header.contains("close");
      }
    }
    for (int i = 0; i < body; i++) {
      readByte();
    }
    return new Answer(status, last);
  }

  private String readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (!endsWithBlankLine(head)) {
      if (head.length() == LONGEST_HEAD) {
        throw new IOException("expected the head of an answer, got " + head);
      }
      head.append((char) readByte());
    }
    return head.toString();
  }

  private static boolean endsWithBlankLine(StringBuilder head) {
    int length = head.length();
    return length >= 4 && head.substring(length - 4).equals("\r\n\r\n");
  }

  private byte readByte() throws IOException {
    if (!in.hasRemaining()) {
      in.clear();
      int read = channel.read(in);
      in.flip();
      if (read < 0) {
        throw new EOFException("the server closed the connection before it answered");
      }
    }
    return in.get();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
