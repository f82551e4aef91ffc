// SPDX-License-Identifier: Apache-2.0
package dev.curfew.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a/b", "/", "a\nb", "a\u0000b"})
  void aNameThatIsEmptyOrPartsPathsIsRejectedWithWhatToDo(String name) {
    assertThatThrownBy(() -> Service.named(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name was '")
        .hasMessageMatching("(?s).*(expected|choose).*");
  }

  @Test
  void noNameIsRejected() {
    assertThatThrownBy(() -> Service.named(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("name was null, expected");
  }

  @Test
  void nullsAreRejectedOneByOne() {
    ServiceOptions options = Service.named("crawler");
    assertThatThrownBy(() -> options.version(null)).hasMessageContaining("version was null");
    assertThatThrownBy(() -> options.curfew((Curfew) null)).hasMessageContaining("curfew was null");
    assertThatThrownBy(() -> options.curfew((Duration) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> options.exitCodes(null)).hasMessageContaining("exitCodes was null");
    assertThatThrownBy(() -> options.reportFile(null)).hasMessageContaining("reportFile was null");
    assertThatThrownBy(() -> options.onReport(null)).hasMessageContaining("onReport");
    assertThatThrownBy(() -> options.main(null)).hasMessageContaining("set-up was null");
    assertThatThrownBy(() -> options.run(null)).hasMessageContaining("set-up was null");
    assertThatThrownBy(() -> options.start(null)).hasMessageContaining("set-up was null");
  }

  @Test
  void anEmptyVersionIsRejected() {
    assertThatThrownBy(() -> Service.named("crawler").version(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leave it out");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -25_000})
  void aCurfewOfZeroOrLessIsRejected(long millis) {
    assertThatThrownBy(() -> Service.named("crawler").curfew(Duration.ofMillis(millis)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give a positive duration");
  }

  @Test
  void eachMethodReturnsNewOptions() {
    Options first = Options.named("crawler");
    Options changed =
        (Options)
            first
                .version("1.2")
                .curfew(Duration.ofSeconds(10))
                .exitCodes(ExitCodes.CONVENTIONAL)
                .reportFile(Path.of("report.json"))
                .onReport(report -> {});

    assertThat(first).isEqualTo(Options.named("crawler"));
    assertThat(changed.name()).isEqualTo("crawler");
    assertThat(changed.version()).isEqualTo("1.2");
    assertThat(changed.curfew()).isEqualTo(Curfew.of(Duration.ofSeconds(10)));
    assertThat(changed.exitCodes()).isEqualTo(ExitCodes.CONVENTIONAL);
    assertThat(changed.reportFile()).isEqualTo(Path.of("report.json"));
    assertThat(changed.listener()).isNotNull();
  }
}
