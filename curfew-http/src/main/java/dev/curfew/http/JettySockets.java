// SPDX-License-Identifier: Apache-2.0
package dev.curfew.http;

import dev.curfew.task.TaskGroup;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.common.SessionTracker;
import org.eclipse.jetty.websocket.common.WebSocketSession;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;

/*
 * Jetty's close(1001) sends the frame and closes the connection at once, which resets it under a
 * client that is just sending. Only an ordinary status makes it wait for the client's own Close
 * frame. So the frame that is sent says 1001 to the client and 1000 to Jetty.
 *
 * Nobody tells of the end of a session whose listener is the application's: the drain looks.
 */
/** WebSockets of Jetty's own API, in the core or in a servlet context. */
final class JettySockets implements Sockets {
  private final Server server;
  private final ConcurrentHashMap<CoreSession, Farewell> asked = new ConcurrentHashMap<>();
  private final LongAdder ended = new LongAdder();
  private final LongAdder cut = new LongAdder();

  JettySockets(Server server) {
    this.server = server;
  }

  /** Says 1001 to the client. */
  private static final class GoingAway extends Frame implements CloseStatus.Supplier {
    private static final String WHY = "the service is stopping";

    GoingAway() {
      super(OpCode.CLOSE, true, CloseStatus.asPayloadBuffer(CloseStatus.SHUTDOWN, WHY));
    }

    @Override
    public CloseStatus getCloseStatus() {
      return new CloseStatus(CloseStatus.NORMAL, WHY);
    }
  }

  /** The end of one of them. */
  private final class Farewell {
    private final CoreSession session;
    private final AtomicBoolean counted = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);

    Farewell(CoreSession session) {
      this.session = session;
    }

    /** The task. */
    void await() throws InterruptedException {
      try {
        over.await();
      } catch (InterruptedException e) {
        cut();
        throw e;
      }
    }

    void look() {
      if (session.isClosed()) {
        count(ended);
      }
    }

    void cut() {
      if (count(cut)) {
        session.abort();
      }
    }

    private boolean count(LongAdder end) {
      if (!counted.compareAndSet(false, true)) {
        return false;
      }
      end.increment();
      over.countDown();
      return true;
    }

    boolean isOver() {
      return over.getCount() == 0;
    }
  }

  @Override
  public void ask(@Nullable TaskGroup group) {
    for (SessionTracker tracker : server.getContainedBeans(SessionTracker.class)) {
      tracker
          .getSessions()
          .forEach(session -> {
            if (session instanceof WebSocketSession known) {
              askOnce(known.getCoreSession(), group);
            }
          });
    }
    asked.values().forEach(Farewell::look);
  }

  private void askOnce(CoreSession session, @Nullable TaskGroup group) {
    if (asked.containsKey(session)) {
      return;
    }
    Farewell farewell = new Farewell(session);
    asked.put(session, farewell);
    session.sendFrame(new GoingAway(), Callback.NOOP, false);
    try {
      if (group != null) {
        group.fork("websocket", farewell::await);
      }
    } catch (RejectedExecutionException e) {
      // Cancelled or closing: nobody will wait for it.
      farewell.cut();
    }
  }

  @Override
  public int asked() {
    return (int) asked.values().stream().filter(farewell -> !farewell.isOver()).count();
  }

  @Override
  public void cut() {
    asked.values().forEach(Farewell::cut);
  }

  @Override
  public SocketCount count() {
    long gone = ended.sum() + cut.sum();
    long all = asked.size();
    Collection<SessionTracker> trackers = server.getContainedBeans(SessionTracker.class);
    long sessions = trackers.stream().mapToLong(tracker -> tracker.getSessions().size()).sum();
    long open = all == 0 ? sessions : all - gone;
    return new SocketCount(open, all, ended.sum(), cut.sum());
  }
}
