package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowReaderTest {
  private static final String KEY = "v1/raw/dt=2026-11-23/hour=10/host=web-1/101500-1-1.ndjson.gz";
  private static final String START = "{\"ts\":1,\"host\":\"web-1\",\"run\":2";
  private static final long ROOM = 1 << 20;

  @RepeatedTest(20)
  void rowsComeBackAsTheyWereEncoded(RepetitionInfo repetition) throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(Rows.random(1_795_000_000L + i, 1_795_000_000_000L, random));
    }
    Set<Metric> wanted = EnumSet.noneOf(Metric.class);
    for (Metric metric : Metric.values()) {
      if (repetition.getCurrentRepetition() == 1 || random.nextBoolean()) {
        wanted.add(metric);
      }
    }

    List<String> read = read(wanted, gzip(rows));

    assertThat(read)
        .containsExactlyElementsOf(
            rows.stream().flatMap(row -> told(row, wanted).stream()).toList());
  }

  @Test
  void readerIsReused() throws Exception {
    RowReader reader = new RowReader(Set.of(Metric.LOAD1), ROOM);
    Recorder recorder = new Recorder();

    assertThatThrownBy(
            () -> reader.read(KEY, gzip(START + ",\"load1\":1.5}\n{"), Rows.HOST, recorder))
        .isInstanceOf(ArchiveException.class);
    reader.read(KEY, gzip(START + ",\"load1\":2.5}\n"), Rows.HOST, recorder);
    reader.read(KEY, gzip(START + "}\n"), Rows.HOST, recorder);

    assertThat(recorder.told).containsExactly("row 1 2 -", "LOAD1=250", "end", "row 1 2 -", "end");
  }

  @ParameterizedTest
  @CsvSource({
    "0.0,0",
    "0.25,25",
    "-0.25,-25",
    "3.0,300",
    "3,300",
    "-3,-300",
    "0.255,26",
    "1e2,10000",
    "1E-2,1",
    "0.250000,25",
    "12345678901234.56,1234567890123456",
    "-0.0,0",
    "9999999999999999,999999999999999900",
    "0.1234567890123456789,12"
  })
  void decimalsAreScaled(String text, long scaled) throws Exception {
    assertThat(read(Set.of(Metric.LOAD1), gzip(START + ",\"load1\":" + text + "}")))
        .contains("LOAD1=" + scaled);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "\"1.5\"",
        "[]",
        "{}",
        "[1,[2]]",
        "{\"a\":{\"b\":1}}",
        "1e300",
        "-1e300",
        "99999999999999999999999",
        "92233720368547758.08"
      })
  void whatIsNoNumberInRangeIsAbsent(String text) throws Exception {
    String row = START + ",\"load1\":" + text + ",\"load5\":1.5,\"filesystems\":" + text + "}\n";

    assertThat(read(Set.of(Metric.LOAD1, Metric.LOAD5, Metric.FILESYSTEM_USED_BYTES), gzip(row)))
        .containsExactly("row 1 2 -", "LOAD5=150", "end");
  }

  @Test
  void unknownFieldsArePassedOver() throws Exception {
    String row =
        """
        {"later":{"a":[1,{"ts":9}]},"run":2,"host":"web-1","load1":1.0,"uptime_seconds":7.5,\
        "cores":[5,null,{"core":"0","utilization":0.5,"new":[]},{"utilization":0.7},\
        {"core":3,"utilization":0.8},{"utilization":0.9,"core":"1"}],"ts":1}

        \s
        """;

    assertThat(read(Set.of(Metric.LOAD1, Metric.CORE_UTILIZATION), gzip(row)))
        .containsExactly(
            "row 1 2 750",
            "LOAD1=100",
            "CORE_UTILIZATION[0]=5000",
            "CORE_UTILIZATION[1]=9000",
            "end");
  }

  @Test
  void gzipMembersAreReadWhole() throws Exception {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(gzip(START + "}\n"));
    two.write(gzip(START + ",\"uptime_seconds\":1.0}\n"));

    assertThat(read(Set.of(), two.toByteArray()))
        .containsExactly("row 1 2 -", "end", "row 1 2 100", "end");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[]|row 2 is not a JSON object",
        "7|row 2 is not a JSON object",
        "\"x\"|row 2 is not a JSON object",
        "torn|row 2 is not a JSON object",
        "{\"ts\":1,\"host\":\"web-1\",\"ru|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"load1\":1-1}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"load1\":nil}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"x\":[1}}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"x\":}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"x\":\"\\|row 2 is not JSON",
        "{\"ts\":1 \"host\":\"web-1\",\"run\":2}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2}{}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,}|row 2 is not JSON",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":2,\"cores\":[{\"core\":\"\\u00g0\"}]}|row 2 is not"
            + " JSON",
        "{\"host\":\"web-1\",\"run\":2}|row 2 has no ts",
        "{\"ts\":1,\"run\":2}|row 2 has no host",
        "{\"ts\":1,\"host\":\"web-1\"}|row 2 has no run",
        "{\"ts\":1.5,\"host\":\"web-1\",\"run\":2}|row 2 has a ts that is not a whole number",
        "{\"ts\":null,\"host\":\"web-1\",\"run\":2}|row 2 has a ts that",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":\"2\"}|row 2 has a run that",
        "{\"ts\":1,\"host\":\"web-1\",\"run\":99999999999999999999}|row 2 has a run that",
        "{\"ts\":1,\"host\":\"web-2\",\"run\":2}|row 2 is not of host web-1",
        "{\"ts\":1,\"host\":7,\"run\":2}|row 2 is not of host web-1",
        "{\"x\":[[[[[[[[[[1]]]]]]]]]]}|row 2 is not JSON, or nested too deeply"
      })
  void objectWithABadRowCountsForNothing(String row, String reason) {
    assertThatThrownBy(
            () -> read(Set.of(Metric.LOAD1, Metric.CORE_UTILIZATION), gzip(START + "}\n" + row)))
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.BAD_OBJECT))
        .hasMessageStartingWith(KEY + ": " + reason);
  }

  @Test
  void damagedGzipCountsForNothing() {
    byte[] good = gzip(START + "}\n");

    assertThatThrownBy(() -> read(Set.of(), Arrays.copyOf(good, good.length - 1)))
        .hasMessage(KEY + ": the gzip data is cut off");
    assertThatThrownBy(() -> read(Set.of(), new byte[0]))
        .hasMessage(KEY + ": the gzip data is cut off");
    assertThatThrownBy(() -> read(Set.of(), bytes(START + "}\n")))
        .hasMessage(KEY + ": it is not gzip");
    assertThatThrownBy(() -> read(Set.of(), Arrays.copyOf(good, good.length + 3)))
        .hasMessage(KEY + ": something else follows the gzip data");
  }

  @Test
  void boundsHold() {
    assertThatThrownBy(() -> read(Set.of(), gzip((START + "}\n").repeat(40_000))))
        .hasMessageContaining("more than 1048576 bytes");
    assertThatThrownBy(() ->
            new RowReader(Set.of(), 1 << 24)
                .read(
                    KEY,
                    gzip(START + ",\"x\":[" + "1,".repeat(600_000) + "1]}"),
                    Rows.HOST,
                    new Recorder()))
        .hasMessageContaining("longer than 1048576 bytes");
    assertThatThrownBy(() -> read(Set.of(Metric.DISK_DEVICE_BUSY_RATIO), gzip(items(20_000))))
        .hasMessageContaining("more items than can be held");
    assertThatCode(() -> read(Set.of(), gzip(START + ",\"x\":\"" + "é".repeat(100_000) + "\"}")))
        .doesNotThrowAnyException();
  }

  private static String items(int items) {
    return START
        + ",\"disks\":["
        + IntStream.range(0, items)
            .mapToObj(i -> "{\"disk\":\"d%d\",\"busy_ratio\":0.5}".formatted(i))
            .collect(Collectors.joining(","))
        + "]}\n";
  }

  @Test
  void whatIsTooMuchToBeHeldIsReadARowAtATime() throws Exception {
    int rows = 300_000;
    AtomicInteger told = new AtomicInteger();

    new RowReader(Set.of(), 1 << 24)
        .read(
            KEY,
            gzip((START + "}\n").repeat(rows)),
            Rows.HOST,
            (_, _, _) -> told.incrementAndGet());

    assertThat(told).hasValue(rows);
    assertThatThrownBy(() ->
            new RowReader(Set.of(), 1 << 24)
                .read(
                    KEY,
                    gzip((START + "}\n").repeat(rows) + "no row"),
                    Rows.HOST,
                    (_, _, _) -> told.incrementAndGet()))
        .isInstanceOf(ArchiveException.class);
    assertThat(told).as("nothing of an object that is not good").hasValue(rows);
  }

  @RepeatedTest(5)
  void damagedLinesAreReadOrRefusedButNothingElse(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    Set<Metric> wanted = EnumSet.allOf(Metric.class);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] line = Rows.random(1_795_000_000L + i, 1, random).json().clone();
      for (int damage = random.nextInt(4); damage >= 0; damage--) {
        line[random.nextInt(line.length)] = (byte) "{}[]\",:\\\n-.e0u é".charAt(random.nextInt(16));
      }
      byte[] object = Gzip.compress(Arrays.copyOf(line, line.length - random.nextInt(3)));
      refused += refuses(wanted, object) ? 1 : 0;
    }

    assertThat(refused).isBetween(250, 500);
  }

  private static boolean refuses(Set<Metric> wanted, byte[] object) {
    try {
      read(wanted, object);
      return false;
    } catch (ArchiveException _) {
      return true;
    }
  }

  @Test
  void objectsFullOfNewNamesAreRead() throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      rows.append(START).append(",\"new").append(i).append("\":1,\"load1\":1.0}\n");
    }

    assertThat(read(Set.of(Metric.LOAD1), gzip(rows.toString()))).hasSize(6000);
  }

  @Test
  void emptyObjectHoldsNoRows() throws Exception {
    assertThat(read(Set.of(), gzip(""))).isEmpty();
  }

  private static List<String> read(Collection<Metric> wanted, byte[] object)
      throws ArchiveException {
    Recorder recorder = new Recorder();
    try {
      new RowReader(wanted, ROOM).read(KEY, object, Rows.HOST, recorder);
    } catch (ArchiveException e) {
      assertThat(recorder.told).isEmpty();
      throw e;
    }
    return recorder.told;
  }

  /** What the visitor has to be told of the row, in the order of its fields. */
  private static List<String> told(Row row, Set<Metric> wanted) {
    Recorder told = new Recorder();
    told.row(row.ts(), row.run(), row.scaled(Metric.UPTIME_SECONDS));
    Metric.scalars().stream()
        .filter(wanted::contains)
        .filter(row::has)
        .forEach(metric -> told.value(metric, row.scaled(metric)));
    for (Family family : Family.values()) {
      for (Item item : row.items(family)) {
        family.metrics().stream()
            .filter(wanted::contains)
            .filter(item::has)
            .forEach(metric -> told.item(metric, item.key(), item.scaled(metric)));
      }
    }
    told.endRow();
    return told.told;
  }

  private static final class Recorder implements RowVisitor {
    private final List<String> told = new ArrayList<>();

    @Override
    public void row(long ts, long run, long uptime) {
      told.add("row " + ts + " " + run + " " + (uptime == Row.ABSENT ? "-" : uptime));
    }

    @Override
    public void value(Metric metric, long scaled) {
      told.add(metric + "=" + scaled);
    }

    @Override
    public void item(Metric metric, String key, long scaled) {
      told.add(metric + "[" + key + "]=" + scaled);
    }

    @Override
    public void endRow() {
      told.add("end");
    }
  }

  private static byte[] gzip(List<Row> rows) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (Row row : rows) {
      lines.writeBytes(row.json());
      lines.write('\n');
    }
    return Gzip.compress(lines.toByteArray());
  }

  private static byte[] gzip(String lines) {
    return Gzip.compress(bytes(lines));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
