// SPDX-License-Identifier: Apache-2.0
package dev.curfew.worker;

import dev.curfew.time.Host;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * The header {@code Retry-After} (RFC 9110, section 10.2.3): seconds, or a date. A date is compared
 * with the date of the answer, where it has one: the two clocks need not agree.
 */
final class RetryAfterHeader {
  /** Nobody means more; what is longer is looked at again after this. */
  static final Duration LONGEST = Duration.ofDays(1);

  private RetryAfterHeader() {}

  /** Nothing if there is none, or it can't be understood. */
  static Optional<Duration> of(HttpHeaders headers) {
    return headers
        .firstValue("Retry-After")
        .map(String::strip)
        .flatMap(value ->
            value.chars().allMatch(c -> c >= '0' && c <= '9')
                ? seconds(value)
                : date(value, headers))
        .map(wait -> wait.isNegative() ? Duration.ZERO : wait)
        .map(wait -> wait.compareTo(LONGEST) > 0 ? LONGEST : wait);
  }

  private static Optional<Duration> seconds(String digits) {
    if (digits.isEmpty()) {
      return Optional.empty();
    }
    // A day has five digits.
    return Optional.of(digits.length() > 9 ? LONGEST : Duration.ofSeconds(Long.parseLong(digits)));
  }

  private static Optional<Duration> date(String value, HttpHeaders headers) {
    Instant now =
        headers
            .firstValue("Date")
            .flatMap(RetryAfterHeader::parse)
            .orElseGet(() -> Host.current().wallTime());
    return parse(value).map(then -> Duration.between(now, then));
  }

  private static Optional<Instant> parse(String date) {
    try {
      return Optional.of(
          ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
