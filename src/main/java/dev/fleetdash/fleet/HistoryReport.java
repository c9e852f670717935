package dev.fleetdash.fleet;

import dev.fleetdash.history.Budget;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.Recent;
import dev.fleetdash.history.TooMuchException;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a host tells a peer of its newest rows over time, in whole numbers, as sums that the peer
 * joins with those of the archive:
 *
 * <pre>{"from":1795521600,"runs":[[run,first,last,rows,sampleSeconds]],
 * "series":[{"metric":"cpu_utilization","key":"","buckets":[index,min,max,sum,count,…]}]}</pre>
 *
 * <p>A report that is made holds its memory until it is closed.
 */
public final class HistoryReport implements AutoCloseable {
  /** Of an answer; a peer reads no more, of whatever version it is. */
  static final int MOST_BYTES = 4 << 20;

  /**
   * Of the columns from which an answer is written. A chart has at most six megabytes of lines,
   * those of all its hosts together, at 40 bytes a value and 256 a line; here that is less.
   */
  private static final int MOST_COLUMN_BYTES = 5_000 << 10;

  /** What the largest answer takes, bytes, so that it can be made at all, alone. */
  public static final int MOST_MEMORY = MOST_COLUMN_BYTES + MOST_BYTES;

  /** Of a bucket of a line: least, most, sum, number. */
  private static final int BUCKET_BYTES = 3 * Long.BYTES + Integer.BYTES;

  private static final int LINE_BYTES = 256;

  /** What is written of a bucket, most often. */
  private static final int TEXT_BYTES = 30;

  private static final JsonFactory JSON = new JsonFactory();
  private static final int FIELDS = 5;
  private static final int MOST_SERIES = 10_000;
  private static final int MOST_RUNS = 10_000;

  /** Takes everything and keeps nothing. */
  private static final Recent.Sink NOWHERE =
      new Recent.Sink() {
        @Override
        public Ring.Sink series(Metric metric, String key) {
          return (_, _, _, _, _) -> {};
        }

        @Override
        public void rows(long run, long first, long last, long rows, int sampleSeconds) {}
      };

  private final byte[] body;
  private final Budget.Share share;

  private HistoryReport(byte[] body, Budget.Share share) {
    this.body = body;
    this.share = share;
  }

  /** One series of one item. */
  private record Name(Metric metric, String key) {}

  /**
   * What {@code recent} holds of the range.
   *
   * @param memory of which it takes what it needs, before it needs it
   * @throws TooMuchException when it would be larger than any chart can use
   * @throws BusyException when other reports have the memory for too long
   */
  public static HistoryReport of(Recent recent, Recent.Query query, Budget memory)
      throws IOException, TooMuchException, BusyException, InterruptedException {
    Recent.Query held = held(recent, query);
    long lines = held.metrics().size();
    Budget.Share share = memory.take(lines * (bytes(held) + (long) TEXT_BYTES * buckets(held)));
    try {
      int first = (int) ((held.from() - query.from()) / query.step());
      HistoryReport report = new HistoryReport(body(recent, held, first, share), share);
      share = null;
      return report;
    } finally {
      if (share != null) {
        share.close();
      }
    }
  }

  /** The bytes, which are not to be changed. */
  public byte[] body() {
    return body;
  }

  /** Gives its memory back. */
  @Override
  public void close() {
    share.close();
  }

  /** The query without the buckets that are before everything. */
  private static Recent.Query held(Recent recent, Recent.Query query)
      throws IOException, InterruptedException {
    Recent.Query nothing = new Recent.Query(List.of(), query.from(), query.to(), query.step());
    OptionalLong from = recent.pour(nothing, NOWHERE);
    return from.isEmpty()
        ? query
        : new Recent.Query(
            query.metrics(),
            from.getAsLong() - from.getAsLong() % query.step(),
            query.to(),
            query.step());
  }

  private static int buckets(Recent.Query query) {
    return Math.toIntExact((query.to() - query.from()) / query.step());
  }

  /** What the column of a line takes. */
  private static long bytes(Recent.Query query) {
    return LINE_BYTES + (long) BUCKET_BYTES * buckets(query);
  }

  /**
   * @param first index of the query's first bucket for whoever asked
   */
  private static byte[] body(Recent recent, Recent.Query query, int first, Budget.Share share)
      throws IOException, TooMuchException, BusyException, InterruptedException {
    Columns columns = new Columns(query, share);
    OptionalLong from = recent.pour(query, columns);
    columns.check();
    Body counted = new Body(0);
    write(counted, from, columns, first);
    if (counted.length > MOST_BYTES) {
      throw tooMuch();
    }
    if (!share.use(counted.length)) {
      throw busy();
    }
    Body body = new Body(counted.length);
    write(body, from, columns, first);
    return body.bytes;
  }

  private static TooMuchException tooMuch() {
    return new TooMuchException(
        "the answer would be larger than any chart can use; ask for fewer 'metrics', a larger"
            + " 'step' or a shorter range");
  }

  private static BusyException busy() {
    return new BusyException("this node has no memory left for an answer of so many series");
  }

  private static void write(Body body, OptionalLong from, Columns columns, int first) {
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), body)) {
      out.writeStartObject();
      from.ifPresent(second -> out.writeNumberProperty("from", second));
      out.writeName("runs");
      out.writeStartArray();
      columns.runs.forEach(run -> out.writeArray(run, 0, run.length));
      out.writeEndArray();
      out.writeName("series");
      out.writeStartArray();
      columns.lines.forEach((name, line) -> write(out, name, line, first));
      out.writeEndArray();
      out.writeEndObject();
    }
  }

  private static void write(JsonGenerator out, Name name, Columns.Line line, int first) {
    out.writeStartObject();
    out.writeStringProperty("metric", name.metric().fullName());
    out.writeStringProperty("key", name.key());
    out.writeName("buckets");
    out.writeStartArray();
    for (int i = 0; i < line.count.length; i++) {
      if (line.count[i] > 0) {
        out.writeNumber(first + i);
        out.writeNumber(line.min[i]);
        out.writeNumber(line.max[i]);
        out.writeNumber(line.sum[i]);
        out.writeNumber(line.count[i]);
      }
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  /** Counts what is written, and keeps what there is room for. */
  private static final class Body extends OutputStream {
    private final byte[] bytes;
    private int length;

    Body(int room) {
      this.bytes = new byte[room];
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int count) {
      if (length + count <= bytes.length) {
        System.arraycopy(from, offset, bytes, length, count);
      }
      length += count;
    }
  }

  /** Collects what a host has, as far as there is room. */
  private static final class Columns implements Recent.Sink {
    private final Recent.Query query;
    private final Budget.Share share;
    private final Map<Name, Line> lines = new LinkedHashMap<>();
    private final List<long[]> runs = new ArrayList<>();
    private boolean tooMuch;
    private boolean busy;

    Columns(Recent.Query query, Budget.Share share) {
      this.query = query;
      this.share = share;
    }

    @Override
    public Ring.Sink series(Metric metric, String key) {
      Name name = new Name(metric, key);
      Line line = lines.get(name);
      if (line == null && !room()) {
        return NOWHERE.series(metric, key);
      }
      return line != null ? line : lines.computeIfAbsent(name, _ -> new Line());
    }

    private boolean room() {
      long bytes = bytes(query);
      tooMuch |= share.used() + bytes > MOST_COLUMN_BYTES || lines.size() == MOST_SERIES;
      busy |= !tooMuch && !share.use(bytes);
      return !tooMuch && !busy;
    }

    void check() throws TooMuchException, BusyException {
      if (tooMuch) {
        throw HistoryReport.tooMuch();
      }
      if (busy) {
        throw HistoryReport.busy();
      }
    }

    @Override
    public void rows(long run, long first, long last, long rows, int sampleSeconds) {
      runs.add(new long[] {run, first, last, rows, sampleSeconds});
    }

    /** One series, a number for each bucket. */
    private final class Line implements Ring.Sink {
      private final long[] min = new long[buckets(query)];
      private final long[] max = new long[min.length];
      private final long[] sum = new long[min.length];
      private final int[] count = new int[min.length];

      @Override
      public void add(long ts, long least, long most, long total, int number) {
        int i = (int) ((ts - query.from()) / query.step());
        min[i] = count[i] == 0 ? least : Math.min(min[i], least);
        max[i] = count[i] == 0 ? most : Math.max(max[i], most);
        sum[i] += total;
        count[i] += number;
      }
    }
  }

  /** Reads an answer, and gives it to the sink as it goes. */
  private static final class Reading {
    private final Recent.Query query;
    private final Recent.Sink into;
    private final Set<Name> series = new HashSet<>();
    private int runs;
    private long from = -1;

    Reading(Recent.Query query, Recent.Sink into) {
      this.query = query;
      this.into = into;
    }

    OptionalLong read(byte[] body) throws PeerException {
      try (JsonParser json = RowParser.open(body)) {
        read(json);
      } catch (JacksonException _) {
        throw malformed();
      }
      return from == -1 ? OptionalLong.empty() : OptionalLong.of(from);
    }

    private void read(JsonParser json) throws PeerException {
      expect(json.nextToken() == JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "from" -> from = number(json);
          case "runs" -> readRuns(json);
          case "series" -> readAllSeries(json);
          default -> json.skipChildren();
        }
      }
      expect(from == -1 ? series.isEmpty() : from >= query.from() && from < query.to());
    }

    private void readRuns(JsonParser json) throws PeerException {
      expect(json.currentToken() == JsonToken.START_ARRAY);
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(json.currentToken() == JsonToken.START_ARRAY);
        json.nextToken();
        long[] run = numbers(json);
        expect(json.nextToken() == JsonToken.END_ARRAY && runs++ < MOST_RUNS);
        expect(run[1] >= query.from() && run[1] <= run[2] && run[2] < query.to());
        expect(run[3] > 0 && run[3] <= run[2] - run[1] + 1 && run[4] >= 1 && run[4] <= 60);
        into.rows(run[0], run[1], run[2], run[3], (int) run[4]);
      }
    }

    /** Five numbers, at the first of which the parser is. */
    private static long[] numbers(JsonParser json) throws PeerException {
      long[] numbers = new long[FIELDS];
      numbers[0] = number(json);
      for (int i = 1; i < FIELDS; i++) {
        json.nextToken();
        numbers[i] = number(json);
      }
      return numbers;
    }

    private void readAllSeries(JsonParser json) throws PeerException {
      expect(json.currentToken() == JsonToken.START_ARRAY);
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(json.currentToken() == JsonToken.START_OBJECT && series.size() < MOST_SERIES);
        readSeries(json);
      }
    }

    /** Whose the buckets are is said before them, so that none has to be kept. */
    private void readSeries(JsonParser json) throws PeerException {
      String metric = "";
      Optional<String> key = Optional.empty();
      int before = series.size();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        switch (name) {
          case "metric" -> metric = text(json, value);
          case "key" -> key = Optional.of(text(json, value));
          case "buckets" -> readBuckets(json, sink(metric, key.orElseThrow(Reading::malformed)));
          default -> json.skipChildren();
        }
      }
      expect(series.size() == before + 1);
    }

    private static String text(JsonParser json, JsonToken value) throws PeerException {
      expect(value == JsonToken.VALUE_STRING);
      return json.getString();
    }

    private Ring.Sink sink(String metric, String key) throws PeerException {
      Metric known =
          Metric.named(metric).filter(query.metrics()::contains).orElseThrow(Reading::malformed);
      expect(known.scalar() == key.isEmpty() && series.add(new Name(known, key)));
      return into.series(known, key);
    }

    private void readBuckets(JsonParser json, Ring.Sink sink) throws PeerException {
      expect(json.currentToken() == JsonToken.START_ARRAY);
      long most = (query.to() - query.from()) / query.step();
      for (long i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
        long[] bucket = numbers(json);
        expect(i < most && bucket[0] >= 0 && bucket[0] < most);
        expect(bucket[1] <= bucket[2] && bucket[4] > 0 && bucket[4] <= query.step());
        long ts = query.from() + bucket[0] * query.step();
        sink.add(ts, bucket[1], bucket[2], bucket[3], (int) bucket[4]);
      }
    }

    private static long number(JsonParser json) throws PeerException {
      expect(json.currentToken() == JsonToken.VALUE_NUMBER_INT);
      return json.getLongValue();
    }

    private static void expect(boolean condition) throws PeerException {
      if (!condition) {
        throw malformed();
      }
    }

    private static PeerException malformed() {
      return new PeerException("its answer is malformed");
    }
  }

  /**
   * Gives what a host has told to the sink, once all of it is known to be good: it is read twice,
   * and of the first time only the names of its series are kept.
   *
   * @throws PeerException where it is nothing of the kind
   */
  static OptionalLong pour(byte[] body, Recent.Query query, Recent.Sink into) throws PeerException {
    new Reading(query, NOWHERE).read(body);
    return new Reading(query, into).read(body);
  }
}
