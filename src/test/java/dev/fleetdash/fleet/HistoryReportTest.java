package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryReportTest {
  private static final long TS = Rows.ts("2026-11-23T12:00:00Z");
  private static final List<Metric> METRICS =
      List.of(Metric.CPU_UTILIZATION, Metric.MEMORY_TOTAL_BYTES, Metric.FILESYSTEM_USED_BYTES);

  /** What a sink was given, joined as an axis joins it. */
  private static final class Sums implements Recent.Sink {
    private final Recent.Query query;
    private final Map<String, List<Long>> buckets = new TreeMap<>();
    private final List<String> runs = new ArrayList<>();

    Sums(Recent.Query query) {
      this.query = query;
    }

    @Override
    public Ring.Sink series(Metric metric, String key) {
      return (ts, min, max, sum, count) ->
          buckets.merge(
              metric + " " + key + " " + (ts - query.from()) / query.step(),
              List.of(min, max, sum, (long) count),
              (a, b) ->
                  List.of(
                      Math.min(a.get(0), b.get(0)),
                      Math.max(a.get(1), b.get(1)),
                      a.get(2) + b.get(2),
                      a.get(3) + b.get(3)));
    }

    @Override
    public void rows(long run, long first, long last, long rows, int sampleSeconds) {
      runs.add(run + " " + first + " " + last + " " + rows + " " + sampleSeconds);
    }
  }

  private static Recent recent(Ring ring) {
    return (query, into) -> {
      ring.read(query.metrics(), query.from(), query.to(), query.step(), into);
      into.rows(7, query.from(), query.to() - 1, ring.count(query.from(), query.to()), 1);
      return OptionalLong.of(query.from());
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 60, 300})
  void whatArrivesIsWhatTheRingHas(int step) throws Exception {
    Ring ring = new Ring(4 << 20);
    Random random = new Random(step);
    for (int i = 0; i < 1500; i++) {
      Row row = Rows.random(TS + i, 7, random);
      ring.append(row);
    }
    long from = Math.floorDiv(TS, step) * step + step;
    Recent.Query query = new Recent.Query(METRICS, from, from + 1200L / step * step, step);
    Sums here = new Sums(query);
    recent(ring).pour(query, here);
    Sums there = new Sums(query);

    OptionalLong first = HistoryReport.pour(HistoryReport.of(recent(ring), query), query, there);

    assertThat(first).hasValue(from);
    assertThat(there.buckets).isNotEmpty().isEqualTo(here.buckets);
    assertThat(there.runs).isNotEmpty().isEqualTo(here.runs);
  }

  @Test
  void whoHoldsNothingSaysSo() throws Exception {
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 60, 60);
    byte[] nothing = HistoryReport.of((_, _) -> OptionalLong.empty(), query);

    assertThat(HistoryReport.pour(nothing, query, new Sums(query))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"from\":1}",
        "{\"from\":\"T\"}",
        "{\"from\":T,\"runs\":[[1,T,T,2,1]]}",
        "{\"from\":T,\"runs\":[[1,5,T,1,1]]}",
        "{\"from\":T,\"runs\":[[1,T,T,1,61]]}",
        "{\"from\":T,\"runs\":[[1,T,T,1]]}",
        "{\"from\":T,\"series\":[{\"metric\":\"load1\",\"key\":\"\",\"buckets\":[]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"x\",\"buckets\":[]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[1,1,1,1,1]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[-1,1,1,1,1]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,2,1,1,1]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,61]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1.5,1,1,1]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,1]}]",
      })
  void whatIsNoAnswerGivesNotASingleNumber(String body) {
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 60, 60);
    Sums sums = new Sums(query);

    assertThatThrownBy(() ->
            HistoryReport.pour(body.replace("T", Long.toString(TS)).getBytes(UTF_8), query, sums))
        .isInstanceOf(PeerException.class)
        .hasMessage("its answer is malformed");
    assertThat(sums.buckets).isEmpty();
    assertThat(sums.runs).isEmpty();
  }
}
