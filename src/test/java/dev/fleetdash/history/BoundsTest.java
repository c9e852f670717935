package dev.fleetdash.history;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.CountingArchive;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However much is asked, of whatever archive, it is planned before it costs anything. */
class BoundsTest {
  private static final String NOW = "2026-03-15T10:20:00Z";
  private static final long TODAY = Rows.ts("2026-03-15T00:00:00Z");
  private static final long BEGIN = TODAY - 5L * World.DAY;
  private static final int HOSTS = 50;

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void open() throws Exception {
    world = new World(directory, NOW, 10);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void fill() throws Exception {
    fill(world.now());
  }

  private void fill(long until) throws Exception {
    world.up(BEGIN, until, 3600, new SplittableRandom(1));
    world.flush(world.rows, Long.MAX_VALUE, 10);
    world.compact(BEGIN, TODAY + 10L * World.HOUR, TODAY);
  }

  private static List<HostName> nobody(int hosts) {
    return IntStream.range(0, hosts).mapToObj(i -> new HostName("nobody-" + i)).toList();
  }

  private Range ask(List<HostName> hosts, long from, int points, Recent.Lookup peers)
      throws Exception {
    return ask(world.archive, hosts, from, points, peers);
  }

  private Range ask(
      Archive archive, List<HostName> hosts, long from, int points, Recent.Lookup peers)
      throws Exception {
    world.archive.reset();
    Telemetry telemetry = new Telemetry(world.clock);
    try (Spool spool = Spool.none(telemetry);
        ArchiveReader reader = new ArchiveReader(archive, spool, world.clock, world.clock::nanos)) {
      History history =
          new History(new Live(new HostName("here"), 10, new Ring(1 << 20), spool), peers, reader);
      return Asked.of(
          history, new RangeQuery(hosts, List.of(Metric.PROCESSES), from, world.now(), points));
    }
  }

  @Test
  void ofHostsThatNobodyKnowsNoRowIsLookedFor() throws Exception {
    fill();
    for (long days : new long[] {1, 4, 7}) {
      assertThatThrownBy(
              () -> ask(nobody(HOSTS), world.now() - days * World.DAY, 60, Recent.Lookup.NOBODY))
          .isInstanceOf(NoSuchHostException.class);

      assertThat(world.archive.lists()).isSubsetOf("v1/hosts/");
      assertThat(world.archive.gets()).allMatch(key -> key.startsWith("v1/hosts/"));
      assertThat(world.archive.gets()).hasSizeLessThan(HOSTS * 10);
    }
  }

  @Test
  void anArchiveThatTakesSecondsForEachRequestKeepsNobodyWaitingForMinutes() throws Exception {
    fill();
    CountingArchive slow =
        new CountingArchive(world.objects, () -> world.clock.advance(Duration.ofSeconds(2)));

    assertThatThrownBy(
            () -> ask(slow, nobody(HOSTS), world.now() - 4L * World.DAY, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("more than a second for each request")
        .hasMessageContaining("fewer hosts");

    // Those that were under way when the time was up.
    assertThat(slow.gets()).hasSizeLessThan(100);
  }

  @Test
  void overYearsTheyCostAnObjectAYear() throws Exception {
    fill();

    assertThatThrownBy(
            () -> ask(nobody(3), world.now() - 3_650L * World.DAY, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(NoSuchHostException.class);

    assertThat(world.archive.lists()).isSubsetOf("v1/hosts/");
    assertThat(world.archive.gets())
        .allMatch(key -> key.startsWith("v1/hosts/") || key.startsWith("v1/1d/"));
    assertThat(world.archive.gets()).hasSizeLessThan(3 * 17);
  }

  @Test
  void anEmptyArchiveKnowsNobody() throws Exception {
    assertThatThrownBy(
            () -> ask(nobody(HOSTS), world.now() - 4L * World.DAY, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(NoSuchHostException.class);

    assertThat(world.archive.lists()).hasSizeLessThan(10);
  }

  @Test
  void aHostThatIsLongGoneIsFoundByItsRecords() throws Exception {
    fill(TODAY);
    world.clock.advance(Duration.ofDays(30));

    Range range = ask(List.of(HOST), BEGIN - 10L * World.DAY, 60, Recent.Lookup.NOBODY);

    world.assertRight(range);
    assertThat(Arrays.stream(range.series().getFirst().min()))
        .anyMatch(value -> value != Row.ABSENT);
  }

  @Test
  void withoutRecordsRowsAreLookedForAsFarAsThatIsNotTooMuch() throws Exception {
    fill();
    world.objects.expire("v1/hosts/");

    world.assertRight(ask(List.of(HOST), BEGIN, 200, Recent.Lookup.NOBODY));
    assertThatThrownBy(() -> ask(nobody(HOSTS), BEGIN, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(TooMuchException.class)
        .hasMessageContaining("fewer hosts");

    assertThat(world.archive.lists()).as("planned before anything is read").hasSizeLessThan(10);
  }

  @Test
  void aHostThatTheFleetKnowsIsLookedForWithoutItsRecords() throws Exception {
    fill();
    // Of somebody else.
    byte[] record =
        world
            .objects
            .get("v1/hosts/dt=2026-03-15/" + HOST + ".json", 1 << 20)
            .orElseThrow()
            .bytes();
    world.objects.expire("v1/hosts/");
    world.objects.put("v1/hosts/dt=2026-03-15/other.json", record);

    assertThatThrownBy(() -> ask(List.of(HOST), TODAY, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(NoSuchHostException.class);
    world.assertRight(
        ask(
            List.of(HOST),
            TODAY,
            60,
            new Recent.Lookup() {
              @Override
              public Optional<Recent> of(HostName host) {
                return Optional.empty();
              }

              @Override
              public boolean knows(HostName host) {
                return host.equals(HOST);
              }
            }));
  }

  @Test
  void ofAnArchiveThatIsAwayNothingIsPlanned() throws Exception {
    Away away = new Away(world.archive);

    assertThatThrownBy(
            () -> ask(away, nobody(HOSTS), world.now() - World.DAY, 60, Recent.Lookup.NOBODY))
        .isInstanceOf(ArchiveException.class);

    assertThat(world.archive.lists()).isEmpty();
    assertThat(away.asked).isLessThanOrEqualTo(HOSTS);
  }

  @Test
  void anAnswerOfTooManyLinesIsRefused() throws Exception {
    Recent many =
        (query, into) -> {
          for (int i = 0; i < 5_000; i++) {
            into.series(Metric.DISK_DEVICE_BUSY_RATIO, "disk" + i).add(query.from(), 1, 1, 1, 1);
          }
          return OptionalLong.of(query.from());
        };
    Telemetry telemetry = new Telemetry(world.clock);
    try (Spool spool = Spool.none(telemetry);
        ArchiveReader reader =
            new ArchiveReader(world.archive, spool, world.clock, world.clock::nanos)) {
      History history =
          new History(
              new Live(new HostName("here"), 10, new Ring(1 << 20), spool),
              _ -> Optional.of(many),
              reader);
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() ->
                Asked.of(
                    history,
                    new RangeQuery(
                        List.of(HOST),
                        List.of(Metric.DISK_DEVICE_BUSY_RATIO),
                        TODAY,
                        TODAY + World.HOUR,
                        100)))
            .as("what a refused one took is given back")
            .isInstanceOf(TooMuchException.class)
            .hasMessageContaining("fewer points");
      }
    }
  }

  @Test
  void whoeverFindsTheMemoryTakenIsToldSo() throws Exception {
    Budget budget = new Budget(1 << 20);
    try (Budget.Share one = budget.take(600 << 10)) {
      assertThat(one.use(700 << 10)).isTrue();
      assertThat(one.use(700 << 10)).isFalse();
      try (Budget.Share other = budget.take(300 << 10)) {
        assertThat(other.use(301 << 10)).isTrue();
        assertThat(other.use(100 << 10)).isFalse();
      }
    }
    try (Budget.Share all = budget.take(5L << 30)) {
      assertThat(all.used()).isZero();
    }
  }

  @Test
  void anHourWithMoreThanIsExpectedIsReadAlone() throws Exception {
    long hour = TODAY - 4L * World.DAY;
    List<Row> rows = new ArrayList<>();
    for (int second = 0; second < 3600; second += 10) {
      List<Item> disks = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        disks.add(
            Item.of(Family.DISKS, "disk" + i)
                .set(Metric.DISK_DEVICE_BUSY_RATIO, 0.001 * i)
                .build());
      }
      rows.add(Row.at(hour + second, HOST, hour * 1000).add(Family.DISKS, disks).build());
    }
    world.rows.addAll(rows);
    Tiers.flush(world.objects, rows, 1);
    world.compact(hour, hour + World.HOUR, hour);
    world.archive.reset();

    Range range = world.ask(hour, hour + World.HOUR, 360, Metric.DISK_DEVICE_BUSY_RATIO);

    world.assertRight(range);
    String key = TierKey.of(Tier.SECONDS, HOST, hour).text();
    assertThat(world.archive.gets().stream().filter(key::equals)).hasSize(2);
  }

  /** An archive that cannot be reached. */
  private static final class Away implements Archive {
    private final Archive archive;
    private int asked;

    Away(Archive archive) {
      this.archive = archive;
    }

    private synchronized ArchiveException away() {
      asked++;
      return new ArchiveException(ArchiveException.Kind.UNREACHABLE, "it is away");
    }

    @Override
    public Optional<Content> get(String key, long maxBytes) throws ArchiveException {
      throw away();
    }

    @Override
    public String put(String key, byte[] bytes) throws ArchiveException {
      throw away();
    }

    @Override
    public boolean putIfAbsent(String key, byte[] bytes) throws ArchiveException {
      throw away();
    }

    @Override
    public boolean putIfMatch(String key, byte[] bytes, String etag) throws ArchiveException {
      throw away();
    }

    @Override
    public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
        throws ArchiveException {
      throw away();
    }

    @Override
    public List<String> folders(String prefix, Consumer<String> others) throws ArchiveException {
      throw away();
    }

    @Override
    public String location() {
      return archive.location();
    }

    @Override
    public void close() {}
  }
}
