package dev.fleetdash.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
  private static final HostName HOST = new HostName("web-1");

  @Test
  void writesKnownNumbersWithTheDigitsThatMeanSomething() {
    Row row =
        Row.at(1_763_888_400, HOST, 17)
            .set(Metric.CPU_UTILIZATION, 0.123456)
            .set(Metric.CPU_STEAL, 0)
            .set(Metric.LOAD1, 2.5)
            .set(Metric.MEMORY_TOTAL_BYTES, 8_589_934_592.0)
            .set(Metric.DISK_READ_BYTES_PER_SECOND, 1234.6)
            .build();

    assertThat(json(row))
        .isEqualTo(
            "{\"ts\":1763888400,\"host\":\"web-1\",\"run\":17,\"cpu_utilization\":0.1235,\"cpu_steal\":0.0,\"load1\":2.5,"
                + "\"memory_total_bytes\":8589934592,\"disk_read_bytes_per_second\":1235.0}");
  }

  @Test
  void leavesOutWhatIsUnknown() {
    Row row =
        Row.at(1, HOST, 1)
            .set(Metric.CPU_UTILIZATION, Double.NaN)
            .set(Metric.LOAD1, Double.POSITIVE_INFINITY)
            .build();

    assertThat(row.has(Metric.CPU_UTILIZATION)).isFalse();
    assertThat(row.value(Metric.CPU_UTILIZATION)).isNaN();
    assertThat(json(row)).isEqualTo("{\"ts\":1,\"host\":\"web-1\",\"run\":1}");
  }

  @Test
  void tellsAFamilyWithoutItemsFromOneThatWasNotSampled() {
    Row row = Row.at(1, HOST, 1).add(Family.DISKS, List.of()).build();

    assertThat(row.has(Family.DISKS)).isTrue();
    assertThat(row.has(Family.INTERFACES)).isFalse();
    assertThat(json(row)).isEqualTo("{\"ts\":1,\"host\":\"web-1\",\"run\":1,\"disks\":[]}");
  }

  @Test
  void escapesHostileLabels() {
    Item item =
        Item.of(Family.FILESYSTEMS, "/mnt/\"<b>\n", "ext4")
            .set(Metric.FILESYSTEM_TOTAL_BYTES, 10)
            .build();

    Row row = Row.at(1, HOST, 1).add(Family.FILESYSTEMS, List.of(item)).build();

    assertThat(json(row))
        .contains("\"mount\":\"/mnt/\\\"<b>\\n\",\"type\":\"ext4\",\"total_bytes\":10}")
        .doesNotContain("\n");
  }

  @Test
  void addsItemsOfOneFamilyFromSeveralReaders() {
    Item local = Item.of(Family.FILESYSTEMS, "/", "ext4").build();
    Item remote = Item.of(Family.FILESYSTEMS, "/nfs", "nfs4").build();

    Row row =
        Row.at(1, HOST, 1)
            .add(Family.FILESYSTEMS, List.of(local))
            .add(Family.FILESYSTEMS, List.of(remote))
            .build();

    assertThat(row.items(Family.FILESYSTEMS)).containsExactly(local, remote);
  }

  @Test
  void refusesAMetricOfAnotherFamily() {
    Item item = Item.of(Family.DISKS, "sda").build();

    assertThatThrownBy(() -> item.scaled(Metric.CORE_UTILIZATION))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Item.of(Family.FILESYSTEMS, "/")).hasMessageContaining("mount");
  }

  private static String json(Row row) {
    return new String(row.json(), StandardCharsets.UTF_8);
  }
}
