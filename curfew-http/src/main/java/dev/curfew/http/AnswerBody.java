// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** The body of an answer: knows whether all of it was written, and what stopped it. */
final class AnswerBody extends OutputStream {
  private final OutputStream out;
  private long expected = -1;
  private long written;
  private boolean closed;
  private boolean complete;
  private @Nullable IOException broken;

  AnswerBody(OutputStream out) {
    this.out = out;
  }

  /**
   * How much must be written.
   *
   * @param bytes {@link Long#MAX_VALUE} for any number, -1 as long as no head was sent
   */
  void expect(long bytes) {
    expected = bytes;
  }

  long expected() {
    return expected;
  }

  boolean isClosed() {
    return closed;
  }

  boolean isComplete() {
    return complete;
  }

  @Nullable IOException broken() {
    return broken;
  }

  @Override
  public void write(int b) throws IOException {
    try {
      out.write(b);
      written++;
    } catch (IOException e) {
      throw remember(e, 1);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
      written += length;
    } catch (IOException e) {
      throw remember(e, length);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw remember(e, 0);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      out.close();
      complete = expected >= 0;
    } catch (IOException e) {
      boolean tooLittle = expected != Long.MAX_VALUE && written < expected;
      throw tooLittle ? e : remember(e, 0);
    }
  }

  /** A write before the head, after the end or beyond the length is the handler's mistake. */
  private IOException remember(IOException e, long more) {
    boolean mistake = expected < 0 || (closed && more > 0) || more > expected - written;
    if (!mistake && broken == null) {
      broken = e;
    }
    return e;
  }
}
