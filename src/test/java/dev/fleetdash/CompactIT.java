package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Shaded;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar that is shipped compacts an archive from a workstation, and is killed while it does. */
class CompactIT {
  private static final long START = Rows.ts("2025-12-31T20:00:00Z");
  private static final int HOURS = 8;
  private static final int KILLS = 5;

  @TempDir private Path directory;

  @Test
  void killedProcessesLoseNothing() throws Exception {
    DirectoryArchive archive = new DirectoryArchive(directory);
    Map<HostName, List<Row>> rows = new TreeMap<>();
    for (HostName host : List.of(new HostName("web-1"), new HostName("web-2"))) {
      rows.put(host, fill(archive, host));
    }

    for (int kill = 1; kill <= KILLS; kill++) {
      Process process = compact().start();
      int before = derived();
      // A little further each time.
      while (process.isAlive() && derived() < before + kill) {
        Thread.onSpinWait();
      }
      Patience.exitCode(process.destroyForcibly());
    }
    Process process = compact().redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(Patience.exitCode(process)).as(said).isZero();
    assertThat(said).contains("2025-12-31 web-1: 4 hours", "4 days of hosts finished");
    for (Map.Entry<HostName, List<Row>> host : rows.entrySet()) {
      Tiers.assertHold(archive, host.getKey(), host.getValue());
    }
    verified(0, "rows\ngaps: none\nwarning: nothing".replace("warning", "wrong"));
    Path hour = directory.resolve("v1/1s/dt=2025-12-31/hour=21/host=web-2/data.ndjson.gz");
    Files.write(hour, java.util.Arrays.copyOf(Files.readAllBytes(hour), 100));
    verified(
        1, "wrong: v1/1s/dt=2025-12-31/hour=21/host=web-2/data.ndjson.gz the gzip data is cut");
  }

  /** Progress is for terminals: here nothing but the report comes. */
  private void verified(int exitCode, String... told) throws Exception {
    ProcessBuilder command = Shaded.command("--verify", "--from", "2025-12-31", "--to=2026-01-02");
    command.environment().put("FLEETDASH_ARCHIVE", "file:" + directory);
    Process process = command.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(Patience.exitCode(process)).as(said).isEqualTo(exitCode);
    assertThat(said).contains(told).contains("audited: 4 days of 2 hosts").doesNotContain("\r");
  }

  private static List<Row> fill(DirectoryArchive archive, HostName host) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int flush = 0; flush < HOURS * 4; flush++) {
      List<Row> flushed = new ArrayList<>();
      for (int second = 0; second < 60; second++) {
        flushed.add(
            Row.at(START + flush * 900L + second, host, 1)
                .set(Metric.CPU_UTILIZATION, second * 0.01)
                .set(Metric.UPTIME_SECONDS, second)
                .build());
      }
      Tiers.flush(archive, flushed, flush);
      rows.addAll(flushed);
    }
    return rows;
  }

  private ProcessBuilder compact() {
    ProcessBuilder command = Shaded.command("--compact");
    command.environment().put("FLEETDASH_ARCHIVE", "file:" + directory);
    return command;
  }

  private int derived() throws IOException {
    Path tier = directory.resolve("v1/1s");
    if (!Files.exists(tier)) {
      return 0;
    }
    try (var files = Files.walk(tier)) {
      return (int) files.filter(file -> file.toString().endsWith(".gz")).count();
    } catch (java.io.UncheckedIOException _) {
      // A folder that came while it was read.
      return 0;
    }
  }
}
