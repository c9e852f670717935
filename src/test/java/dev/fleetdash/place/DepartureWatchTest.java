package dev.fleetdash.place;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.place.Departure.Reason;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DepartureWatchTest {
  private static final Departure SCALE_IN =
      new Departure(Reason.SCALE_IN, "Terminated", Optional.empty());
  private static final String REBOOT =
      """
      [{"NotBefore": "23 Nov 2026 11:00:00 GMT", "Code": "system-reboot", "State": "active"}]
      """;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock("2026-11-23T10:15:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private final List<Optional<Departure>> told = new CopyOnWriteArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private MetadataServer server;
  private DepartureWatch watch;

  @BeforeEach
  void startServer() throws IOException {
    server = new MetadataServer();
    environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.endpoint());
    environment.put("RUNTIME_DIRECTORY", directory.toString());
    watch = watch(told::add);
  }

  private DepartureWatch watch(Consumer<Optional<Departure>> listener) {
    return new DepartureWatch(
        MetadataService.of(environment, directory).map(asked -> asked.waiting(Patience.LIMIT)),
        StopReason.of(environment),
        Patience.LIMIT,
        clock,
        telemetry,
        listener);
  }

  @AfterEach
  void stopServer() throws IOException {
    watch.close();
    server.close();
  }

  @Test
  void aDepartureIsToldOnce() {
    watch.look();
    server.set(MetadataServer.LIFECYCLE, "Terminated");
    watch.look();
    watch.look();

    assertThat(told).containsExactly(Optional.of(SCALE_IN));
    assertThat(part().detail()).isEqualTo("scale_in (Terminated)");
  }

  @Test
  void aDepartureThatIsTakenBackIsToldToo() {
    server.set(MetadataServer.LIFECYCLE, "Terminated");
    watch.look();
    server.set(MetadataServer.LIFECYCLE, "InService");
    watch.look();

    assertThat(told).containsExactly(Optional.of(SCALE_IN), Optional.empty());
    assertThat(watch.whenStopped().reason()).isEqualTo(Reason.STOPPED);
  }

  @Test
  void maintenanceDaysAheadIsShownButNoDepartureUntilItIsNear() {
    server.set(MetadataServer.MAINTENANCE, REBOOT);
    watch.look();
    assertThat(told).isEmpty();
    assertThat(part().detail()).isEqualTo("maintenance (system-reboot) at 2026-11-23T11:00:00Z");

    clock.advance(Duration.ofMinutes(40));
    watch.look();

    assertThat(told)
        .extracting(next -> next.orElseThrow().reason())
        .containsExactly(Reason.MAINTENANCE);
  }

  @Test
  void aServiceThatIsAwayCancelsNothingAndIsNoFault() {
    server.set(MetadataServer.LIFECYCLE, "Terminated");
    watch.look();
    server.stop();

    watch.look();

    assertThat(told).containsExactly(Optional.of(SCALE_IN));
    assertThat(part().status()).isEqualTo(Status.UP);
    assertThat(part().detail()).contains("the EC2 metadata service does not tell");
    assertThat(watch.whenStopped()).isEqualTo(SCALE_IN);
  }

  @Test
  void itGoesOnAskingByItselfWhateverTheListenerDoes() {
    try (DepartureWatch clumsy =
        watch(next -> {
          told.add(next);
          throw new IllegalStateException("made for a test");
        })) {
      server.set(MetadataServer.LIFECYCLE, "Terminated");
      clumsy.start();
      await().until(() -> told.size() == 1);
      server.set(MetadataServer.LIFECYCLE, "InService");

      await().until(() -> told.size() == 2);
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getName().equals("notices"))
          .isNotEmpty()
          .allMatch(Thread::isDaemon);
    }
  }

  @ParameterizedTest
  @CsvSource({"shutdown, SHUTDOWN", "reboot, REBOOT"})
  void systemdsWordTellsThatTheHostStops(String word, Reason reason) throws IOException {
    Files.writeString(directory.resolve("going-away"), word + "\n");

    Departure departure = watch.whenStopped();

    assertThat(departure).isEqualTo(new Departure(reason, word, Optional.empty()));
    assertThat(departure.ofTheHost()).isTrue();
  }

  @Test
  void whatTheCloudAnnouncedSinceTheLastLookExplainsTheShutdown() throws IOException {
    watch.look();
    server.set(MetadataServer.LIFECYCLE, "Terminated");
    Files.writeString(directory.resolve("going-away"), "shutdown");

    assertThat(watch.whenStopped()).isEqualTo(SCALE_IN);
  }

  @Test
  void aServiceThatHangsDoesNotKeepTheProcessFromStopping() throws IOException {
    server.next(0, 0, 0, 0);
    Files.writeString(directory.resolve("going-away"), "shutdown");

    try (DepartureWatch impatient = new DepartureWatch(environment, clock, telemetry, told::add)) {
      assertThat(impatient.whenStopped().reason()).isEqualTo(Reason.SHUTDOWN);
    }
  }

  @Test
  void withoutWordAndNoticeOnlyTheProcessStopsAndNobodyIsAsked() {
    Departure departure = watch.whenStopped();

    assertThat(departure.reason()).isEqualTo(Reason.STOPPED);
    assertThat(departure.ofTheHost()).isFalse();
    assertThat(server.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "halt", "shutdown-not", "\u0000"})
  void aWordThatIsNotUnderstoodIsNone(String word) throws IOException {
    Files.writeString(directory.resolve("going-away"), word);

    assertThat(watch.whenStopped().reason()).isEqualTo(Reason.STOPPED);
  }

  @Test
  void aNoteThatCannotBeReadIsNone() throws IOException {
    Files.createDirectory(directory.resolve("going-away"));

    assertThat(watch.whenStopped().reason()).isEqualTo(Reason.STOPPED);
  }

  @Test
  void elsewhereNobodyIsAskedAndNoPartIsShown() throws IOException {
    Files.writeString(directory.resolve("going-away"), "reboot");
    Telemetry fresh = new Telemetry(clock);
    try (DepartureWatch elsewhere =
        new DepartureWatch(
            Optional.empty(),
            new StopReason(Optional.empty()),
            Patience.LIMIT,
            clock,
            fresh,
            told::add)) {
      elsewhere.start();
      elsewhere.look();

      assertThat(elsewhere.whenStopped().reason()).isEqualTo(Reason.STOPPED);
      assertThat(fresh.parts()).isEmpty();
      assertThat(server.requests()).isEmpty();
    }
  }

  private Part.State part() {
    return telemetry.state("notices").orElseThrow();
  }
}
