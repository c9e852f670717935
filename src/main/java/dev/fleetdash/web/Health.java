package dev.fleetdash.web;

import dev.fleetdash.place.Departure;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/**
 * Whether this process samples and serves. Asks nobody else: an outage of the archive is told in
 * the details and changes no status, or a balancer would replace hosts that are well. Safe for use
 * by several threads.
 */
final class Health {
  private final Node node;
  private final Sampling sampling;
  private final Telemetry telemetry;
  private final String identity;
  private volatile boolean draining;
  private volatile Optional<Departure> departure = Optional.empty();

  Health(Node node, Sampling sampling, Telemetry telemetry) {
    this.node = node;
    this.sampling = sampling;
    this.telemetry = telemetry;
    this.identity =
        ",\"host\":"
            + Json.string(node.host().value())
            + ",\"version\":"
            + Json.string(node.version())
            + ",\"ts\":";
  }

  /** The words of the contract. */
  enum Status {
    UP,
    STALLED,
    DRAINING;

    int http() {
      return this == UP ? 200 : 503;
    }

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** From now on the host wants no new work. */
  void drain() {
    draining = true;
  }

  /** What is known of the host's end. */
  void departing(Optional<Departure> known) {
    departure = known;
  }

  Status status() {
    if (draining) {
      return Status.DRAINING;
    }
    return sampling.stalled().getAsBoolean() ? Status.STALLED : Status.UP;
  }

  /** One line, for a balancer. */
  byte[] json(Status status) {
    Optional<Row> newest = sampling.ring().newest();
    String ts = newest.isPresent() ? Long.toString(newest.get().ts()) : "null";
    return ("{\"status\":\"" + status.text() + "\"" + identity + ts + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** All parts and counts, for a person. */
  byte[] details(Status status) {
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeStringProperty("status", status.text());
      out.writeStringProperty("host", node.host().value());
      out.writeStringProperty("version", node.version());
      out.writeStringProperty("started", node.started().get().toString());
      out.writeName("ts");
      sampling.ring().newest().ifPresentOrElse(row -> out.writeNumber(row.ts()), out::writeNull);
      out.writeName("sampler_age_seconds");
      out.writeNumber(sampling.sinceLastTick().get().toMillis() / 1000.0);
      out.writeName("departure");
      departure.ifPresentOrElse(known -> departure(out, known), out::writeNull);
      spool(out, sampling.spool().backlog());
      out.writeName("parts");
      out.writeStartArray();
      telemetry.parts().forEach(part -> part(out, part));
      out.writeEndArray();
      out.writeName("counters");
      out.writeStartArray();
      telemetry.counters().forEach(counter -> counter(out, counter));
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private static void departure(JsonGenerator out, Departure departure) {
    out.writeStartObject();
    out.writeStringProperty("reason", departure.reason().text());
    out.writeStringProperty("notice", departure.notice());
    out.writeName("at");
    departure.at().map(Instant::toString).ifPresentOrElse(out::writeString, out::writeNull);
    out.writeEndObject();
  }

  private static void spool(JsonGenerator out, Spool.Backlog backlog) {
    out.writeName("spool");
    out.writeStartObject();
    out.writeNumberProperty("segments", backlog.segments());
    out.writeNumberProperty("bytes", backlog.bytes());
    out.writeName("oldest");
    backlog.oldest().ifPresentOrElse(out::writeNumber, out::writeNull);
    out.writeNumberProperty("quarantined", backlog.quarantined());
    out.writeEndObject();
  }

  private static void part(JsonGenerator out, Part.State part) {
    out.writeStartObject();
    out.writeStringProperty("name", part.name());
    out.writeStringProperty("status", part.status().name().toLowerCase(Locale.ROOT));
    out.writeStringProperty("detail", part.detail());
    out.writeStringProperty("since", part.since().toString());
    out.writeNumberProperty("failures", part.failures());
    out.writeEndObject();
  }

  private static void counter(JsonGenerator out, Counter counter) {
    out.writeStartObject();
    out.writeStringProperty("name", counter.name());
    if (!counter.labels().isEmpty()) {
      out.writeName("labels");
      out.writeStartObject();
      counter.labels().entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(label -> out.writeStringProperty(label.getKey(), label.getValue()));
      out.writeEndObject();
    }
    out.writeNumberProperty("count", counter.count());
    out.writeEndObject();
  }
}
