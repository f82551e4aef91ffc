// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A client whose close hangs, on purpose: it waits for the other side to say good-bye, without a
 * timeout, and the other side never does.
 */
final class Ledger implements AutoCloseable {
  private final ServerSocket otherSide;
  private final Socket socket;

  Ledger() throws IOException {
    otherSide = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    socket = new Socket(otherSide.getInetAddress(), otherSide.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    awaitGoodbye();
    socket.close();
    otherSide.close();
  }

  private void awaitGoodbye() throws IOException {
    int answer = socket.getInputStream().read();
    if (answer >= 0) {
      throw new IOException("expected the end of the stream, got " + answer);
    }
  }
}
