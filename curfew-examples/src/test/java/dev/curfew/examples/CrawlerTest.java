// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.crawler.Crawler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program of the page on workers keeps what it has taken over a stop. */
class CrawlerTest {
  private static final Pattern PORT = Pattern.compile("POST an address to (\\S+)");

  @TempDir Path folder;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private @Nullable Process crawler;
  private @Nullable HttpServer pages;

  @AfterEach
  void end() {
    if (crawler != null) {
      crawler.destroyForcibly();
    }
    answer.countDown();
    if (pages != null) {
      pages.stop(0);
    }
  }

  private String servePages() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(command -> Thread.ofVirtual().start(command));
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            if (exchange.getRequestURI().getPath().equals("/slow")) {
              asked.countDown();
              answer.await();
            }
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.UTF_8));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    pages = server;
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Process start(Path log) throws IOException {
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Crawler.class.getName(),
            "0");
    java.environment().remove("KUBERNETES_SERVICE_HOST"); // There it serves on for 5 s.
    Process started =
        java.directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    crawler = started;
    return started;
  }

  private static String await(Path log, Pattern what) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (end - System.nanoTime() > 0) {
      Matcher found = what.matcher(Files.readString(log));
      if (found.find()) {
        return found.groupCount() == 0 ? found.group() : found.group(1);
      }
      LockSupport.parkNanos(10_000_000);
    }
    throw new AssertionError("no " + what + " in " + Files.readString(log));
  }

  private static int post(String to, String address) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(to)).POST(BodyPublishers.ofString(address)).build();
      return http.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  private static int stop(Process process) throws InterruptedException {
    process.toHandle().destroy();
    assertThat(process.waitFor(28, TimeUnit.SECONDS)).as("it ended").isTrue();
    return process.exitValue();
  }

  @Test
  @Timeout(120)
  void whatAStopInterruptsIsFetchedByTheNextProcess() throws Exception {
    String site = servePages();
    Path first = folder.resolve("first.log");
    Process crawls = start(first);
    String api = await(first, PORT);
    assertThat(post(api, site + "/quick")).isEqualTo(202);
    assertThat(post(api, site + "/slow")).isEqualTo(202);
    String quick = await(first, Pattern.compile(Pattern.quote(site) + "/quick: 5 characters"));
    assertThat(quick).isNotEmpty();
    assertThat(asked.await(30, TimeUnit.SECONDS)).as("the slow one is asked for").isTrue();
    assertThat(stop(crawls)).isZero();
    assertThat(Files.readString(first)).contains("outcome=CLEAN").doesNotContain("/slow: 5");

    answer.countDown();
    Path second = folder.resolve("second.log");
    Process next = start(second);
    String slow = await(second, Pattern.compile(Pattern.quote(site) + "/slow: 5 characters"));
    assertThat(slow).isNotEmpty();
    assertThat(stop(next)).isZero();
  }
}
