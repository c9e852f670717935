package dev.fleetdash.place;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineIdTest {
  private static final String SYSTEMD = "0123456789abcdef0123456789abcdef";
  private static final Place ANYWHERE = new Place(new HostName("web-1"), Optional.empty());

  @TempDir private Path directory;

  @Test
  void instanceIsItsOwnMachine() {
    Place place =
        new Place(
            new HostName("web-1"),
            Optional.of(
                new Place.Instance("i-0abc", "t4g.small", "eu-central-1a", "eu-central-1")));

    assertThat(id(place)).isEqualTo("i-0abc");
  }

  @Test
  void systemdsIdIsNotGivenAway() throws IOException {
    Files.writeString(systemd(), SYSTEMD + "\n");

    assertThat(id(ANYWHERE)).matches("[0-9a-f]{32}").isNotEqualTo(SYSTEMD).isEqualTo(id(ANYWHERE));
    assertThat(kept()).doesNotExist();
  }

  @Test
  void whereThereIsNoneOneIsMadeAndKept() throws IOException {
    Files.writeString(systemd(), "uninitialized\n");
    String first = id(ANYWHERE);

    assertThat(first).matches("[0-9a-f]{32}");
    assertThat(id(ANYWHERE)).isEqualTo(first);
    Files.delete(kept());
    assertThat(id(ANYWHERE)).isNotEqualTo(first);
  }

  @Test
  void spoolThatCannotBeWrittenIsNoReasonToFail() {
    assertThat(MachineId.of(ANYWHERE, systemd(), directory.resolve("absent/machine")))
        .matches("[0-9a-f]{32}");
  }

  private String id(Place place) {
    return MachineId.of(place, systemd(), kept());
  }

  private Path systemd() {
    return directory.resolve("machine-id");
  }

  private Path kept() {
    return directory.resolve("machine");
  }
}
