package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.StrangeStore;
import dev.fleetdash.testing.StrangeStore.Quirk;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a host does with a store that keeps no conditions, where it was told to do without. */
class SingleWriterTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final HostName DEAD = new HostName("web-3");
  private static final Duration FLUSH = Duration.ofMinutes(1);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock("2026-11-23T10:58:00Z");
  private final Telemetry telemetry = new Telemetry(clock);

  @ParameterizedTest
  @EnumSource(Conditions.class)
  void aHostCompactsItsOwnRowsAndThoseOfOthersOnlyWhereTwoCannotMeet(Conditions conditions)
      throws IOException {
    boolean alone = conditions == Conditions.SINGLE_WRITER;
    S3Options options = new S3Options(PathStyle.AUTO, conditions);
    try (StrangeStore store =
            alone ? new StrangeStore(Quirk.REFUSES_CONDITIONS) : new StrangeStore();
        Archive archive = store.archive(options, telemetry);
        Spool spool = Spool.open(directory, new Spool.Settings(60, 1 << 20), clock, telemetry)) {
      HostRecords records = new HostRecords(archive);
      leaveOpen(records);

      List<Row> rows = runAnHour(archive, spool);

      Tiers.assertHold(archive, Rows.HOST, rows);
      assertThat(records.find(DAY, DEAD).record().orElseThrow().closed()).isEqualTo(!alone);
      Audited.assertFine(archive, clock);
    }
  }

  private void leaveOpen(HostRecords records) throws IOException {
    long renewed = Rows.ts("2026-11-23T02:00:00Z");
    HostRecord record =
        new HostRecord(
            DEAD,
            Keeping.machine("dead", 60),
            renewed,
            HostRecord.AS_BEFORE,
            false,
            HostRecord.State.RUNNING,
            List.of(new Run(1, renewed - 600, renewed, Optional.empty())));
    assertThat(records.replace(DAY, records.find(DAY, DEAD), record)).isTrue();
  }

  private List<Row> runAnHour(Archive archive, Spool spool) {
    List<Row> rows = new ArrayList<>();
    Registrar registrar = registrar(archive, "a");
    try (Keeping keeping =
        Keeping.of(archive, registrar, directory, spool, FLUSH, FLUSH, clock, telemetry)) {
      for (int minute = 0; minute < 30; minute++) {
        Row row = Rows.at(clock.instant().getEpochSecond(), spool.run(), minute * 0.01);
        rows.add(row);
        spool.append(row);
        spool.seal();
        keeping.flusher().flush();
        keeping.compactor().tick();
        clock.advance(FLUSH);
      }
      assertThat(spool.backlog().segments()).isZero();
      assertThat(keeping.compactor().end("scale_in", true, Duration.ofMinutes(5))).isTrue();
    }
    return rows;
  }

  @Test
  void noNameIsClaimedAndNoneIsRefused() throws IOException {
    try (StrangeStore store = new StrangeStore(Quirk.IGNORES_IF_MATCH);
        Archive archive =
            store.archive(new S3Options(PathStyle.AUTO, Conditions.SINGLE_WRITER), telemetry)) {
      registrar(archive, "a").check();

      assertThatCode(registrar(archive, "b")::check).doesNotThrowAnyException();
    }
  }

  @Test
  void aWorkstationCompactsNobodysRows() throws IOException {
    try (StrangeStore store = new StrangeStore();
        Archive archive =
            store.archive(new S3Options(PathStyle.AUTO, Conditions.SINGLE_WRITER), telemetry)) {
      Sweep sweep = new Sweep(archive, clock, _ -> {}, telemetry);

      assertThatThrownBy(() -> sweep.run(Scope.ALL))
          .hasMessageContaining("FLEETDASH_S3_CONDITIONS=single-writer")
          .hasMessageContaining("a copy");
      assertThat(store.count("PUT")).isZero();
    }
  }

  private Registrar registrar(Archive archive, String id) {
    return Keeping.registrar(
        archive,
        directory.resolve(id),
        Keeping.machine(id, 60),
        new Writer(id, 1, 60),
        new Stretches(clock, clock::nanos),
        clock,
        telemetry);
  }
}
