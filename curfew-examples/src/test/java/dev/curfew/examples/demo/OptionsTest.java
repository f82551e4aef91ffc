// SPDX-License-Identifier: Apache-2.0
package dev.curfew.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {
  @Test
  void readsEveryOption() throws UsageException {
    assertThat(DemoOptions.parse("--stuck", "--json", "--seconds", "2", "--rate", "9", "--keep"))
        .isEqualTo(new DemoOptions(DemoOptions.Mode.STUCK, null, true, 2, 9, 1, true));
    assertThat(StormOptions.parse("--rounds", "7", "--seed", "3"))
        .isEqualTo(new StormOptions(7, 3));
  }

  @Test
  void anUnknownOptionIsNamedWithWhatIsExpected() {
    assertThatThrownBy(() -> DemoOptions.parse("--fast"))
        .isInstanceOf(UsageException.class)
        .hasMessage("curfew demo: unknown option --fast; expected " + DemoOptions.EXPECTED);
  }

  @Test
  void aNumberOutOfRangeIsNamedWithItsRange() {
    assertThatThrownBy(() -> DemoOptions.parse("--seconds", "0"))
        .hasMessage("curfew demo: --seconds is 0; expected a whole number from 1 to 600");
    assertThatThrownBy(() -> DemoOptions.parse("--rate", "many"))
        .hasMessage("curfew demo: --rate is many; expected a whole number from 1 to 5000");
    assertThatThrownBy(() -> StormOptions.parse("--rounds"))
        .hasMessage("curfew storm: --rounds needs a whole number from 1 to 100000");
  }

  @Test
  void aDatabaseThatIsThereIsForPostgresOnly() throws UsageException {
    assertThat(DemoOptions.parse("--postgres", "--url", "jdbc:postgresql://db/x").url())
        .isEqualTo("jdbc:postgresql://db/x");
    assertThatThrownBy(() -> DemoOptions.parse("--url", "jdbc:postgresql://db/x"))
        .hasMessage("curfew demo: --url is for --postgres");
    assertThatThrownBy(() -> DemoOptions.parse("--postgres", "--url"))
        .hasMessage("curfew demo: --url needs a URL such as jdbc:postgresql://host/base");
  }

  @Test
  void twoModesAtOnceAreRefused() {
    assertThatThrownBy(() -> DemoOptions.parse("--plain", "--stuck"))
        .hasMessage("curfew demo: got --plain and --stuck; expected one of them");
  }
}
