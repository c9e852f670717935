package dev.fleetdash.fleet;

import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
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
 */
public final class HistoryReport {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int FIELDS = 5;
  private static final int MOST_SERIES = 10_000;
  private static final int MOST_RUNS = 10_000;

  private HistoryReport() {}

  /** One series of one item. */
  private record Name(Metric metric, String key) {}

  /** A bucket's numbers. */
  private static final class Bucket {
    private long min = Long.MAX_VALUE;
    private long max = Long.MIN_VALUE;
    private long sum;
    private int count;

    void add(long min, long max, long sum, int count) {
      this.min = Math.min(this.min, min);
      this.max = Math.max(this.max, max);
      this.sum += sum;
      this.count += count;
    }
  }

  /** What {@code recent} holds of the range. */
  public static byte[] of(Recent recent, Recent.Query query)
      throws IOException, InterruptedException {
    Columns columns = new Columns(query);
    OptionalLong from = recent.pour(query, columns);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(16 * 1024);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      from.ifPresent(first -> out.writeNumberProperty("from", first));
      out.writeName("runs");
      out.writeStartArray();
      columns.runs.forEach(run -> numbers(out, run));
      out.writeEndArray();
      out.writeName("series");
      out.writeStartArray();
      columns.series.forEach((name, buckets) -> series(out, name, buckets));
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void numbers(JsonGenerator out, long... numbers) {
    out.writeArray(numbers, 0, numbers.length);
  }

  private static void series(JsonGenerator out, Name name, Map<Integer, Bucket> buckets) {
    out.writeStartObject();
    out.writeStringProperty("metric", name.metric().fullName());
    out.writeStringProperty("key", name.key());
    out.writeName("buckets");
    out.writeStartArray();
    buckets.forEach((index, bucket) -> {
      out.writeNumber(index);
      out.writeNumber(bucket.min);
      out.writeNumber(bucket.max);
      out.writeNumber(bucket.sum);
      out.writeNumber(bucket.count);
    });
    out.writeEndArray();
    out.writeEndObject();
  }

  /** Collects what a host has. */
  private static final class Columns implements Recent.Sink {
    private final Recent.Query query;
    private final Map<Name, Map<Integer, Bucket>> series = new LinkedHashMap<>();
    private final List<long[]> runs = new ArrayList<>();

    Columns(Recent.Query query) {
      this.query = query;
    }

    @Override
    public Ring.Sink series(Metric metric, String key) {
      Map<Integer, Bucket> buckets =
          series.computeIfAbsent(new Name(metric, key), _ -> new LinkedHashMap<>());
      return (ts, min, max, sum, count) ->
          buckets
              .computeIfAbsent((int) ((ts - query.from()) / query.step()), _ -> new Bucket())
              .add(min, max, sum, count);
    }

    @Override
    public void rows(long run, long first, long last, long rows, int sampleSeconds) {
      runs.add(new long[] {run, first, last, rows, sampleSeconds});
    }
  }

  /** An answer, read whole and found good. */
  private static final class Answer {
    private final Recent.Query query;
    private final Map<Name, List<long[]>> series = new LinkedHashMap<>();
    private final List<long[]> runs = new ArrayList<>();
    private long from = -1;

    Answer(Recent.Query query) {
      this.query = query;
    }

    void read(JsonParser json) throws PeerException {
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
        long[] run = tuple(json);
        expect(json.nextToken() == JsonToken.END_ARRAY && runs.size() < MOST_RUNS);
        expect(run[1] >= query.from() && run[1] <= run[2] && run[2] < query.to());
        expect(run[3] > 0 && run[3] <= run[2] - run[1] + 1 && run[4] >= 1 && run[4] <= 60);
        runs.add(run);
      }
    }

    /** Five numbers, at whose opening bracket the parser is. */
    private static long[] tuple(JsonParser json) throws PeerException {
      expect(json.currentToken() == JsonToken.START_ARRAY);
      long[] numbers = new long[FIELDS];
      for (int i = 0; i < FIELDS; i++) {
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

    private void readSeries(JsonParser json) throws PeerException {
      String metric = "";
      String key = "";
      List<long[]> buckets = List.of();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        switch (name) {
          case "metric" -> metric = value == JsonToken.VALUE_STRING ? json.getString() : "";
          case "key" -> key = value == JsonToken.VALUE_STRING ? json.getString() : "";
          case "buckets" -> buckets = buckets(json);
          default -> json.skipChildren();
        }
      }
      Metric known =
          Metric.named(metric).filter(query.metrics()::contains).orElseThrow(Answer::malformed);
      expect(known.scalar() == key.isEmpty());
      expect(series.put(new Name(known, key), buckets) == null);
    }

    private List<long[]> buckets(JsonParser json) throws PeerException {
      expect(json.currentToken() == JsonToken.START_ARRAY);
      List<long[]> buckets = new ArrayList<>();
      long most = (query.to() - query.from()) / query.step();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        long[] bucket = new long[FIELDS];
        bucket[0] = number(json);
        for (int i = 1; i < FIELDS; i++) {
          json.nextToken();
          bucket[i] = number(json);
        }
        expect(bucket[0] >= 0 && bucket[0] < most && buckets.size() < most);
        expect(bucket[1] <= bucket[2] && bucket[4] > 0 && bucket[4] <= query.step());
        buckets.add(bucket);
      }
      return buckets;
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

    OptionalLong pour(Recent.Sink into) {
      series.forEach((name, buckets) -> {
        Ring.Sink sink = into.series(name.metric(), name.key());
        for (long[] bucket : buckets) {
          long ts = query.from() + bucket[0] * query.step();
          sink.add(ts, bucket[1], bucket[2], bucket[3], Math.toIntExact(bucket[4]));
        }
      });
      runs.forEach(run -> into.rows(run[0], run[1], run[2], run[3], (int) run[4]));
      return from == -1 ? OptionalLong.empty() : OptionalLong.of(from);
    }
  }

  /**
   * Gives what a host has told to the sink, once all of it is known to be good.
   *
   * @throws PeerException where it is nothing of the kind
   */
  static OptionalLong pour(byte[] body, Recent.Query query, Recent.Sink into) throws PeerException {
    Answer answer = new Answer(query);
    try (JsonParser json = RowParser.open(body)) {
      answer.read(json);
    } catch (JacksonException _) {
      throw Answer.malformed();
    }
    return answer.pour(into);
  }
}
