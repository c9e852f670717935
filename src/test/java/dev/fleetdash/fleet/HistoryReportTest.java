package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.fleetdash.history.Budget;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.Recent;
import dev.fleetdash.history.TooMuchException;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  private static byte[] made(Recent recent, Recent.Query query) throws Exception {
    try (HistoryReport report = HistoryReport.of(recent, query, memory())) {
      return report.body();
    }
  }

  private static Budget memory() {
    return new Budget(HistoryReport.MOST_MEMORY, Duration.ZERO);
  }

  /** Whether all of it is there. */
  private static void assertGivenBack(Budget memory) throws Exception {
    memory.take(HistoryReport.MOST_MEMORY).close();
  }

  /** So many file systems, of each of which there is a number in so many buckets. */
  private static Recent items(int items, int buckets, long number) {
    return (query, into) -> {
      for (int item = 0; item < items && !query.metrics().isEmpty(); item++) {
        Ring.Sink sink = into.series(Metric.FILESYSTEM_USED_BYTES, "/" + item);
        for (int i = 0; i < buckets; i++) {
          sink.add(query.from() + (long) i * query.step(), number, number, number, 1);
        }
      }
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

    OptionalLong first = HistoryReport.pour(made(recent(ring), query), query, there);

    assertThat(first).hasValue(from);
    assertThat(there.buckets).isNotEmpty().isEqualTo(here.buckets);
    assertThat(there.runs).isNotEmpty().isEqualTo(here.runs);
  }

  @Test
  void whoHoldsNothingSaysSo() throws Exception {
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 60, 60);
    byte[] nothing = made((_, _) -> OptionalLong.empty(), query);

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
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,4294967297]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"buckets\":[0,1,1,1,1],\"key\":\"\"}]}",
        "{\"from\":T,\"series\":[{\"key\":\"\",\"buckets\":[0,1,1,1,1],\"metric\":\"cpu_utilization\"}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\"}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":7,\"buckets\":[]}]}",
        "{\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[],\"buckets\":[]}]}",
        "{\"from\":T,\"runs\":[[1,T,T,1,1]],\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,1]},{\"metric\":\"memory_total_bytes\",\"key\":\"\",\"buckets\":[0,2,1,1,1]}]}",
        "{\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,1]}],\"from\":1}",
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

  @Test
  void unknownFieldsOfALaterVersionAreLeftOut() throws Exception {
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 60, 60);
    Sums sums = new Sums(query);
    String body =
        "{\"x\":[{}],\"from\":T,\"series\":[{\"metric\":\"cpu_utilization\",\"x\":{\"y\":[1]},\"key\":\"\",\"buckets\":[0,1,2,3,2],\"z\":1}]}";

    HistoryReport.pour(body.replace("T", Long.toString(TS)).getBytes(UTF_8), query, sums);

    assertThat(sums.buckets)
        .containsOnly(entry(Metric.CPU_UTILIZATION + "  0", List.of(1L, 2L, 3L, 2L)));
  }

  /** As many lines of so many buckets as a chart may have, whose memory is six megabytes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, 500, 5000})
  void whatAChartMayAskForIsAnswered(int buckets) throws Exception {
    int lines = Math.min(10_000, 6_000_000 / (256 + 40 * buckets));
    Recent.Query query = new Recent.Query(METRICS, TS, TS + buckets, 1);
    Sums sums = new Sums(query);

    HistoryReport.pour(made(items(lines, 1, 7), query), query, sums);

    assertThat(sums.buckets).hasSize(lines);
  }

  @ParameterizedTest
  @CsvSource({"20, 1, 7", "10001, 0, 7", "15, 10000, 1000000000000"})
  void whatIsLargerThanAnyChartIsRefusedAndSaysWhatToAskInstead(
      int items, int filled, long number) {
    int buckets = items > 100 ? 1 : 10_000;
    Recent.Query query = new Recent.Query(METRICS, TS, TS + buckets, 1);
    Budget memory = memory();

    assertThatThrownBy(() -> HistoryReport.of(items(items, filled, number), query, memory))
        .isInstanceOf(TooMuchException.class)
        .hasMessage(
            "the answer would be larger than any chart can use; ask for fewer 'metrics', a larger"
                + " 'step' or a shorter range");
    assertThatCode(() -> assertGivenBack(memory)).doesNotThrowAnyException();
  }

  @Test
  void whatIsBeforeTheFirstRowTakesNoMemory() throws Exception {
    Recent late =
        (query, into) ->
            items(100, 1, 7)
                .pour(new Recent.Query(query.metrics(), TS + 9_999, TS + 10_000, 1), into);
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 10_000, 1);
    Sums sums = new Sums(query);

    assertThat(HistoryReport.pour(made(late, query), query, sums)).hasValue(TS + 9_999);

    assertThat(sums.buckets).hasSize(100).containsKey(Metric.FILESYSTEM_USED_BYTES + " /0 9999");
  }

  @Test
  void onlySoManyAreMadeAtOnceAsThereIsMemoryFor() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Recent slow =
        (query, _) -> {
          if (!query.metrics().isEmpty()) {
            inside.countDown();
            Patience.await(go);
          }
          return OptionalLong.of(query.from());
        };
    Recent.Query large = new Recent.Query(Metric.scalars().subList(0, 32), TS, TS + 6_000, 1);
    Recent.Query small = new Recent.Query(METRICS, TS, TS + 1, 1);
    Budget memory = memory();
    // Let go before the threads are waited for, also where something fails.
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        AutoCloseable _ = go::countDown) {
      Future<HistoryReport> first = threads.submit(() -> HistoryReport.of(slow, large, memory));
      Patience.await(inside);

      assertThatThrownBy(() -> HistoryReport.of(items(1, 1, 7), small, memory))
          .isInstanceOf(BusyException.class);
      go.countDown();
      HistoryReport made = Patience.get(first);
      assertThatThrownBy(() -> HistoryReport.of(items(1, 1, 7), small, memory))
          .as("it is still there to be sent")
          .isInstanceOf(BusyException.class);
      made.close();
      HistoryReport.of(items(1, 1, 7), small, memory).close();
    }
    assertGivenBack(memory);
  }

  @Test
  void itemsForWhichThereIsNoMemoryLeftAreNotLeftOutSilently() throws Exception {
    Budget memory = memory();
    Recent.Query query = new Recent.Query(METRICS, TS, TS + 10_000, 1);
    try (Budget.Share others = memory.take(HistoryReport.MOST_MEMORY - (2 << 20))) {
      assertThat(others.used()).isZero();
      assertThatThrownBy(() -> HistoryReport.of(items(10, 1, 7), query, memory))
          .isInstanceOf(BusyException.class)
          .hasMessageContaining("memory");
    }
    assertGivenBack(memory);
  }
}
