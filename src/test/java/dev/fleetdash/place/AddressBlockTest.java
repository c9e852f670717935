package dev.fleetdash.place;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressBlockTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "172.16.0.0/12, 172.31.255.255, true",
    "172.16.0.0/12, 172.32.0.0, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.6, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "fc00::/7, fd12:3456::1, true",
    "fc00::/7, fe80::1, false",
    "192.0.2.7, ::ffff:192.0.2.7, true",
  })
  void holdsWhatSharesItsPrefix(String block, String address, boolean held) {
    assertThat(AddressBlock.parse(block).contains(InetAddress.ofLiteral(address))).isEqualTo(held);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/33, 0 to 32",
    "fc00::/129, 0 to 128",
    "10.0.0.0/, 0 to 32",
    "10.0.0.0/x, 0 to 32",
    "10.0.0.5/8, the block is 10.0.0.0/8",
    "10.1, not an IP address",
    "10.0.0.256, not an IP address",
    "proxy.internal, not an IP address",
    "fc00:::1, not an IP address",
  })
  void refusesWithWhatIsWrong(String text, String why) {
    assertThatThrownBy(() -> AddressBlock.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text.split("/", -1)[0])
        .hasMessageContaining(why);
  }
}
