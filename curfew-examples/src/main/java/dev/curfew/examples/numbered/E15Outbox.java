// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.numbered;

import dev.curfew.service.Service;
import dev.curfew.worker.Worker;
import dev.curfew.worker.queue.NewJob;
import dev.curfew.worker.sql.SqlJobQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/*
 * Prints:
 *   order 1 is stored, and its mail is put
 *   order 2 is rolled back: the card was refused
 *   in the file: 1 order, 1 job
 *   mail for order 1
 *   CURFEW shutdown service=shop outcome=CLEAN reason=requestStop … exit=0 pending=0 lost=0 close_failed=0
 * Exit code: 0
 */

/**
 * The outbox: a row of yours and a job in one transaction. Both are there, or neither is; a process
 * that dies between storing an order and sending its mail forgets no mail.
 */
final class E15Outbox {
  private E15Outbox() {}

  public static void main(String... args) {
    Service.named("shop").main(E15Outbox::start);
  }

  private static void start(Service service) throws Exception {
    Path file = service.own("file", Files.createTempFile("shop-", ".db"), Files::delete);
    SqlJobQueue mails = service.own("mails", SqlJobQueue.sqlite(file));
    try (Connection shop = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      execute(shop, "CREATE TABLE orders (number INTEGER PRIMARY KEY)");
      shop.setAutoCommit(false);
      order(shop, mails, 1, true);
      order(shop, mails, 2, false);
      long orders = count(shop);
      System.out.println("in the file: " + orders + " order, " + mails.stats().due() + " job");
    }
    service.background(
        "mailer",
        Worker.of(mails)
            .handle(job -> {
              System.out.println(job.text());
              service.requestStop("all mails are out");
            }));
  }

  private static void order(Connection shop, SqlJobQueue mails, int number, boolean paid)
      throws SQLException {
    execute(shop, "INSERT INTO orders VALUES (" + number + ")");
    mails.put(shop, NewJob.of("mail for order " + number)); // in the same transaction
    if (paid) {
      shop.commit();
      System.out.println("order " + number + " is stored, and its mail is put");
    } else {
      shop.rollback();
      System.out.println("order " + number + " is rolled back: the card was refused");
    }
  }

  private static void execute(Connection shop, String sql) throws SQLException {
    try (Statement statement = shop.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long count(Connection shop) throws SQLException {
    try (Statement statement = shop.createStatement();
        var row = statement.executeQuery("SELECT count(*) FROM orders")) {
      return row.getLong(1);
    }
  }
}
