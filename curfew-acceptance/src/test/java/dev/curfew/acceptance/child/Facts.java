// SPDX-License-Identifier: Apache-2.0
package dev.curfew.acceptance.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** Programs on the plain JDK, without Curfew: what a JVM does when it ends. */
public final class Facts {

  private Facts() {}

  /** A hook that does all its work. */
  public static final class CleanHook {
    public static void main(String[] arguments) throws InterruptedException {
      onExit(() -> Say.line("hook done"));
      Say.line("ready");
      Say.waitForEver();
    }
  }

  /** A handler that lets another thread exit with 0, with a hook that does its work. */
  public static final class HandlerExits {
    public static void main(String[] arguments) throws Exception {
      CountDownLatch asked = new CountDownLatch(1);
      onExit(() -> Say.line("hook done"));
      Say.handle("TERM", asked::countDown);
      Say.line("ready");
      asked.await();
      System.exit(0);
    }
  }

  /** A hook that calls {@code System.exit}; a watcher says what it waits for, then halts. */
  public static final class ExitInHook {
    public static void main(String[] arguments) {
      Thread main = Thread.currentThread();
      Thread hook =
          new Thread(() -> {
            System.exit(3);
            Say.line("exit returned");
          });
      Runtime.getRuntime().addShutdownHook(hook);
      daemon(() -> {
        boolean blocked =
            Say.awaits(() ->
                hook.getState() == Thread.State.BLOCKED
                    && Say.isIn(hook, "java.lang.Shutdown", "exit"));
        boolean joins = Say.isIn(main, "java.lang.Thread", "join");
        Say.line("hook blocked in exit=" + blocked + " exit waits for the hook=" + joins);
        Runtime.getRuntime().halt(42);
      });
      System.exit(0);
    }
  }

  /** A hook that halts. */
  public static final class HaltInHook {
    public static void main(String[] arguments) throws InterruptedException {
      onExit(() -> Runtime.getRuntime().halt(7));
      Say.line("ready");
      Say.waitForEver();
    }
  }

  /**
   * A hook that logs once the log manager's own hook has run, which runs beside it.
   *
   * <p>Which of the two is first is chance; so the hook waits until the handlers are gone.
   */
  public static final class LogInHook {
    public static void main(String[] arguments) throws InterruptedException {
      Logger logger = Logger.getLogger("child");
      System.Logger platform = System.getLogger("child.platform");
      logger.info("logged while running");
      platform.log(System.Logger.Level.INFO, "logged by the platform while running");
      onExit(() -> {
        Logger root = LogManager.getLogManager().getLogger("");
        Say.line("handlers gone=" + Say.awaits(() -> root.getHandlers().length == 0));
        logger.severe("logged in the hook");
        platform.log(System.Logger.Level.ERROR, "logged by the platform in the hook");
        System.err.println("written in the hook");
      });
      Say.line("ready");
      Say.waitForEver();
    }
  }

  /** Tries to handle SIGTERM, and registers a hook. */
  public static final class TriesToHandle {
    public static void main(String[] arguments) throws Exception {
      try {
        Say.handle("TERM", () -> {});
        Say.line("handled");
      } catch (InvocationTargetException refused) {
        Say.line("refused: " + refused.getCause());
      }
      onExit(() -> Say.line("hook done"));
      Say.line("ready");
      Say.waitForEver();
    }
  }

  /** Answers each line of standard input, as whatever process it is. */
  public static final class Answers {
    public static void main(String[] arguments) throws IOException {
      onExit(() -> Say.line("hook done"));
      Say.line("ready pid=" + ProcessHandle.current().pid());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        Say.line("heard " + line);
      }
    }
  }

  /** Returns from {@code main} while a virtual thread and a common-pool task are at work. */
  public static final class MainReturns {
    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch started = new CountDownLatch(2);
      Runnable work =
          () -> {
            try {
              started.countDown();
              Say.waitForEver();
            } catch (InterruptedException interrupted) {
              Say.line("interrupted");
            } finally {
              Say.line("finally");
            }
          };
      Thread.ofVirtual().start(work);
      var unused = CompletableFuture.runAsync(work);
      started.await();
      Say.line("both at work");
    }
  }

  /** A thread that dies of an exception. */
  public static final class UncaughtElsewhere {
    public static void main(String[] arguments) throws InterruptedException {
      Thread thread =
          Thread.ofPlatform()
              .start(() -> {
                throw new IllegalStateException("nobody catches this");
              });
      thread.join();
    }
  }

  /** Closes a client whose request gets no answer until the test says so. */
  public static final class ClosesHttpClient {
    public static void main(String[] arguments) throws Exception {
      try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort())).build();
        var pending = client.sendAsync(request, BodyHandlers.discarding());
        try (Socket accepted = server.accept()) {
          byte[] answer = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
          closesOnlyWhenReleased(
              client, HttpClient.class, () -> accepted.getOutputStream().write(answer));
        }
        Say.line("answered=" + pending.join().statusCode());
      }
    }
  }

  /** Closes an executor whose task runs until the test says so. */
  public static final class ClosesExecutor {
    public static void main(String[] arguments) throws Exception {
      CountDownLatch release = new CountDownLatch(1);
      ExecutorService executor = Executors.newSingleThreadExecutor();
      var unused =
          executor.submit(() -> {
            release.await();
            return "done";
          });
      closesOnlyWhenReleased(executor, ExecutorService.class, release::countDown);
    }
  }

  /** Looks for a scoped value in threads of its own scope. */
  public static final class ScopedValueInThread {
    public static void main(String[] arguments) throws Exception {
      // By name: final API since JDK 25 only, and these sources are for release 21.
      Class<?> type = Class.forName("java.lang.ScopedValue");
      Object user = type.getMethod("newInstance").invoke(null);
      Object bound = type.getMethod("where", type, Object.class).invoke(null, user, "ada");
      Runnable look =
          () -> {
            try {
              Say.line("here=" + type.getMethod("isBound").invoke(user));
              Thread virtual =
                  Thread.ofVirtual()
                      .start(() -> {
                        try {
                          Say.line("virtual=" + type.getMethod("isBound").invoke(user));
                        } catch (ReflectiveOperationException failure) {
                          throw new LinkageError("ScopedValue.isBound", failure);
                        }
                      });
              virtual.join();
            } catch (ReflectiveOperationException | InterruptedException failure) {
              throw new LinkageError("ScopedValue.isBound", failure);
            }
          };
      Class.forName("java.lang.ScopedValue$Carrier")
          .getMethod("run", Runnable.class)
          .invoke(bound, look);
    }
  }

  /** Says what had handled SIGINT before, and whether its own handler ever runs. */
  public static final class HandlesInt {
    public static void main(String[] arguments) throws Exception {
      Say.line("before=" + Say.handle("INT", () -> Say.line("handler ran")));
      Say.handle("USR2", () -> Say.line("usr2 ran"));
      Say.line("ready");
      Say.waitForEver();
    }
  }

  /** Exits with 5 while another thread tries 6, then halts with 9. */
  public static final class ExitsTwice {
    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch inHook = new CountDownLatch(1);
      onExit(() -> {
        inHook.countDown();
        Say.waitForEver();
      });
      Thread first = daemon(() -> System.exit(5));
      inHook.await();
      Thread second = daemon(() -> System.exit(6));
      Say.line(
          "second blocked="
              + Say.awaits(() -> second.getState() == Thread.State.BLOCKED)
              + " first alive="
              + first.isAlive());
      Runtime.getRuntime().halt(9);
    }
  }

  /** What a program does that may fail, in a thread that nobody waits for. */
  private interface Step {
    void run() throws Exception;
  }

  private static void onExit(Step step) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> runs(step)));
  }

  private static Thread daemon(Step step) {
    return Thread.ofPlatform().daemon().start(() -> runs(step));
  }

  private static void runs(Step step) {
    try {
      step.run();
    } catch (Exception failure) {
      throw new IllegalStateException("a step of the child failed", failure);
    }
  }

  /** Closes in another thread; says whether that thread is in close before and after release. */
  private static void closesOnlyWhenReleased(AutoCloseable closeable, Class<?> type, Step release)
      throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    Thread closer =
        daemon(() -> {
          closeable.close();
          closed.countDown();
        });
    boolean waits =
        Say.awaits(() -> Say.isIn(closer, type.getName(), "close") && isWaiting(closer));
    boolean early = closed.await(2, TimeUnit.SECONDS);
    Say.line("in close=" + waits + " closed before release=" + early);
    release.run();
    Say.line("closed after release=" + closed.await(10, TimeUnit.SECONDS));
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING
        || thread.getState() == Thread.State.WAITING;
  }
}
