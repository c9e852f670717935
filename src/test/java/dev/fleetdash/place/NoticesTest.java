package dev.fleetdash.place;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.place.Departure.Reason;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoticesTest {
  private static final Optional<Instant> RETIRED =
      Optional.of(Instant.parse("2027-01-21T09:00:43Z"));

  private MetadataServer server;
  private NoticeReader reader;

  @BeforeEach
  void startServer() throws IOException {
    server = new MetadataServer();
    reader = new NoticeReader(new MetadataService(server.endpoint()).waiting(Patience.LIMIT));
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  @Test
  void instanceInServiceHasNoneAndIsAskedWithOneToken() throws IOException {
    server.set(MetadataServer.PURCHASE, "spot");

    Notices first = reader.read();
    Notices second = reader.read();

    assertThat(first).isEqualTo(new Notices(List.of(), false)).isEqualTo(second);
    assertThat(first.summary()).isEmpty();
    assertThat(server.requests())
        .containsExactly(
            "PUT /latest/api/token for 21600 s",
            "GET " + MetadataServer.SPOT,
            "GET " + MetadataServer.LIFECYCLE,
            "GET " + MetadataServer.PURCHASE,
            "GET " + MetadataServer.REBALANCE,
            "GET " + MetadataServer.MAINTENANCE,
            "GET " + MetadataServer.SPOT,
            "GET " + MetadataServer.LIFECYCLE);
  }

  @Test
  void anInstanceOnDemandIsAskedForOneThingAndOnceAMinuteForTheRest() throws IOException {
    reader.read();
    int before = server.requests().size();
    for (int look = 2; look <= 12; look++) {
      reader.read();
    }
    server.set(MetadataServer.MAINTENANCE, event("system-reboot", "active"));

    List<Departure> departures = reader.read().departures();

    assertThat(server.requests().subList(before, server.requests().size()))
        .containsOnly(
            "GET " + MetadataServer.LIFECYCLE,
            "GET " + MetadataServer.PURCHASE,
            "GET " + MetadataServer.MAINTENANCE)
        .hasSize(12 + 2);
    assertThat(departures).extracting(Departure::reason).containsExactly(Reason.MAINTENANCE);
    assertThat(reader.read().departures()).isEqualTo(departures);
  }

  @Test
  void nonsenseAboutMaintenanceHidesNoEndThatIsCertain() throws IOException {
    server.set(MetadataServer.MAINTENANCE, "nonsense");
    assertThatThrownBy(reader::read).isInstanceOf(IOException.class);
    server.set(MetadataServer.LIFECYCLE, "Terminated");

    assertThat(reader.read().departures())
        .extracting(Departure::reason)
        .containsExactly(Reason.SCALE_IN);
  }

  @Test
  void outsideOfAGroupAndWithoutEventsThereIsNone() throws IOException {
    server.remove(MetadataServer.LIFECYCLE);
    server.remove(MetadataServer.MAINTENANCE);

    assertThat(reader.read()).isEqualTo(new Notices(List.of(), false));
  }

  @Test
  void tokenThatIsNoLongerTakenIsReplaced() throws IOException {
    reader.read();
    server.forgetTokens();
    server.set(MetadataServer.LIFECYCLE, "Terminated");

    assertThat(reader.read().departures()).hasSize(1);
    assertThat(server.requests()).filteredOn(request -> request.startsWith("PUT")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "Terminated, true",
    "Warmed:Terminated, true",
    "Warmed:Stopped, true",
    "Warmed:Hibernated, true",
    "InService, false",
    "Standby, false",
    "Detached, false",
    "Warmed:Running, false",
  })
  void stateTheGroupWantsTellsWhetherTheInstanceEnds(String state, boolean ends)
      throws IOException {
    server.set(MetadataServer.LIFECYCLE, state + "\n");

    List<Departure> departures = reader.read().departures();

    assertThat(departures)
        .isEqualTo(
            ends ? List.of(new Departure(Reason.SCALE_IN, state, Optional.empty())) : List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"terminate", "stop", "hibernate"})
  void spotInterruptionGoesBeforeTheScaleInThatItBrings(String action) throws IOException {
    server.set(MetadataServer.LIFECYCLE, "Terminated");
    server.set(
        MetadataServer.SPOT,
        "{\"action\": \"%s\", \"time\": \"2026-11-23T10:17:00Z\"}".formatted(action));

    Notices notices = reader.read();

    assertThat(notices.departures())
        .containsExactly(
            new Departure(
                Reason.SPOT_INTERRUPTION,
                action,
                Optional.of(Instant.parse("2026-11-23T10:17:00Z"))),
            new Departure(Reason.SCALE_IN, "Terminated", Optional.empty()));
    assertThat(notices.summary())
        .isEqualTo(
            "spot_interruption (" + action + ") at 2026-11-23T10:17:00Z, scale_in (Terminated)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"action\":1,\"time\":\"soon\"}", "{\"time\":\"soon\""})
  void spotInterruptionThatCannotBeReadIsOneAllTheSame(String text) {
    assertThat(Notices.spot(text))
        .isEqualTo(new Departure(Reason.SPOT_INTERRUPTION, "unknown", Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "instance-retirement, active, true",
    "system-reboot, active, true",
    "instance-reboot, active, true",
    "instance-stop, active, true",
    "system-maintenance, active, false",
    "system-reboot, completed, false",
    "system-reboot, canceled, false",
  })
  void maintenanceThatEndsTheInstanceIsADeparture(String code, String state, boolean ends)
      throws IOException {
    server.set(MetadataServer.MAINTENANCE, event(code, state));

    assertThat(reader.read().departures())
        .isEqualTo(ends ? List.of(new Departure(Reason.MAINTENANCE, code, RETIRED)) : List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[1]", "[{\"Code\"", "none"})
  void maintenanceThatMakesNoSenseIsSaid(String text) {
    assertThatThrownBy(() -> Notices.maintenance(text)).isInstanceOf(IOException.class);
  }

  @Test
  void recommendationToRebalanceEndsNothing() throws IOException {
    server.set(MetadataServer.PURCHASE, "spot");
    server.set(MetadataServer.REBALANCE, "{\"noticeTime\": \"2026-11-23T10:16:00Z\"}");

    Notices notices = reader.read();

    assertThat(notices).isEqualTo(new Notices(List.of(), true));
    assertThat(notices.summary()).isEqualTo("rebalance recommended");
  }

  private static String event(String code, String state) {
    return """
    [
      {
        "NotBefore" : "21 Jan 2027 09:00:43 GMT",
        "Code" : "%s",
        "Description" : "made for a test",
        "EventId" : "instance-event-0d59937288b749b32",
        "NotAfter" : "21 Jan 2027 09:17:23 GMT",
        "State" : "%s"
      }
    ]
    """
        .formatted(code, state);
  }
}
