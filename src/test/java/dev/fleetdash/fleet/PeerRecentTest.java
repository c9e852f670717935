package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.history.Budget;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.Recent;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RawPeer;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the answers of all peers take together. */
class PeerRecentTest {
  private static final HostName HOST = new HostName("web-2");
  private static final long TS = Rows.ts("2026-11-23T12:00:00Z");
  private static final Recent.Query QUERY =
      new Recent.Query(List.of(Metric.CPU_UTILIZATION), TS, TS + 60, 60);
  private static final String GOOD =
      "{\"from\":%d,\"runs\":[],\"series\":[{\"metric\":\"cpu_utilization\",\"key\":\"\",\"buckets\":[0,1,1,1,1]}]}"
          .formatted(TS);
  private static final int MEMORY_BYTES = 1 << 20;
  private static final String NO_ROOM =
      "its newest rows are missing: this node has no memory left for its answer; ask for less, or"
          + " try again";

  private final FakeClock clock = new FakeClock("2026-11-23T12:00:00Z");
  private final FleetKey key = FleetKey.random();
  private final Budget memory = new Budget(MEMORY_BYTES, Duration.ZERO);
  private final List<Long> poured = new ArrayList<>();
  private PeerGate gate;
  private PeerClient client;
  private RawPeer peer;
  private volatile String body = GOOD;
  private volatile boolean lengthTold = true;

  @BeforeEach
  void start() throws IOException {
    MemoryArchive archive = new MemoryArchive();
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(key)));
    Telemetry telemetry = new Telemetry(clock);
    FleetKeys keys = new FleetKeys(archive, System::nanoTime, Patience.LIMIT, telemetry);
    keys.refresh().join();
    gate = new PeerGate(HOST, keys, telemetry.clocks(), System::nanoTime);
    client =
        new PeerClient(
            keys, List.of(AddressBlock.parse("127.0.0.0/8")), Set.of(), telemetry.clocks());
    peer = new RawPeer(this::answer);
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    peer.close();
  }

  private void answer(String head, OutputStream out) throws IOException {
    Optional<String> signature =
        head.lines()
            .filter(line -> line.startsWith("Authorization: "))
            .map(line -> line.substring(15))
            .findFirst();
    PeerGate.Verdict verdict = gate.check("GET", head.split(" ", 3)[1], signature.orElse(null));
    if (verdict instanceof PeerGate.Verdict.Admitted admitted) {
      byte[] bytes = body.getBytes(UTF_8);
      String length = lengthTold ? "Content-Length: " + bytes.length + "\r\n" : "";
      out.write(
          "HTTP/1.1 200 OK\r\n%s: %s\r\n%s\r\n"
              .formatted(gate.header(), gate.sign(admitted.pass(), 200, bytes), length)
              .getBytes(ISO_8859_1));
      out.write(bytes);
    }
  }

  private void pour() throws Exception {
    pour(() -> {});
  }

  /**
   * @param meanwhile run while the answer is read
   */
  private void pour(Runnable meanwhile) throws Exception {
    new PeerRecent(client, HOST, peer.address(), memory)
        .pour(
            QUERY,
            new Recent.Sink() {
              @Override
              public Ring.Sink series(Metric metric, String key) {
                meanwhile.run();
                return (ts, _, _, _, _) -> poured.add(ts);
              }

              @Override
              public void rows(long run, long first, long last, long rows, int sampleSeconds) {}
            });
  }

  private void takeAll() throws Exception {
    memory.take(MEMORY_BYTES).close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerHasItsMemoryUntilItIsPoured(boolean told) throws Exception {
    lengthTold = told;
    pour(() -> assertThatThrownBy(this::takeAll).isInstanceOf(BusyException.class));

    assertThat(poured).containsExactly(TS);
    takeAll();
  }

  @Test
  void whereOthersHaveTheMemoryItIsNotReadAndThatIsSaid() throws Exception {
    try (Budget.Share others = memory.take(MEMORY_BYTES)) {
      assertThat(others.used()).isZero();
      assertThatThrownBy(this::pour).isInstanceOf(IOException.class).hasMessage(NO_ROOM);
    }
    assertThat(poured).isEmpty();

    pour();

    assertThat(poured).containsExactly(TS);
  }

  @Test
  void whatIsOfNoUseGivesItsMemoryBackToo() throws Exception {
    body = GOOD.replace("[0,1,1,1,1]", "[0,1,1,1]");

    assertThatThrownBy(this::pour).hasMessageContaining("malformed");

    takeAll();
  }
}
