package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RollupTest {
  private static final long HOUR = Rows.ts("2026-11-23T10:00:00Z");
  private static final TierKey SECONDS = TierKey.of(Tier.SECONDS, Rows.HOST, HOUR);
  private static final TierKey MINUTES = TierKey.of(Tier.MINUTES, Rows.HOST, HOUR);
  private static final String HEAD =
      "{\"ts\":" + HOUR + ",\"host\":\"web-1\",\"run\":7,\"count\":60";

  @Test
  void rowsBecomeMinutes() throws IOException {
    Row.Builder first =
        Row.at(HOUR, Rows.HOST, 7).set(Metric.CPU_USER, 0.25).set(Metric.PROCESSES, 100);
    first.add(Family.FILESYSTEMS, List.of(disk("/", 10), disk("/srv", 5)));
    first.add(Family.TEMPERATURES, List.of());
    Row second = Row.at(HOUR + 1, Rows.HOST, 8).set(Metric.CPU_USER, 0.75).build();
    Row.Builder third = Row.at(HOUR + 60, Rows.HOST, 8).set(Metric.CPU_USER, 1.0);
    third.add(Family.FILESYSTEMS, List.of(disk("/", 30)));

    byte[] object =
        minutes(HOUR, HOUR + 3600, List.of(first.build(), second, third.build()), null)
            .orElseThrow();

    assertThat(text(object))
        .isEqualTo(
            """
            {"ts":%d,"host":"web-1","run":8,"count":2,"cpu_user":{"min":0.25,"max":0.75,"sum":1.0},\
            "processes":{"min":100,"max":100,"sum":100,"count":1},\
            "filesystems":[{"mount":"/","type":"ext4","count":1,"used_bytes":{"min":10,"max":10,"sum":10}},\
            {"mount":"/srv","type":"ext4","count":1,"used_bytes":{"min":5,"max":5,"sum":5}}]}
            {"ts":%d,"host":"web-1","run":8,"count":1,"cpu_user":{"min":1.0,"max":1.0,"sum":1.0},\
            "filesystems":[{"mount":"/","type":"ext4","count":1,"used_bytes":{"min":30,"max":30,"sum":30}}]}
            """
                .formatted(HOUR, HOUR + 60));
  }

  @Test
  void rollupsAreReadBack() throws IOException {
    Row row =
        Row.at(HOUR, Rows.HOST, 7)
            .set(Metric.CPU_USER, 0.25)
            .set(Metric.PROCESSES, 100)
            .add(Family.FILESYSTEMS, List.of(disk("/", 10)))
            .build();
    byte[] object =
        minutes(HOUR, HOUR + 3600, List.of(row, Rows.at(HOUR + 1, 7, 0.5)), null).orElseThrow();

    assertThat(read(Set.of(Metric.CPU_USER, Metric.FILESYSTEM_USED_BYTES), object))
        .containsExactly(
            "row " + HOUR + " 7 2",
            "CPU_USER 2500 2500 2500 1",
            "FILESYSTEM_USED_BYTES[/, ext4] 10 10 10 1",
            "end");
  }

  @Test
  void rowsThatAreNotRecomputedStayByteByByte() throws IOException {
    String kept =
        HEAD + ",\"later\":[{\"a\":1}],\"load1\":{\"min\":0.0,\"max\":1.0,\"sum\":9.0}}\n";
    byte[] present = Gzip.compress(kept.getBytes(UTF_8));

    byte[] object =
        minutes(HOUR, HOUR + 3600, List.of(Rows.at(HOUR + 61, 7, 0.5)), present).orElseThrow();

    assertThat(text(object)).startsWith(kept).hasLineCount(2);
  }

  @Test
  void rowOfFewerRowsDoesNotReplaceOneOfMore() throws IOException {
    byte[] present = Gzip.compress((HEAD + "}\n").getBytes(UTF_8));

    assertThat(minutes(HOUR, HOUR + 3600, List.of(Rows.at(HOUR + 1, 7, 0.5)), present)).isEmpty();
  }

  @Test
  void whatIsSoAlreadyIsNotWritten() throws IOException {
    List<Row> rows = List.of(Rows.at(HOUR + 1, 7, 0.5), Rows.at(HOUR + 100, 7, 0.7));
    byte[] object = minutes(HOUR, HOUR + 3600, rows, null).orElseThrow();

    assertThat(minutes(HOUR, HOUR + 3600, rows, object)).isEmpty();
  }

  @Test
  void sumBeyond64BitsIsLeftOut() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Row.Builder row = Row.at(HOUR + i, Rows.HOST, 7);
      rows.add(row.add(Family.FILESYSTEMS, List.of(disk("/efs", Long.MAX_VALUE - 1))).build());
    }

    byte[] object = minutes(HOUR, HOUR + 3600, rows, null).orElseThrow();

    assertThat(read(Set.of(Metric.FILESYSTEM_USED_BYTES), object))
        .contains("FILESYSTEM_USED_BYTES[/efs, ext4] 9223372036854775806 9223372036854775806 - 2");
  }

  @Test
  void sumsKeepAllTheirDigits() throws IOException {
    String row =
        HEAD
            + ",\"memory_used_bytes\":{\"min\":1,\"max\":2,\"sum\":9223372036854775807},"
            + "\"cpu_user\":{\"min\":-0.1,\"max\":0.2,\"sum\":-922337203685477.5807}}";

    assertThat(
            read(
                List.of(Metric.MEMORY_USED_BYTES, Metric.CPU_USER),
                Gzip.compress(row.getBytes(UTF_8))))
        .contains(
            "MEMORY_USED_BYTES 1 2 9223372036854775807 60",
            "CPU_USER -1000 2000 -9223372036854775807 60");
  }

  @Test
  void itemsSeenLeastGoFirstWhereThereAreTooMany() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int second = 0; second < 2; second++) {
      List<Item> items = new ArrayList<>();
      for (int i = 0; i < RollupRow.MOST_ITEMS; i++) {
        items.add(disk("/" + second * 10 + "/" + "x".repeat(20) + (second == 0 ? i / 2 : i), i));
      }
      rows.add(Row.at(HOUR + second, Rows.HOST, 7).add(Family.FILESYSTEMS, items).build());
    }

    byte[] object = minutes(HOUR, HOUR + 3600, rows, null).orElseThrow();

    List<String> items =
        read(Set.of(Metric.FILESYSTEM_USED_BYTES), object).stream()
            .filter(told -> told.startsWith("FILESYSTEM"))
            .toList();
    assertThat(items).hasSize(RollupRow.MOST_ITEMS);
    assertThat(items).filteredOn(told -> told.contains("[/0/")).hasSize(RollupRow.MOST_ITEMS / 2);
  }

  @Test
  void longHostileLabelsDoNotMakeALineThatCannotBeRead() throws IOException {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      items.add(disk(i + "\u0001".repeat(30_000), i));
    }
    String half =
        "{\"ts\":"
            + (HOUR + 1)
            + ",\"host\":\"web-1\",\"run\":7,\"filesystems\":"
            + "[{\"mount\":\"\\ud800\",\"type\":\"x\",\"used_bytes\":1}]}\n";
    List<byte[]> lines = new ArrayList<>();
    for (Item item : items) {
      lines.add(
          Row.at(HOUR + lines.size() + 2, Rows.HOST, 7)
              .add(Family.FILESYSTEMS, List.of(item))
              .build()
              .json());
    }
    lines.add(half.getBytes(UTF_8));
    RowUnion union = new RowUnion(Rows.HOST, HOUR);
    for (byte[] line : lines) {
      union.add("x", Gzip.compress(line));
    }
    RollupMerge merge = new RollupMerge(MINUTES);
    new RowSums().add(SECONDS, union.object(), HOUR, HOUR + 3600, merge);

    byte[] object = merge.with(null).orElseThrow();

    assertThat(read(Set.of(Metric.FILESYSTEM_USED_BYTES), object))
        .contains("FILESYSTEM_USED_BYTES[?, x] 1 1 1 1")
        .hasSizeLessThan(40);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"ts\":%d,\"host\":\"web-2\",\"run\":7,\"count\":60} | is not of host web-1",
        "{\"ts\":%d,\"host\":\"../x\",\"run\":7,\"count\":60} | is not of host web-1",
        "{\"ts\":%d,\"host\":\"web-1\",\"run\":7} | has no count",
        "{\"ts\":%d,\"host\":\"web-1\",\"run\":7,\"count\":0} | counts no rows",
        "{\"ts\":%d,\"host\":\"web-1\",\"run\":7,\"count\":1.5} | count that is not a whole number",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":7,\"count\":60}%.0s | is of another time",
        "{\"ts\":1795428001,\"host\":\"web-1\",\"run\":7,\"count\":60}%.0s | is of another time",
        "{\"ts\":%d,\"host\":\"web-1\",\"run\":7,\"count\":60 | is not JSON",
        "[] | is not a JSON object",
      })
  void badRowsMakeABadObject(String line, String why) {
    byte[] object =
        Gzip.compress(
            (HEAD.replace("" + HOUR, "" + (HOUR - 60)) + "}\n" + line.formatted(HOUR) + "\n")
                .getBytes(UTF_8));

    assertThatThrownBy(() -> read(Set.of(), object))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining(MINUTES.text())
        .hasMessageContaining(why);
  }

  @Test
  void rowsOutOfOrderMakeABadObject() {
    byte[] object = Gzip.compress((HEAD + "}\n" + HEAD + "}\n").getBytes(UTF_8));

    assertThatThrownBy(() -> read(Set.of(), object))
        .hasMessageContaining("not later than the one before");
  }

  @Test
  void cutOffObjectTellsNothing() throws IOException {
    byte[] whole =
        minutes(HOUR, HOUR + 3600, List.of(Rows.at(HOUR + 1, 7, 0.5)), null).orElseThrow();
    List<String> told = new ArrayList<>();

    for (int length = 0; length < whole.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> new RollupReader(Set.of()).read(MINUTES, cut, recorder(told)))
          .isInstanceOf(ArchiveException.class);
    }

    assertThat(told).isEmpty();
  }

  @Test
  void largeObjectIsToldAllTheSame() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int minute = 0; minute < 60; minute++) {
      List<Item> items = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        items.add(
            Item.of(Family.FILESYSTEMS, "/" + i, "ext4")
                .set(Metric.FILESYSTEM_USED_BYTES, i)
                .set(Metric.FILESYSTEM_TOTAL_BYTES, i)
                .set(Metric.FILESYSTEM_AVAILABLE_BYTES, i)
                .set(Metric.FILESYSTEM_INODES, i)
                .build());
      }
      rows.add(Row.at(HOUR + 60L * minute, Rows.HOST, 7).add(Family.FILESYSTEMS, items).build());
    }
    byte[] object = minutes(HOUR, HOUR + 3600, rows, null).orElseThrow();

    List<String> told = read(RollupRow.METRICS, object);

    assertThat(told).hasSize(60 * (2 + 500 * 4));
  }

  private static Item disk(String mount, long used) {
    return Item.of(Family.FILESYSTEMS, mount, "ext4")
        .set(Metric.FILESYSTEM_USED_BYTES, used)
        .build();
  }

  private static Optional<byte[]> minutes(
      long from, long to, List<Row> rows, byte @org.jspecify.annotations.Nullable [] present)
      throws IOException {
    RowUnion union = new RowUnion(Rows.HOST, HOUR);
    for (Row row : rows) {
      union.add("row", Gzip.compress(row.json()));
    }
    RollupMerge merge = new RollupMerge(MINUTES);
    new RowSums().add(SECONDS, union.object(), from, to, merge);
    return merge.with(present);
  }

  private static String text(byte[] object) throws IOException {
    return new String(new GzipInput(object, 1 << 24).readAllBytes(), UTF_8);
  }

  private static List<String> read(Collection<Metric> wanted, byte[] object) throws IOException {
    List<String> told = new ArrayList<>();
    new RollupReader(wanted).read(MINUTES, object, recorder(told));
    return told;
  }

  private static RollupVisitor recorder(List<String> told) {
    return new RollupVisitor() {
      @Override
      public void row(long ts, long run, long count) {
        told.add("row " + ts + " " + run + " " + count);
      }

      @Override
      public void value(Metric metric, long min, long max, long sum, long count) {
        told.add(metric + " " + numbers(min, max, sum, count));
      }

      @Override
      public void item(
          Metric metric, List<String> labels, long min, long max, long sum, long count) {
        told.add(metric + labels.toString() + " " + numbers(min, max, sum, count));
      }

      @Override
      public void endRow() {
        told.add("end");
      }
    };
  }

  private static String numbers(long min, long max, long sum, long count) {
    return min + " " + max + " " + (sum == Row.ABSENT ? "-" : "" + sum) + " " + count;
  }

  @Test
  void hostNameIsChecked() {
    TierKey other = TierKey.of(Tier.MINUTES, new HostName("web-10"), HOUR);
    byte[] object = Gzip.compress((HEAD + "}\n").getBytes(UTF_8));

    assertThatThrownBy(() -> new RollupReader(Set.of()).read(other, object, (_, _, _) -> {}))
        .hasMessageContaining("is not of host web-10");
  }
}
