// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import com.sun.net.httpserver.HttpExchange;
import dev.curfew.http.HttpIntake;
import dev.curfew.service.Service;
import dev.curfew.task.TaskGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/*
 * Prints:
 *   wave 1: 1 page
 *   wave 2: 2 pages
 *   wave 3: 4 pages
 *   7 pages: [/, /1, /1/1, /1/2, /2, /2/1, /2/2]
 *   CURFEW shutdown service=crawler outcome=CLEAN … exit=0 pending=0 lost=0 close_failed=0
 *   …
 * Exit code: 0
 */

/**
 * A crawler: each wave of links is fetched with at most four calls at once, and cancelled as one.
 * The site that it crawls is an intake of the same service.
 */
final class E13Crawler {
  private final HttpClient http;
  private final String site;

  private E13Crawler(HttpClient http, String site) {
    this.http = http;
    this.site = site;
  }

  public static void main(String... args) {
    Service.named("crawler")
        .main(service -> {
          HttpClient http = service.own("http", HttpClient.newHttpClient());
          HttpIntake site =
              service.intake(
                  "site",
                  HttpIntake.listen(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                      E13Crawler::page));
          service.fork(
              "crawl",
              () -> {
                new E13Crawler(http, "http://127.0.0.1:" + site.port()).crawl();
                service.requestStop("all pages are known");
              });
        });
  }

  private void crawl() throws Exception {
    Set<String> seen = new TreeSet<>();
    List<String> wave = List.of("/");
    for (int number = 1; !wave.isEmpty(); number++) {
      System.out.println(
          "wave " + number + ": " + wave.size() + (wave.size() == 1 ? " page" : " pages"));
      seen.addAll(wave);
      Set<String> links = new LinkedHashSet<>();
      for (List<String> found :
          TaskGroup.named("wave").bounded(4).map(wave, this::linksOf)) { // in the order of the wave
        links.addAll(found);
      }
      links.removeAll(seen);
      wave = List.copyOf(links);
    }
    System.out.println(seen.size() + " pages: " + seen);
  }

  private List<String> linksOf(String page) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(site + page)).build();
    return http.send(request, BodyHandlers.ofString()).body().lines().toList();
  }

  /** A page links to two others, down to the third wave. */
  private static void page(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String parent = path.equals("/") ? "" : path;
    String links = path.length() > 2 ? "" : parent + "/1\n" + parent + "/2\n";
    byte[] body = links.getBytes(StandardCharsets.US_ASCII);
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      if (body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }
}
