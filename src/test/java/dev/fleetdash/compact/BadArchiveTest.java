package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.Tiers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others may have put into an archive costs nothing but itself. */
class BadArchiveTest {
  private static final long HOUR = Rows.ts("2026-11-23T10:00:00Z");
  private static final String FOLDER = RawKey.folder(Rows.HOST, HOUR);

  /** Some times what an hour may take; a hundredth of what is packed. */
  private static final long MOST_BYTES = 400L << 20;

  private final FakeClock clock = new FakeClock("2026-11-28T00:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private final List<String> told = new ArrayList<>();
  private final List<Row> rows = List.of(Rows.at(HOUR, 1, 0.5), Rows.at(HOUR + 60, 1, 0.7));

  @TempDir private Path directory;

  /** So many members of 16 MiB make 2 GiB. */
  private static byte[] bomb(byte of) throws IOException {
    byte[] plain = new byte[16 << 20];
    Arrays.fill(plain, of);
    byte[] member = Gzip.compress(plain);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 128; i++) {
      all.write(member);
    }
    return all.toByteArray();
  }

  private void compact(Archive archive) throws IOException {
    new Sweep(archive, clock, told::add, telemetry).run(Scope.ALL);
  }

  private List<String> wrong(Archive archive) throws IOException {
    return Audited.at(clock.instant(), archive, Scope.ALL).wrong;
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, '\n'})
  void bombsAreNeitherUnpackedNorInTheWay(byte of) throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory);
    byte[] bomb = bomb(of);
    Tiers.flush(archive, rows, 0);
    String raw = new RawKey(Rows.HOST, HOUR + 1, 1, 1).text();
    archive.put(raw, bomb);
    for (Tier tier : Tier.values()) {
      archive.put(TierKey.of(tier, Rows.HOST, HOUR).text(), bomb);
    }
    long before = allocated();

    assertThat(wrong(archive)).hasSize(5);
    compact(archive);

    assertThat(allocated() - before).isLessThan(MOST_BYTES);
    Tiers.assertHold(archive, Rows.HOST, rows);
    assertThat(wrong(archive)).hasSize(1).first().asString().startsWith(raw);
  }

  @Test
  void whatIsTooLargeToBeReadIsReplaced() throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory);
    byte[] large = new byte[(16 << 20) + 1];
    Tiers.flush(archive, rows, 0);
    String raw = new RawKey(Rows.HOST, HOUR + 1, 1, 1).text();
    archive.put(raw, large);
    for (Tier tier : Tier.values()) {
      archive.put(TierKey.of(tier, Rows.HOST, HOUR).text(), large);
    }
    String record = HostRecords.key(LocalDate.parse("2026-11-23"), Rows.HOST);
    archive.put(record, large);

    assertThat(wrong(archive))
        .hasSize(6)
        .filteredOn(what -> what.contains(" is larger than"))
        .hasSize(5);
    compact(archive);

    Tiers.assertHold(archive, Rows.HOST, rows);
    assertThat(wrong(archive))
        .hasSize(2)
        .anyMatch(what -> what.startsWith(raw))
        .anyMatch(what -> what.startsWith(record));
  }

  @Test
  void namesThatLeadElsewhereLeadNowhere() throws IOException {
    DirectoryArchive archive = new DirectoryArchive(directory.resolve("archive"));
    Tiers.flush(archive, rows, 0);
    Path hour = directory.resolve("archive").resolve(FOLDER);
    Path outside = Files.createDirectory(directory.resolve("outside"));
    byte[] good =
        archive.get(new RawKey(Rows.HOST, HOUR, 1, 0).text(), 1 << 20).orElseThrow().bytes();
    Files.write(outside.resolve("100100-1-1.ndjson.gz"), good);
    Files.createSymbolicLink(
        hour.resolve("100100-1-1.ndjson.gz"), outside.resolve("100100-1-1.ndjson.gz"));
    Files.createSymbolicLink(hour.resolveSibling("host=web-9"), outside);
    Files.write(hour.resolve("\u001b[2J\n.ndjson.gz"), good);
    Files.write(hour.resolve(".hidden"), good);
    Files.createDirectories(hour.resolveSibling("host=<b>"));
    Files.write(hour.resolveSibling("host=<b>").resolve("100000-1-1.ndjson.gz"), good);

    compact(archive);
    List<String> wrong = wrong(archive);

    Tiers.assertHold(archive, Rows.HOST, rows);
    assertThat(wrong).hasSize(5).allMatch(what -> what.startsWith("v1/raw/dt=2026-11-23/hour=10/"));
    assertThat(told).hasSize(3).contains("2026-11-23 web-1: 1 hours");
    try (var files = Files.list(outside)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactly("100100-1-1.ndjson.gz");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1/raw/dt=2026-11-23/hour=10/host=../101500-1-1.ndjson.gz",
        "v1/raw/dt=2026-11-23/hour=10/host=a\u001bb/101500-1-1.ndjson.gz",
        "v1/raw/dt=2026-11-23/hour=10/host=<script>alert(1)</script>/101500-1-1.ndjson.gz",
      })
  void hostileKeysOfABucketAreNamed(String key) throws IOException {
    try (S3Server server = new S3Server("bucket");
        Archive archive = server.archive("s3://bucket/prod", telemetry);
        var client = server.client()) {
      Tiers.flush(archive, rows, 0);
      client.putObject(
          request -> request.bucket("bucket").key("prod/" + key),
          software.amazon.awssdk.core.sync.RequestBody.fromBytes(new byte[10]));

      compact(archive);

      Tiers.assertHold(archive, Rows.HOST, rows);
      assertThat(wrong(archive)).hasSize(1).first().asString().startsWith(key);
      assertThat(told).hasSize(2);
    }
  }
}
