package dev.fleetdash.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final long NOON = Rows.ts("2026-11-23T12:00:00Z");
  private static final long MIDNIGHT = NOON - 43_200;
  private static final long RUN = NOON * 1000;

  private final FakeClock clock = new FakeClock("2026-11-24T12:00:00Z");
  private final HostRecords records = new HostRecords(new MemoryArchive(() -> {}));

  @Test
  void hostThatBootedIn1970WasLaunchedWhenItsClockWasSet() throws Exception {
    record(DAY, new Run(300_000, NOON, NOON + 60, Optional.empty()));

    assertThat(events()).extracting(FleetEvent::ts).containsExactly(NOON);
  }

  @Test
  void clockThatIsSetIsNeitherAnEndNorALaunch() throws Exception {
    record(
        DAY,
        new Run(RUN, NOON, NOON + 60, Optional.of(Run.CLOCK_SET)),
        new Run(RUN, NOON + 3_660, MIDNIGHT + 86_400, Optional.of(Run.CONTINUED)));
    record(
        DAY.plusDays(1),
        new Run(RUN, MIDNIGHT + 86_400, MIDNIGHT + 86_460, Optional.of(Run.CLOCK_SET)),
        new Run(RUN, MIDNIGHT + 86_000, MIDNIGHT + 86_600, Optional.empty()));

    assertThat(events())
        .extracting(FleetEvent::kind, FleetEvent::ts)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(FleetEvent.Kind.LAUNCHED, NOON));
  }

  @Test
  void hostWhoseClockOnceWasAYearAheadIsNotLaunchedEachMidnight() throws Exception {
    long named = RUN + 366 * 86_400_000L;
    record(DAY, new Run(named, NOON, MIDNIGHT + 86_400, Optional.of(Run.CONTINUED)));
    record(DAY.plusDays(1), new Run(named, MIDNIGHT + 86_400, MIDNIGHT + 90_000, Optional.empty()));

    assertThat(events()).extracting(FleetEvent::ts).containsExactly(NOON);
  }

  @Test
  void whereVeryMuchHappenedTheNewestIsToldAndThatIsSaid() throws Exception {
    int hosts = 60;
    for (int i = 0; i < hosts; i++) {
      record(new HostName("h" + i), DAY, starts());
    }

    FleetEvents told = told();

    assertThat(told.trouble())
        .hasValue("only the newest 20,000 are told of; ask for a shorter time");
    assertThat(told.events()).hasSize(20_000);
    assertThat(told.events().getLast().ts()).isEqualTo(MIDNIGHT + 9 + 100 * 199);
    assertThat(told.events()).isSortedAccordingTo(Comparator.comparingLong(FleetEvent::ts));
  }

  private static Run[] starts() {
    return LongStream.range(0, 200)
        .map(start -> MIDNIGHT + start * 100)
        .mapToObj(ts -> new Run(ts * 1000, ts, ts + 9, Optional.of(Run.KILLED)))
        .toArray(Run[]::new);
  }

  private List<FleetEvent> events() throws Exception {
    return told().events();
  }

  private FleetEvents told() throws Exception {
    Registry registry = new Registry(records, clock, clock::nanos, new Room(1_000));
    registry.refresh();
    return new Timeline(registry).between(MIDNIGHT, MIDNIGHT + 172_800, List.of());
  }

  private void record(LocalDate day, Run... runs) throws IOException {
    record(Rows.HOST, day, runs);
  }

  private void record(HostName host, LocalDate day, Run... runs) throws IOException {
    Machine machine =
        new Machine(
            "m", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "1", 1);
    records.replace(
        day,
        records.find(day, host),
        new HostRecord(host, machine, NOON, 0, false, HostRecord.State.RUNNING, List.of(runs)));
  }
}
