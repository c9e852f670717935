package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fleetdash.archive.RowScanner.BadRow;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the wanted numbers of gzipped rows. Fields it does not know are passed over; a number that
 * is null, of another type or out of range is absent.
 *
 * <p>An object counts whole or not at all: the visitor is called only after the last byte was found
 * good. Behind the last field that it wants, it sees only to it that a row ends. Refused are
 * damaged gzip, lines that are no JSON objects, rows without {@code ts}, {@code host} or {@code
 * run}, rows of another host, and whatever exceeds the bounds. For one thread; to be reused.
 */
public final class RowReader {
  /** Bounds an object, unpacked, where nothing else does. */
  public static final long DEFAULT_MAX_BYTES = 64L << 20;

  private static final int TS = 0;
  private static final int HOST = 1;
  private static final int RUN = 2;
  private static final int UPTIME = 3;
  private static final int FIRST_WANTED = 4;
  private static final int ITEM_KEY = 0;

  private final long maxBytes;
  private final boolean uptimeWanted;
  private final List<Metric> scalars = new ArrayList<>();
  private final List<ItemFields> families = new ArrayList<>();
  private final FieldNames rowFields;

  /** One bit for each wanted field. */
  private final long all;

  private final RowTape tape = new RowTape();

  /** The fields of a family's items: the wanted labels, the key first, then the wanted metrics. */
  private record ItemFields(int labels, List<Metric> metrics, FieldNames names) {}

  /**
   * A reader of these metrics. Of an item's labels it reads the key alone.
   *
   * @param maxBytes the most an object may hold, unpacked
   */
  public RowReader(Collection<Metric> wanted, long maxBytes) {
    this(wanted, false, maxBytes);
  }

  /** A reader of everything that has a series, with all labels. */
  static RowReader ofSeries() {
    return new RowReader(RollupRow.METRICS, true, DEFAULT_MAX_BYTES);
  }

  private RowReader(Collection<Metric> wanted, boolean allLabels, long maxBytes) {
    this.maxBytes = maxBytes;
    this.uptimeWanted = wanted.contains(Metric.UPTIME_SECONDS);
    List<String> names =
        new ArrayList<>(List.of("ts", "host", "run", Metric.UPTIME_SECONDS.field()));
    Map<Family, List<Metric>> items = new EnumMap<>(Family.class);
    for (Metric metric : wanted) {
      if (!metric.scalar()) {
        items.computeIfAbsent(metric.family().orElseThrow(), _ -> new ArrayList<>()).add(metric);
      } else if (metric != Metric.UPTIME_SECONDS) {
        scalars.add(metric);
        names.add(metric.field());
      }
    }
    items.forEach((family, metrics) -> {
      names.add(family.field());
      int labels = allLabels ? family.labels().size() : 1;
      List<String> fields = new ArrayList<>(family.labels().subList(0, labels));
      metrics.forEach(metric -> fields.add(metric.field()));
      families.add(new ItemFields(labels, metrics, new FieldNames(fields)));
    });
    this.rowFields = new FieldNames(names);
    this.all = (1L << names.size()) - 1;
  }

  /**
   * Tells {@code visitor} of all rows of one object, in their order there.
   *
   * @param key the object's, for the message
   * @param object gzip, of one or several members
   * @param host whose rows they must be
   * @throws ArchiveException of kind BAD_OBJECT, with the reason; the visitor has not been called
   *     then
   */
  public void read(String key, byte[] object, HostName host, RowVisitor visitor)
      throws ArchiveException {
    tape.clear();
    scan(key, object, host, _ -> {});
    if (tape.full()) {
      stream(key, object, host, visitor);
    } else {
      tape.play(visitor);
    }
  }

  /**
   * Does the same in the memory that one row takes, and in twice the time: the object is read once
   * to see that all of it is good, and once more.
   */
  void stream(String key, byte[] object, HostName host, RowVisitor visitor)
      throws ArchiveException {
    scanEach(key, object, host, _ -> {});
    scanEach(key, object, host, _ -> tape.play(visitor));
  }

  /** Holds one row at a time. */
  private void scanEach(String key, byte[] object, HostName host, Step step)
      throws ArchiveException {
    tape.clear();
    scan(
        key,
        object,
        host,
        json -> {
          if (tape.full()) {
            throw new BadRow("has more items than can be held");
          }
          step.behindRow(json);
          tape.clear();
        });
  }

  /** Is told of rows as they are written. */
  @FunctionalInterface
  public interface PrintVisitor {
    /**
     * A row.
     *
     * @param uptime scaled, or {@link Row#ABSENT}
     * @param print the same for the same bytes, and for others hardly ever
     */
    void row(long ts, long run, long uptime, long print);
  }

  /** Tells of each row when it is of, and what it looks like; in the memory that one row takes. */
  public void prints(String key, byte[] object, HostName host, PrintVisitor visitor)
      throws ArchiveException {
    scanEach(key, object, host, _ -> {});
    scanEach(
        key,
        object,
        host,
        json -> {
          long print = json.linePrint();
          tape.play((ts, run, uptime) -> visitor.row(ts, run, uptime, print));
        });
  }

  private interface Step {
    void behindRow(RowScanner json) throws BadRow;
  }

  private void scan(String key, byte[] object, HostName host, Step step) throws ArchiveException {
    byte[] quotedHost = (host.value() + "\"").getBytes(ISO_8859_1);
    int line = 1;
    try (GzipInput in = new GzipInput(object, maxBytes)) {
      RowScanner json = new RowScanner(in);
      for (; json.nextLine(); line++) {
        row(json, quotedHost);
        step.behindRow(json);
      }
    } catch (BadRow e) {
      throw bad(key, "row " + line + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw bad(key, String.valueOf(e.getMessage()), e);
    }
  }

  static ArchiveException bad(String key, String why, Exception cause) {
    return new ArchiveException(ArchiveException.Kind.BAD_OBJECT, key + ": " + why, cause);
  }

  private void row(RowScanner json, byte[] host) throws BadRow {
    if (!json.take('{')) {
      throw new BadRow("is not a JSON object");
    }
    tape.beginRow();
    long found = 0;
    FieldNames.Field field = rowFields.start();
    for (boolean more = !json.take('}'); more; more = more(json, '}')) {
      json.expect('"');
      field = rowFields.read(json, field);
      json.expect(':');
      int number = field.number();
      if (number < 0) {
        json.pass();
        continue;
      }
      if (number < FIRST_WANTED) {
        head(json, number, host);
      } else {
        wanted(json, number - FIRST_WANTED);
      }
      found |= 1L << number;
      if (found == all) {
        json.passObject();
        return;
      }
    }
    json.expect('\n');
    requireHead(found);
  }

  private void head(RowScanner json, int field, byte[] host) throws BadRow {
    switch (field) {
      case TS -> tape.ts(json.whole("ts"));
      case RUN -> tape.run(json.whole("run"));
      case HOST -> {
        if (!json.take('"') || !json.takeExactly(host)) {
          throw new BadRow("is not of host " + new String(host, 0, host.length - 1, ISO_8859_1));
        }
      }
      case UPTIME -> uptime(json);
      default -> throw new IllegalArgumentException("field " + field);
    }
  }

  private static void requireHead(long found) throws BadRow {
    for (int field : new int[] {TS, HOST, RUN}) {
      if ((found & (1L << field)) == 0) {
        throw new BadRow("has no " + List.of("ts", "host", "run").get(field));
      }
    }
  }

  static boolean more(RowScanner json, char end) throws BadRow {
    if (json.take(',')) {
      return true;
    }
    json.expect(end);
    return false;
  }

  private void uptime(RowScanner json) throws BadRow {
    long scaled = scaled(json, Metric.UPTIME_SECONDS);
    tape.uptime(scaled);
    if (uptimeWanted && scaled != Row.ABSENT) {
      tape.value(Metric.UPTIME_SECONDS, scaled);
    }
  }

  private void wanted(RowScanner json, int number) throws BadRow {
    if (number >= scalars.size()) {
      items(json, families.get(number - scalars.size()));
      return;
    }
    Metric metric = scalars.get(number);
    long scaled = scaled(json, metric);
    if (scaled != Row.ABSENT) {
      tape.value(metric, scaled);
    }
  }

  private void items(RowScanner json, ItemFields fields) throws BadRow {
    if (json.peek() != '[') {
      json.pass();
      return;
    }
    json.expect('[');
    for (boolean more = !json.take(']'); more; more = more(json, ']')) {
      if (json.peek() == '{') {
        item(json, fields);
      } else {
        json.pass();
      }
    }
  }

  private void item(RowScanner json, ItemFields fields) throws BadRow {
    @Nullable String[] labels = new @Nullable String[fields.labels()];
    tape.beginItem();
    json.expect('{');
    FieldNames.Field field = fields.names().start();
    for (boolean more = !json.take('}'); more; more = more(json, '}')) {
      json.expect('"');
      field = fields.names().read(json, field);
      json.expect(':');
      int number = field.number();
      if (number >= fields.labels()) {
        itemValue(json, fields.metrics().get(number - fields.labels()));
      } else if (number >= 0 && json.take('"')) {
        labels[number] = json.string();
      } else {
        json.pass();
      }
    }
    endItem(labels);
  }

  private void endItem(@Nullable String[] labels) {
    if (labels[ITEM_KEY] == null) {
      tape.dropItem();
    } else {
      tape.endItem(
          Arrays.stream(labels).map(label -> Objects.requireNonNullElse(label, "")).toList());
    }
  }

  private void itemValue(RowScanner json, Metric metric) throws BadRow {
    long scaled = scaled(json, metric);
    if (scaled != Row.ABSENT) {
      tape.itemValue(metric, scaled);
    }
  }

  private static long scaled(RowScanner json, Metric metric) throws BadRow {
    return json.number(metric.unit().digits(), Row.ABSENT);
  }
}
