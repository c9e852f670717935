package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fleetdash.archive.RowScanner.BadRow;
import dev.fleetdash.sample.Family;
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
 * Reads the wanted numbers of rollup objects, which {@link RollupRow} describes. Fields it does not
 * know are passed over; a summary of another form, or with numbers out of range, is absent.
 *
 * <p>An object counts whole or not at all: the visitor is called only after the last byte was found
 * good. Behind the last field that it wants, it sees only to it that a row ends. Refused are
 * damaged gzip, lines that are no JSON objects, rows without {@code ts}, {@code host}, {@code run}
 * or {@code count}, rows of another host, outside of the object's time, not at a multiple of the
 * tier's step or not in order, and whatever exceeds the bounds. However large the object, it is
 * never held unpacked. For one thread; to be reused.
 */
public final class RollupReader {
  /** Bounds an object, unpacked. */
  static final long MAX_BYTES = 512L << 20;

  private static final int TS = 0;
  private static final int HOST = 1;
  private static final int RUN = 2;
  private static final int COUNT = 3;
  private static final List<String> HEAD = List.of("ts", "host", "run", "count");

  private static final int MIN = 0;
  private static final int MAX = 1;
  private static final int SUM = 2;
  private static final int NUMBER = 3;

  private final List<Metric> scalars = new ArrayList<>();
  private final List<ItemFields> families = new ArrayList<>();
  private final FieldNames rowFields;

  /** One bit for each wanted field. */
  private final long all;

  private final FieldNames summaryFields = new FieldNames(List.of("min", "max", "sum", "count"));
  private final RollupTape tape = new RollupTape();
  private final PendingRow pending = new PendingRow();

  /** The fields of a family's items: the labels, then the count, then the wanted metrics. */
  private record ItemFields(int labels, List<Metric> metrics, FieldNames names) {}

  /** A reader of these metrics. */
  public RollupReader(Collection<Metric> wanted) {
    List<String> names = new ArrayList<>(HEAD);
    Map<Family, List<Metric>> items = new EnumMap<>(Family.class);
    for (Metric metric : wanted) {
      if (metric.scalar()) {
        scalars.add(metric);
        names.add(metric.field());
      } else {
        items.computeIfAbsent(metric.family().orElseThrow(), _ -> new ArrayList<>()).add(metric);
      }
    }
    items.forEach((family, metrics) -> {
      names.add(family.field());
      List<String> fields = new ArrayList<>(family.labels());
      fields.add("count");
      metrics.forEach(metric -> fields.add(metric.field()));
      families.add(new ItemFields(family.labels().size(), metrics, new FieldNames(fields)));
    });
    this.rowFields = new FieldNames(names);
    this.all = (1L << names.size()) - 1;
  }

  /**
   * Tells {@code visitor} of all rows of one object, in their order.
   *
   * @param key the object's: whose rows of which time they must be
   * @param object gzip, of one or several members
   * @throws ArchiveException of kind BAD_OBJECT, with the reason; the visitor has not been called
   *     then
   */
  public void read(TierKey key, byte[] object, RollupVisitor visitor) throws ArchiveException {
    tape.clear();
    scan(key, object, tape);
    if (tape.full()) {
      scan(key, object, visitor);
    } else {
      tape.play(visitor);
    }
  }

  /** Does the same in less memory and more time, for those who want everything. */
  void stream(TierKey key, byte[] object, RollupVisitor visitor) throws ArchiveException {
    scan(key, object, (_, _, _) -> {});
    scan(key, object, visitor);
  }

  private void scan(TierKey key, byte[] object, RollupVisitor visitor) throws ArchiveException {
    byte[] quotedHost = (key.host().value() + "\"").getBytes(ISO_8859_1);
    int line = 1;
    try (GzipInput in = new GzipInput(object, MAX_BYTES)) {
      RowScanner json = new RowScanner(in);
      long last = Long.MIN_VALUE;
      for (; json.nextLine(); line++) {
        row(json, quotedHost);
        check(key, pending.head[TS], last);
        last = pending.head[TS];
        pending.tell(visitor);
      }
    } catch (BadRow e) {
      throw RowReader.bad(key.text(), "row " + line + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw RowReader.bad(key.text(), String.valueOf(e.getMessage()), e);
    }
  }

  static void check(TierKey key, long ts, long last) throws BadRow {
    if (!key.covers(ts) || Math.floorMod(ts, key.tier().step()) != 0) {
      throw new BadRow("is of another time");
    }
    if (ts <= last) {
      throw new BadRow("is not later than the one before");
    }
  }

  private void row(RowScanner json, byte[] host) throws BadRow {
    pending.clear();
    if (!json.take('{')) {
      throw new BadRow("is not a JSON object");
    }
    long found = 0;
    FieldNames.Field field = rowFields.start();
    for (boolean more = !json.take('}'); more; more = RowReader.more(json, '}')) {
      json.expect('"');
      field = rowFields.read(json, field);
      json.expect(':');
      int number = field.number();
      if (number < 0) {
        json.pass();
        continue;
      }
      wanted(json, number, host);
      found |= 1L << number;
      if (found == all) {
        json.passObject();
        return;
      }
    }
    json.expect('\n');
    requireHead(found);
  }

  private void wanted(RowScanner json, int number, byte[] host) throws BadRow {
    if (number < HEAD.size()) {
      head(json, number, host);
    } else if (number - HEAD.size() < scalars.size()) {
      summary(json, scalars.get(number - HEAD.size()));
    } else {
      items(json, families.get(number - HEAD.size() - scalars.size()));
    }
  }

  private void head(RowScanner json, int field, byte[] host) throws BadRow {
    if (field != HOST) {
      pending.head[field] = json.whole(HEAD.get(field));
      if (field == COUNT && pending.head[COUNT] < 1) {
        throw new BadRow("counts no rows");
      }
    } else if (!json.take('"') || !json.takeExactly(host)) {
      throw new BadRow("is not of host " + new String(host, 0, host.length - 1, ISO_8859_1));
    }
  }

  private static void requireHead(long found) throws BadRow {
    for (int field = 0; field < HEAD.size(); field++) {
      if ((found & (1L << field)) == 0) {
        throw new BadRow("has no " + HEAD.get(field));
      }
    }
  }

  private void summary(RowScanner json, Metric metric) throws BadRow {
    if (json.peek() != '{') {
      json.pass();
      return;
    }
    pending.begin(metric);
    int digits = metric.unit().digits();
    json.expect('{');
    FieldNames.Field field = summaryFields.start();
    for (boolean more = !json.take('}'); more; more = RowReader.more(json, '}')) {
      json.expect('"');
      field = summaryFields.read(json, field);
      json.expect(':');
      switch (field.number()) {
        case MIN -> pending.set(MIN, json.number(digits, Row.ABSENT));
        case MAX -> pending.set(MAX, json.number(digits, Row.ABSENT));
        case SUM -> pending.set(SUM, json.number(digits, Row.ABSENT));
        case NUMBER -> pending.set(NUMBER, json.number(0, Row.ABSENT));
        default -> json.pass();
      }
    }
    pending.end();
  }

  private void items(RowScanner json, ItemFields fields) throws BadRow {
    if (json.peek() != '[') {
      json.pass();
      return;
    }
    json.expect('[');
    for (boolean more = !json.take(']'); more; more = RowReader.more(json, ']')) {
      if (json.peek() == '{') {
        item(json, fields);
      } else {
        json.pass();
      }
    }
  }

  private void item(RowScanner json, ItemFields fields) throws BadRow {
    @Nullable String[] labels = new @Nullable String[fields.labels()];
    long count = Row.ABSENT;
    pending.beginItem();
    json.expect('{');
    FieldNames.Field field = fields.names().start();
    for (boolean more = !json.take('}'); more; more = RowReader.more(json, '}')) {
      json.expect('"');
      field = fields.names().read(json, field);
      json.expect(':');
      int number = field.number();
      if (number > fields.labels()) {
        summary(json, fields.metrics().get(number - fields.labels() - 1));
      } else if (number == fields.labels()) {
        count = json.number(0, Row.ABSENT);
      } else if (number >= 0 && json.take('"')) {
        labels[number] = json.string();
      } else {
        json.pass();
      }
    }
    pending.endItem(labels, count);
  }

  /**
   * One row, until its counts are known: a writer other than ours may put them behind the numbers.
   */
  private static final class PendingRow {
    private static final int LONGS = 4;

    private final long[] head = new long[HEAD.size()];
    private final List<Metric> metrics = new ArrayList<>();
    private final List<List<String>> labels = new ArrayList<>();
    private long[] numbers = new long[1024];
    private int end;
    private int item;

    void clear() {
      metrics.clear();
      labels.clear();
      end = 0;
    }

    void begin(Metric metric) {
      metrics.add(metric);
      labels.add(List.of());
      if (end + LONGS > numbers.length) {
        numbers = Arrays.copyOf(numbers, numbers.length * 2);
      }
      Arrays.fill(numbers, end, end + LONGS, Row.ABSENT);
    }

    void set(int which, long number) {
      numbers[end + which] = number;
    }

    void end() {
      end += LONGS;
    }

    void beginItem() {
      item = metrics.size();
    }

    /** Without a key, or without any count, it is nobody's. */
    void endItem(@Nullable String[] names, long count) {
      List<String> of =
          names[0] == null
              ? List.of()
              : Arrays.stream(names).map(name -> Objects.requireNonNullElse(name, "")).toList();
      for (int i = item; i < metrics.size(); i++) {
        labels.set(i, of);
        int number = i * LONGS + NUMBER;
        numbers[number] = numbers[number] == Row.ABSENT ? count : numbers[number];
        if (of.isEmpty() || numbers[number] < 1) {
          numbers[i * LONGS + MIN] = Row.ABSENT;
        }
      }
    }

    void tell(RollupVisitor visitor) {
      visitor.row(head[TS], head[RUN], head[COUNT]);
      for (int i = 0; i < metrics.size(); i++) {
        long min = numbers[i * LONGS + MIN];
        long max = numbers[i * LONGS + MAX];
        long sum = numbers[i * LONGS + SUM];
        long own = numbers[i * LONGS + NUMBER];
        long count = own == Row.ABSENT ? head[COUNT] : own;
        if (min == Row.ABSENT || max < min || count < 1) {
          continue;
        }
        if (metrics.get(i).scalar()) {
          visitor.value(metrics.get(i), min, max, sum, count);
        } else {
          visitor.item(metrics.get(i), labels.get(i), min, max, sum, count);
        }
      }
      visitor.endRow();
    }
  }
}
