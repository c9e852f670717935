package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.place.OwnAddress;
import dev.fleetdash.place.Place;
import dev.fleetdash.sample.HostName;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At which address a host says that it is reached. */
class OwnMachineTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, '', 127.0.0.1:9000",
    "::1, '', [::1]:9000",
    "0.0.0.0, 10.0.0.7, 10.0.0.7:9000",
    "0.0.0.0, 10.0.0.7:80, 10.0.0.7:80",
    "0.0.0.0, fd00::7, [fd00::7]:9000",
    "0.0.0.0, [fd00::7], [fd00::7]:9000",
    "0.0.0.0, [fd00::7]:80, [fd00::7]:80",
    "0.0.0.0, web-1.internal, web-1.internal:9000",
  })
  void theAddressHasThePortListenedOn(String bind, String advertise, String expected)
      throws Exception {
    assertThat(address(bind, advertise)).contains(expected);
  }

  @Test
  void whoListensEverywhereIsReachedAtItsPrivateAddress() throws Exception {
    assertThat(address("0.0.0.0", ""))
        .isEqualTo(OwnAddress.find().map(address -> address + ":9000"));
  }

  private Optional<String> address(String bind, String advertise) throws Exception {
    Map<String, String> variables = new HashMap<>();
    variables.put("FLEETDASH_SPOOL", folder.toString());
    variables.put("FLEETDASH_BIND", bind);
    variables.put("FLEETDASH_ADVERTISE", advertise);
    Place place = new Place(new HostName("web-1"), Optional.empty());
    return new OwnMachine(Config.read(variables, 1L << 30), place, () -> 9000).get().address();
  }
}
