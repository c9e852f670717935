package dev.fleetdash.place;

import dev.fleetdash.place.Departure.Reason;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What EC2 and the Auto Scaling group announce of this instance, at one moment.
 *
 * @param departures its ends, the one that explains the others first
 * @param rebalance whether an interruption has become more likely; nothing has been decided then
 */
record Notices(List<Departure> departures, boolean rebalance) {
  /** The instance goes on in all others, of which the warm pool's have a prefix. */
  private static final Set<String> LAST_STATES =
      Set.of("Terminated", "Warmed:Terminated", "Warmed:Stopped", "Warmed:Hibernated");

  /** The others leave the instance running: {@code system-maintenance}. */
  private static final Set<String> LAST_EVENTS =
      Set.of("instance-reboot", "system-reboot", "instance-stop", "instance-retirement");

  Notices {
    departures = List.copyOf(departures);
  }

  /** An action that cannot be read is one all the same. */
  static Departure spot(String text) {
    Map<String, String> fields;
    try {
      fields = MetadataJson.object(text);
    } catch (IOException _) {
      fields = Map.of();
    }
    return new Departure(
        Reason.SPOT_INTERRUPTION,
        fields.getOrDefault("action", "unknown"),
        time(fields.get("time"), DateTimeFormatter.ISO_INSTANT));
  }

  static Optional<Departure> lifecycle(String text) {
    String state = text.strip();
    return LAST_STATES.contains(state)
        ? Optional.of(new Departure(Reason.SCALE_IN, state, Optional.empty()))
        : Optional.empty();
  }

  static List<Departure> maintenance(String text) throws IOException {
    return MetadataJson.objects(text).stream()
        .filter(event -> event.getOrDefault("State", "").equals("active"))
        .filter(event -> LAST_EVENTS.contains(event.getOrDefault("Code", "")))
        .map(event ->
            new Departure(
                Reason.MAINTENANCE,
                event.getOrDefault("Code", ""),
                time(event.get("NotBefore"), DateTimeFormatter.RFC_1123_DATE_TIME)))
        .toList();
  }

  private static Optional<Instant> time(@Nullable String text, DateTimeFormatter format) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(format.parse(text, Instant::from));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  /** In one line for a person; empty when nothing is announced. */
  String summary() {
    String announced =
        departures.stream().map(Departure::toString).collect(Collectors.joining(", "));
    if (!rebalance) {
      return announced;
    }
    return (announced.isEmpty() ? "" : announced + ", ") + "rebalance recommended";
  }
}
