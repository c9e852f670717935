package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.fleet.Member;
import dev.fleetdash.history.Recent;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What members of the fleet are answered. */
final class PeerApiTest {
  private static final long TS = RunningServer.TS;
  private static final int PLACES = 64;
  private static final String BUSY = "{\"error\":{\"code\":\"busy\",\"message\":\"";

  @TempDir private Path folder;
  private RunningServer node;
  private Member member;

  @BeforeEach
  void start() throws Exception {
    MemoryArchive archive = new MemoryArchive();
    node = RunningServer.over(archive, folder);
    member = new Member(archive, node.client());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private CompletableFuture<Member.Answer> asked(String path) {
    return member.ask(node.uri(path), Rows.HOST, node.clock.millis());
  }

  private Member.Answer ask(String path) throws Exception {
    return Patience.get(asked(path));
  }

  private static String history(String metrics, long from, long to, long step) {
    return "/peer/history?metrics=%s&from=%d&to=%d&step=%d".formatted(metrics, from, to, step);
  }

  @Test
  void aMemberIsToldWhatTheRingHolds() throws Exception {
    node.tick(1);
    node.tick(61);

    assertThat(ask(history("cpu_utilization,of_a_later_version", TS, TS + 120, 60)))
        .isEqualTo(
            new Member.Answer(
                200,
                "{\"from\":%d,\"runs\":[[%d,%d,%d,1,1]],\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[1,2500,2500,2500,1]}]}"
                    .formatted(TS + 60, TS * 1000, TS + 60, TS + 61),
                true));
  }

  @Test
  void whoHoldsNoWholeMinuteOfARangeOfMinutesSpeaksForNone() throws Exception {
    node.tick(1);
    node.tick(61);

    assertThat(ask(history("cpu_utilization", TS, TS + 60, 60)))
        .isEqualTo(new Member.Answer(200, "{\"runs\":[],\"series\":[]}", true));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, 0, bad_range, step",
    "0, 100, -1, bad_time, step",
    "0, 100, 1.5, bad_time, step",
    "0, 100, '', bad_time, step",
    "0, 2147483648, 2147483648, bad_range, step",
    "0, 10000000000, 10000000000, bad_range, step",
    "0, 100000000000, 100000000000, bad_time, to",
    "0, 100, 100000000000, bad_time, step",
    "0, 100, 99999999999999999999, bad_time, step",
    "0, 999999999999, 1, bad_time, to",
    "999999999990, 999999999999, 1, bad_time, from",
    "0, 99999999999, 1, bad_range, step",
    "-100, 100, 1, bad_time, from",
    "200, 100, 1, bad_range, step",
    "100, 100, 1, bad_range, step",
    "1, 100, 3, bad_range, step",
    "0, 100, 3, bad_range, step",
    "0, 10001, 1, bad_range, step",
  })
  void whatNoPeerAsksIsRefusedWithASignatureAndNotLogged(
      String from, String to, String step, String code, String field) throws Exception {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    Member.Answer answer;
    try (PrintStream caught = new PrintStream(log, true, UTF_8)) {
      System.setErr(caught);
      answer = ask("/peer/history?metrics=load1&from=%s&to=%s&step=%s".formatted(from, to, step));
    } finally {
      System.setErr(before);
    }

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.signed()).isTrue();
    assertThat(answer.body())
        .startsWith("{\"error\":{\"code\":\"" + code + "\",\"message\":\"")
        .endsWith("\",\"field\":\"" + field + "\"}}");
    assertThat(log.toString(UTF_8)).isEmpty();
  }

  @Test
  void moreBucketsThanAnyChartHasAreRefusedWithTheMend() throws Exception {
    node.recent =
        (query, into) -> {
          for (int i = 0; i < 20; i++) {
            into.series(Metric.CORE_UTILIZATION, "cpu" + i).add(query.from(), 1, 1, 1, 1);
          }
          return OptionalLong.of(query.from());
        };

    assertThat(ask(history("cores.utilization", TS, TS + 10_000, 1)))
        .isEqualTo(
            new Member.Answer(
                400,
                "{\"error\":{\"code\":\"too_much\",\"message\":\"the answer would be larger than any chart can use; ask for fewer 'metrics', a larger 'step' or a shorter range\",\"field\":\"step\"}}",
                true));
  }

  @Test
  void whoeverFindsTheMemoryTakenIsToldSo() throws Exception {
    Held held = new Held(1);
    node.recent = held;
    String metrics =
        Metric.scalars().stream().limit(32).map(Metric::fullName).collect(Collectors.joining(","));
    CompletableFuture<Member.Answer> large = asked(history(metrics, TS, TS + 6_000, 1));
    Patience.await(held.inside);

    Member.Answer refused = ask(history("load1", TS, TS + 1, 1));
    held.go.countDown();

    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.signed()).isTrue();
    assertThat(refused.body()).startsWith(BUSY + "this node has no memory left");
    assertThat(Patience.get(large).status()).isEqualTo(200);
    assertThat(ask(history("load1", TS, TS + 1, 1)).status()).isEqualTo(200);
  }

  @Test
  void theNewestRowsAreToldHoweverManyAskForThePast() throws Exception {
    Held held = new Held(PLACES);
    node.recent = held;
    node.tick(1);
    List<CompletableFuture<Member.Answer>> past = new ArrayList<>();
    for (int i = 0; i < PLACES; i++) {
      past.add(asked(history("load1", TS, TS + 1, 1)));
    }
    Patience.await(held.inside);

    assertThat(ask("/peer/live?after=" + TS).status()).isEqualTo(200);
    assertThat(ask(history("load1", TS, TS + 1, 1)).body()).startsWith(BUSY + "too many peers");
    held.go.countDown();
    for (CompletableFuture<Member.Answer> one : past) {
      assertThat(Patience.get(one).status()).isEqualTo(200);
    }
  }

  /** A host of which each answer takes until it is let go. */
  private static final class Held implements Recent {
    private final CountDownLatch inside;
    private final CountDownLatch go = new CountDownLatch(1);

    Held(int answers) {
      this.inside = new CountDownLatch(answers);
    }

    @Override
    public OptionalLong pour(Query query, Sink into) throws InterruptedException {
      if (!query.metrics().isEmpty()) {
        inside.countDown();
        Patience.await(go);
      }
      return OptionalLong.of(query.from());
    }
  }
}
