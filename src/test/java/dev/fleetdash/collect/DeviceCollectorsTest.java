package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.collect.DiskSource.DiskCounters;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks and interfaces: rates by device and in total. */
class DeviceCollectorsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration GAP = Duration.ofSeconds(10);

  private long nanos = 99 * SECOND;

  @Test
  void diskRatesAddUpAndTheBusiestCounts() throws IOException {
    List<DiskCounters> disks = new ArrayList<>();
    DiskCollector collector = new DiskCollector(() -> disks, () -> nanos, GAP);
    disks.add(new DiskCounters("a", 0, 0, 0, 0, 0));
    disks.add(new DiskCounters("b", 0, 0, 0, 0, 0));
    Looks.prime(collector);
    nanos += 2 * SECOND;
    disks.set(0, new DiskCounters("a", 2000, 400, 20, 4, 500));
    disks.set(1, new DiskCounters("b", 1000, 0, 10, 0, 2002));

    Row row = Looks.row(collector);

    assertThat(row.value(Metric.DISK_READ_BYTES_PER_SECOND)).isEqualTo(1500);
    assertThat(row.value(Metric.DISK_WRITTEN_BYTES_PER_SECOND)).isEqualTo(200);
    assertThat(row.value(Metric.DISK_READS_PER_SECOND)).isEqualTo(15);
    assertThat(row.value(Metric.DISK_WRITES_PER_SECOND)).isEqualTo(2);
    assertThat(row.value(Metric.DISK_BUSY_RATIO))
        .as("never more than all of the time")
        .isEqualTo(1);
    Item a = row.items(Family.DISKS).getFirst();
    assertThat(a.key()).isEqualTo("a");
    assertThat(a.value(Metric.DISK_DEVICE_BUSY_RATIO)).isEqualTo(0.25);
    assertThat(a.value(Metric.DISK_DEVICE_WRITES_PER_SECOND)).isEqualTo(2);
  }

  @Test
  void hostWithoutDisksHasNoDiskNumbers() throws IOException {
    DiskCollector collector = new DiskCollector(List::of, () -> nanos, GAP);
    Looks.prime(collector);
    nanos += SECOND;

    Row row = Looks.row(collector);

    assertThat(row.has(Metric.DISK_READS_PER_SECOND)).isFalse();
    assertThat(row.has(Metric.DISK_BUSY_RATIO)).isFalse();
    assertThat(row.items(Family.DISKS)).isEmpty();
  }

  @Test
  void bytesOfInterfacesWithoutADeviceAreNotCountedTwice(@TempDir Path directory)
      throws IOException {
    Files.createDirectories(directory.resolve("sys/class/net/eth0/device"));
    Files.createDirectories(directory.resolve("sys/class/net/docker0"));
    NetworkCollector collector = network(directory);
    table(directory, "lo: 0", "eth0: 0", "docker0: 0");
    Looks.prime(collector);
    nanos += SECOND;
    table(directory, "lo: 7000", "eth0: 500", "docker0: 300");

    Row row = Looks.row(collector);

    assertThat(row.value(Metric.NETWORK_RECEIVED_BYTES_PER_SECOND)).isEqualTo(500);
    assertThat(row.items(Family.INTERFACES))
        .extracting(i -> i.value(Metric.INTERFACE_RECEIVED_BYTES_PER_SECOND))
        .containsExactly(7000.0, 500.0, 300.0);
  }

  @Test
  void withoutAnyDeviceAllButTheLoopbackAreCounted(@TempDir Path directory) throws IOException {
    NetworkCollector collector = network(directory);
    table(directory, "lo: 0", "eth0: 0", "tun0: 0");
    Looks.prime(collector);
    nanos += SECOND;
    table(directory, "lo: 7000", "eth0: 500", "tun0: 300");

    assertThat(Looks.row(collector).value(Metric.NETWORK_RECEIVED_BYTES_PER_SECOND)).isEqualTo(800);
  }

  @Test
  void pressureIsTheShareOfTheTimeThatPassed(@TempDir Path directory) throws IOException {
    Path pressure = Files.createDirectories(directory.resolve("pressure"));
    for (String resource : List.of("cpu", "memory", "io")) {
      Files.writeString(pressure.resolve(resource), "some total=1000000\nfull total=0\n");
    }
    PressureCollector collector = new PressureCollector(directory, () -> nanos, GAP);
    Looks.prime(collector);
    nanos += 2 * SECOND;
    Files.writeString(pressure.resolve("io"), "some total=1500000\nfull total=100000\n");

    Row row = Looks.row(collector);

    assertThat(PressureCollector.kept(directory)).isTrue();
    assertThat(row.value(Metric.IO_PRESSURE_SOME)).isEqualTo(0.25);
    assertThat(row.value(Metric.IO_PRESSURE_FULL)).isEqualTo(0.05);
    assertThat(row.value(Metric.CPU_PRESSURE_SOME)).isZero();
  }

  @Test
  void kernelWithoutPressureIsKnownAsSuch(@TempDir Path directory) {
    assertThat(PressureCollector.kept(directory)).isFalse();
  }

  @Test
  void namesTemperatureSensorsByChipAndLabel(@TempDir Path sys) throws IOException {
    Path chip = Files.createDirectories(sys.resolve("class/hwmon/hwmon0"));
    Files.writeString(chip.resolve("name"), "coretemp\n");
    Files.writeString(chip.resolve("temp1_input"), "41500\n");
    Files.writeString(chip.resolve("temp1_label"), "Package id 0\n");
    Files.writeString(chip.resolve("temp2_input"), "-5000\n");
    Path twin = Files.createDirectories(sys.resolve("class/hwmon/hwmon1"));
    Files.writeString(twin.resolve("name"), "coretemp\n");
    Files.writeString(twin.resolve("temp2_input"), "40000\n");
    Files.writeString(twin.resolve("temp3_input"), "N/A\n");

    Row row = Looks.row(new TemperatureCollector(new SysTemperatures(sys, () -> nanos)));

    assertThat(row.items(Family.TEMPERATURES))
        .extracting(i -> i.key() + "=" + i.value(Metric.TEMPERATURE_CELSIUS))
        .containsExactly(
            "coretemp/Package id 0=41.5", "coretemp/temp2=-5.0", "coretemp/temp2#2=40.0");
  }

  @Test
  void fallsBackToThermalZones(@TempDir Path sys) throws IOException {
    Path zone = Files.createDirectories(sys.resolve("class/thermal/thermal_zone0"));
    Files.writeString(zone.resolve("type"), "cpu-thermal\n");
    Files.writeString(zone.resolve("temp"), "52000\n");

    assertThat(new SysTemperatures(sys, () -> nanos).get()).containsEntry("cpu-thermal", 52.0);
  }

  private NetworkCollector network(Path directory) {
    return new NetworkCollector(
        new ProcInterfaces(directory, directory.resolve("sys"), () -> nanos), () -> nanos, GAP);
  }

  private static void table(Path directory, String... lines) throws IOException {
    StringBuilder text = new StringBuilder("Inter-| Receive\n face |bytes\n");
    for (String line : lines) {
      text.append(line).append(" 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    }
    Path net = Files.createDirectories(directory.resolve("net"));
    Files.writeString(net.resolve("dev"), text);
  }
}
