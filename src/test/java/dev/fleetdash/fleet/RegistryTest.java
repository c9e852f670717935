package dev.fleetdash.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.testing.CountingArchive;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import java.io.IOException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static final LocalDate TODAY = LocalDate.parse("2026-11-24");
  private static final int MANY = 500;

  private final FakeClock clock = new FakeClock("2026-11-24T12:00:00Z");
  private final CountingArchive archive = new CountingArchive(new MemoryArchive());
  private final HostRecords records = new HostRecords(archive);

  @Test
  void theShippedHeapHasRoomForAThousandHosts() {
    assertThat(Room.of(48 << 20).hosts()).isBetween(1_000, 2_000);
    assertThat(Room.of(64L << 30).hosts()).isEqualTo(10_000);
  }

  @Test
  void ofMoreHostsThanThereIsRoomForTheFirstAreKnownAndThatIsSaid() throws Exception {
    for (String host : List.of("a", "b", "c")) {
      put(TODAY, host, 1);
    }

    Registry registry = read(new Room(2));

    assertThat(registry.hosts().keySet()).extracting(HostName::value).containsExactly("a", "b");
    assertThat(registry.trouble().orElseThrow())
        .isEqualTo(
            "there are more than 2 hosts that have a record of 2026-11-24, and this node has memory"
                + " for so many: the first by name are known; start java with a larger -Xmx");
    assertThat(registry.day(TODAY).trouble()).isEqualTo(registry.trouble());
  }

  @Test
  void allHostsThatThereIsRoomForAreNoTrouble() throws Exception {
    put(TODAY, "a", 3);
    put(TODAY.minusDays(1), "b", 3);

    Registry registry = read(new Room(2));

    assertThat(registry.hosts()).hasSize(2);
    assertThat(registry.trouble()).isEmpty();
    assertThat(registry.day(TODAY).trouble()).isEmpty();
  }

  @Test
  void hostsOfTodayComeBeforeThoseThatWereHereYesterdayOnly() throws Exception {
    put(TODAY.minusDays(1), "a", 1);
    put(TODAY, "b", 1);
    put(TODAY, "c", 1);

    assertThat(read(new Room(2)).hosts().keySet())
        .extracting(HostName::value)
        .containsExactly("b", "c");
  }

  @Test
  void ofAHostThatStartsAllTheTimeTheNewestStartsAreKnownAndThatIsSaid() throws Exception {
    put(TODAY, "a", MANY);
    put(TODAY, "b", 1);
    Room room = new Room(2);

    Registry.Day day = read(room).day(TODAY);

    int kept = room.runs(2);
    List<Run> runs = day.records().getFirst().runs();
    assertThat(kept).isLessThan(MANY);
    assertThat(runs).hasSize(kept);
    assertThat(runs.getLast().run()).isEqualTo(run(TODAY, MANY - 1));
    assertThat(day.trouble().orElseThrow())
        .isEqualTo(
            "1 host started more often than %d times on 2026-11-24: its newest starts are known"
                .formatted(kept));
  }

  @Test
  void daysThatArePastAreKeptAsFarAsThereIsRoom() throws Exception {
    LocalDate past = TODAY.minusDays(5);
    LocalDate other = TODAY.minusDays(6);
    for (LocalDate day : List.of(past, other)) {
      put(day, "a", 1);
      put(day, "b", 1);
    }

    assertThat(readings(new Room(4), past, other, past, other)).isEqualTo(4);
    assertThat(readings(new Room(2), past, other, past, other)).isEqualTo(8);
  }

  private int readings(Room room, LocalDate... days) throws Exception {
    Registry registry = read(room);
    int before = archive.gets().size();
    for (LocalDate day : days) {
      assertThat(registry.day(day).records()).hasSize(2);
    }
    return archive.gets().size() - before;
  }

  private Registry read(Room room) throws InterruptedException {
    Registry registry = new Registry(records, clock, clock::nanos, room);
    registry.refresh();
    return registry;
  }

  private void put(LocalDate day, String name, int starts) throws IOException {
    HostName host = new HostName(name);
    List<Run> runs =
        LongStream.range(0, starts)
            .map(start -> run(day, start))
            .mapToObj(run -> new Run(run, run / 1000, run / 1000 + 9, Optional.of(Run.KILLED)))
            .toList();
    records.replace(
        day,
        records.find(day, host),
        new HostRecord(
            host,
            new Machine(
                "m",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "1",
                1),
            run(day, starts) / 1000,
            0,
            false,
            HostRecord.State.RUNNING,
            runs));
  }

  private static long run(LocalDate day, long start) {
    return (day.toEpochDay() * 86_400 + start * 10) * 1000;
  }
}
