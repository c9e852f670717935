package dev.fleetdash.fleet;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RawPeer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a host is said to be, with clocks driven by hand: another one asked over HTTP. */
class StatesTest {
  private static final HostName SELF = new HostName("web-1");
  private static final HostName OTHER = new HostName("web-2");
  private static final long START = 1_795_521_600L - 60;
  private static final long RUN = START * 1000;

  private final FakeClock clock = new FakeClock("2026-11-24T12:00:00Z");
  private final long started = clock.instant().getEpochSecond();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicBoolean bucketAway = new AtomicBoolean();
  private final AtomicBoolean silent = new AtomicBoolean();
  private final AtomicInteger lists = new AtomicInteger();
  private final MemoryArchive archive = new MemoryArchive(this::asked);
  private final HostRecords records = new HostRecords(archive);
  private final Ring otherRing = new Ring(1 << 20);
  private FleetKeys keys;
  private RawPeer other;
  private LiveFleet fleet;

  private void asked() {
    lists.incrementAndGet();
    if (bucketAway.get()) {
      StatesTest.<RuntimeException>raise(new IOException("away"));
    }
  }

  /** As an archive would, through a {@link Runnable}. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> void raise(Exception e) throws E {
    throw (E) e;
  }

  @BeforeEach
  void start() throws IOException {
    Telemetry telemetry = new Telemetry(clock);
    LongSupplier time = nanos::get;
    FleetKeys theirs = new FleetKeys(archive, time, Patience.LIMIT, telemetry);
    theirs.refresh().join();
    PeerGate gate = new PeerGate(OTHER, theirs, new Telemetry(clock).clocks(), time);
    other = new RawPeer((head, out) -> serve(gate, head, out));
    keys = new FleetKeys(archive, time, Patience.LIMIT, telemetry);
    keys.refresh().join();
    Ring own = new Ring(1 << 20);
    own.append(Row.at(started, SELF, 1).set(Metric.LOAD1, 1.0).build());
    fleet =
        new LiveFleet(
            new Self(SELF, () -> machine("127.0.0.1:1"), RUN, new Stretches(clock, time), own),
            archive,
            new PeerClient(
                keys,
                List.of(AddressBlock.parse("127.0.0.0/8")),
                Set.of(),
                new Telemetry(clock).clocks()),
            Patience.LIMIT,
            clock,
            time,
            telemetry);
    otherRing.append(row(started));
    record(HostRecord.State.RUNNING, Optional.empty());
  }

  private void serve(PeerGate gate, String head, java.io.OutputStream out) throws IOException {
    if (silent.get()) {
      return;
    }
    String path = head.split(" ", 3)[1];
    String authorization =
        head.lines()
            .filter(line -> line.startsWith("Authorization: "))
            .map(line -> line.substring(15))
            .findFirst()
            .orElse("");
    PeerGate.Verdict verdict = gate.check("GET", path, authorization);
    byte[] body = LiveReport.of(OTHER, otherRing, OptionalLong.empty());
    if (verdict instanceof PeerGate.Verdict.Admitted admitted) {
      out.write(
          "HTTP/1.1 200 OK\r\n%s: %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(gate.header(), gate.sign(admitted.pass(), 200, body), body.length)
              .getBytes(StandardCharsets.ISO_8859_1));
      out.write(body);
    }
  }

  @AfterEach
  void stop() throws IOException {
    fleet.close();
    other.close();
  }

  @Test
  void whoAnswersIsLiveSinceItsRunBegan() {
    look();

    HostStatus status = awaitState(State.LIVE);

    assertThat(status.since()).isEqualTo(RUN / 1000);
    assertThat(status.reason()).isEmpty();
    assertThat(fleet.sampleSeconds(OTHER)).hasValue(1);
    assertThat(status.machine().flatMap(Machine::zone)).contains("eu-west-1a");
    assertThat(status.latest().orElseThrow().row().ts()).isEqualTo(started);
  }

  @Test
  void nobodyIsAskedWhileNobodyLooks() {
    int before = lists.get();
    fleet.start();

    await().until(fleet::asleep);
    assertThat(fleet.view().hosts()).extracting(HostStatus::host).containsExactly(SELF);
    assertThat(other.requests()).isZero();
    assertThat(lists).hasValue(before);

    fleet.look(List.of());
    awaitState(State.LIVE);
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    await().until(() -> fleet.asleep() && fleet.idle());
    int asked = other.requests();
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    await().until(() -> fleet.asleep() && fleet.idle());
    assertThat(other.requests()).isEqualTo(asked);
  }

  @Test
  void whoStopsAnsweringIsStaleForThreeMinutesAndThenLostWhenNothingComes() throws Exception {
    archive(started - 30);
    look();
    awaitState(State.LIVE);

    silent.set(true);
    HostStatus stale = passUntil(State.STALE, Duration.ofSeconds(20));
    assertThat(stale.since()).isEqualTo(started);
    assertThat(stale.reason()).isPresent();

    pass(Duration.ofSeconds(150));
    assertThat(state()).isEqualTo(State.STALE);
    HostStatus lost = passUntil(State.LOST, Duration.ofSeconds(30));
    // Its last row came by the network, and was not archived.
    assertThat(lost.since()).isEqualTo(started - 30);
    assertThat(lost.latest().orElseThrow().row().ts()).isEqualTo(started);

    silent.set(false);
    HostStatus back = passUntil(State.LIVE, Duration.ofSeconds(90));
    assertThat(back.since()).isGreaterThan(lost.since());
  }

  @Test
  void whoseRowsStillComeIsUnreachableAndShownByThem() throws Exception {
    look();
    awaitState(State.LIVE);
    silent.set(true);
    passUntil(State.STALE, Duration.ofSeconds(20));

    archive(started + 120);
    HostStatus status = passUntil(State.UNREACHABLE, Duration.ofSeconds(220));

    assertThat(status.since()).isEqualTo(started);
    assertThat(status.latest().orElseThrow().row().ts()).isEqualTo(started + 119);
    assertThat(status.latest().orElseThrow().items(Family.TOP_PROCESSES).getFirst().labels())
        .containsExactly("<b>java</b>", "42", "root");
    // When they stop coming it is lost.
    assertThat(passUntil(State.LOST, Duration.ofMinutes(6)).since()).isEqualTo(started + 120);
  }

  @ParameterizedTest
  @ValueSource(longs = {-3_600, 3_600, 100 * 86_400})
  void hostWhoseClockIsOffIsUnreachableWhileItsRowsComeAndLostAfterwards(long ahead)
      throws Exception {
    silent.set(true);
    record(HostRecord.State.RUNNING, Optional.empty(), ahead);
    archive(started + ahead + 180);
    look();

    HostStatus status = passUntil(State.UNREACHABLE, Duration.ofSeconds(220));

    assertThat(status.latest().orElseThrow().row().ts()).isEqualTo(started + ahead + 179);
    passUntil(State.LOST, Duration.ofMinutes(10));
  }

  @Test
  void whileTheArchiveIsAwayNobodyIsCalledLost() {
    look();
    awaitState(State.LIVE);
    silent.set(true);
    bucketAway.set(true);

    HostStatus status = passUntil(State.UNKNOWN, Duration.ofMinutes(4));
    assertThat(status.reason().orElseThrow()).contains("the archive cannot be read");
    assertThat(fleet.view().trouble()).isPresent();

    bucketAway.set(false);
    passUntil(State.LOST, Duration.ofMinutes(4));
    bucketAway.set(true);
    pass(Duration.ofMinutes(12));
    assertThat(state()).isEqualTo(State.LOST);
  }

  @Test
  void withoutAnArchiveTheKnownPeersStayLive() {
    look();
    awaitState(State.LIVE);
    bucketAway.set(true);

    pass(Duration.ofMinutes(12));

    assertThat(state()).isEqualTo(State.LIVE);
    assertThat(fleet.view().trouble()).isPresent();
  }

  @Test
  void whoSaysGoodbyeHasEndedAndIsNeverDown() throws Exception {
    look();
    awaitState(State.LIVE);
    silent.set(true);
    archive(started + 20);
    pass(Duration.ofSeconds(30));
    record(HostRecord.State.ENDED, Optional.of("scale_in"));

    HostStatus status = passUntil(State.ENDED, Duration.ofSeconds(70));
    assertThat(status.reason()).contains("scale_in");
    assertThat(status.since()).isEqualTo(status.runs().getLast().end());
    await().until(() -> newest() == started + 19);
    pass(Duration.ofMinutes(30));
    assertThat(state()).isEqualTo(State.ENDED);
    int asked = other.requests();
    pass(Duration.ofMinutes(2));
    assertThat(other.requests()).isEqualTo(asked);

    clock.advance(Duration.ofHours(25));
    nanos.addAndGet(Duration.ofHours(25).toNanos());
    pass(Duration.ofMinutes(2));
    assertThat(fleet.view().hosts()).hasSize(1);
  }

  @Test
  void whoCameBackOnTheSameAddressIsLiveBeforeItsRecordSaysSo() throws Exception {
    look();
    awaitState(State.LIVE);
    record(HostRecord.State.ENDED, Optional.of("stopped"));
    silent.set(true);
    passUntil(State.ENDED, Duration.ofSeconds(70));

    otherRing.append(Row.at(now(), OTHER, RUN + 300_000).set(Metric.LOAD1, 1.0).build());
    silent.set(false);

    passUntil(State.LIVE, Duration.ofSeconds(40));
  }

  @Test
  void aWrongClockIsTheReason() {
    FakeClock ahead = new FakeClock("2026-11-24T12:00:45Z");
    PeerGate gate = new PeerGate(OTHER, keys, new Telemetry(ahead).clocks(), nanos::get);
    PeerGate.Verdict verdict =
        gate.check(
            "GET",
            PeerPaths.LIVE,
            PeerSignature.Request.signed(
                    keys.signing().orElseThrow(), "GET", PeerPaths.LIVE, OTHER, clock.millis())
                .header());

    assertThat(verdict)
        .isInstanceOfSatisfying(
            PeerGate.Verdict.Refused.class,
            refused -> assertThat(refused.message()).isEqualTo("the clocks are 45 s apart"));
  }

  @Test
  void oneListAMinuteAndOnlyChangedRecordsAreRead() {
    look();
    awaitState(State.LIVE);
    pass(Duration.ofMinutes(5));
    int before = lists.get();

    pass(Duration.ofMinutes(4));

    // Four lists of today, and at most one of yesterday; the key is not this count's.
    assertThat(lists.get() - before).isBetween(4, 7);
  }

  @Test
  void theTimelineTellsWhatHappened() throws Exception {
    look();
    awaitState(State.LIVE);
    record(HostRecord.State.ENDED, Optional.of("spot_interruption"));
    pass(Duration.ofMinutes(2));

    assertThat(fleet.events(started - 100, started + 1000).events())
        .extracting(FleetEvent::host, FleetEvent::kind, FleetEvent::detail)
        .contains(
            org.assertj.core.groups.Tuple.tuple(OTHER, FleetEvent.Kind.LAUNCHED, "1.2.3"),
            org.assertj.core.groups.Tuple.tuple(OTHER, FleetEvent.Kind.ENDED, "spot_interruption"));
  }

  private long newest() {
    return status().latest().orElseThrow().row().ts();
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private void look() {
    fleet.look(List.of());
    fleet.tick();
  }

  /** A second after the other, each with its tick, and everyone given the time to answer. */
  private void pass(Duration time) {
    for (long second = 0; second < time.toSeconds(); second++) {
      clock.advance(Duration.ofSeconds(1));
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      if (second % 5 == 0) {
        look();
        await().until(() -> fleet.idle());
      }
    }
  }

  private HostStatus passUntil(State wanted, Duration most) {
    for (long second = 0; second < most.toSeconds() && state() != wanted; second += 5) {
      pass(Duration.ofSeconds(5));
    }
    return awaitState(wanted);
  }

  private HostStatus awaitState(State wanted) {
    await().until(() -> state() == wanted);
    return status();
  }

  private State state() {
    return fleet.view().hosts().size() < 2 ? State.UNKNOWN : status().state();
  }

  private HostStatus status() {
    return fleet.view().hosts().get(1);
  }

  private Row row(long ts) {
    return Row.at(ts, OTHER, RUN).set(Metric.CPU_UTILIZATION, 0.5).build();
  }

  private Machine machine(String address) {
    return new Machine(
        "m-" + address,
        Optional.of("eu-west-1a"),
        Optional.of("t4g.micro"),
        Optional.empty(),
        Optional.of(address),
        "1.2.3",
        1);
  }

  private void record(HostRecord.State state, Optional<String> how) throws IOException {
    record(state, how, 0);
  }

  /**
   * @param ahead seconds that the host's clock is
   */
  private void record(HostRecord.State state, Optional<String> how, long ahead) throws IOException {
    LocalDate day = HostRecords.day(now());
    HostRecord record =
        new HostRecord(
            OTHER,
            machine(other.address()),
            now(),
            0,
            false,
            state,
            List.of(new Run(RUN, RUN / 1000 + ahead, now() + ahead, how)));
    records.replace(day, records.find(day, OTHER), record);
  }

  /** A minute of rows that ends before that second. */
  private void archive(long end) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    List<Long> seconds = new ArrayList<>();
    for (long ts = end - 60; ts < end; ts++) {
      seconds.add(ts);
      Row.Builder row = Row.at(ts, OTHER, RUN).set(Metric.CPU_UTILIZATION, 0.25);
      if (ts % 30 == 0) {
        row.add(
            Family.TOP_PROCESSES,
            List.of(Item.of(Family.TOP_PROCESSES, "<b>java</b>", "42", "root").build()));
      }
      lines.writeBytes(row.build().json());
      lines.write('\n');
    }
    archive.put(
        new RawKey(OTHER, seconds.getFirst(), RUN, end).text(), Gzip.compress(lines.toByteArray()));
  }
}
