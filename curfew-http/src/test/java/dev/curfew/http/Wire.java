// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection of a client that checks nothing: it writes, then reads. */
final class Wire implements Closeable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  Wire(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** What came back. */
  record Reply(int status, boolean lastOnItsConnection, String body) {}

  Reply get(String path) throws IOException {
    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return receive();
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  Reply receive() throws IOException {
    String line = line();
    int status = Integer.parseInt(line, 9, 12, 10);
    int length = 0;
    boolean chunked = false;
    boolean last = false;
    for (line = line(); !line.isEmpty(); line = line()) {
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).strip());
      }
      chunked |= header.startsWith("transfer-encoding:") && header.endsWith("chunked");
      last |= header.startsWith("connection:") && header.endsWith("close");
    }
    StringBuilder body = new StringBuilder();
    if (chunked) {
      for (int left = size(); left > 0; left = size()) {
        body.append(bytes(left));
        line();
      }
      line();
    } else {
      body.append(bytes(length));
    }
    return new Reply(status, last, body.toString());
  }

  /** Reads the head of an answer that comes in chunks. */
  Reply receiveHead() throws IOException {
    int status = Integer.parseInt(line(), 9, 12, 10);
    boolean last = false;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String header = line.toLowerCase(Locale.ROOT);
      last |= header.startsWith("connection:") && header.endsWith("close");
    }
    return new Reply(status, last, "");
  }

  /** Reads one chunk; empty if it was the last. */
  String receiveChunk() throws IOException {
    String chunk = bytes(size());
    line();
    return chunk;
  }

  /** Reads until the server closes; one character for each byte. */
  String receiveAll() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private int size() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String bytes(int count) throws IOException {
    byte[] read = in.readNBytes(count);
    if (read.length < count) {
      throw new EOFException("end after " + read.length + " of " + count + " bytes");
    }
    return new String(read, StandardCharsets.US_ASCII);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("end of connection in \"" + line + "\"");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  /** Waits for the server's end of the connection. */
  boolean isClosedByServer() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
