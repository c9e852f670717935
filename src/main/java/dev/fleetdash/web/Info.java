package dev.fleetdash.web;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.telemetry.PriceTag;
import dev.fleetdash.telemetry.Requests;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** What this process is, and what it costs. Safe for use by several threads. */
final class Info {
  private final Node node;
  private final Ring ring;
  private final PriceTag priceTag;

  Info(Node node, Ring ring, PriceTag priceTag) {
    this.node = node;
    this.ring = ring;
    this.priceTag = priceTag;
  }

  byte[] json() {
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeStringProperty("host", node.host().value());
      out.writeStringProperty("place", node.place());
      out.writeStringProperty("version", node.version());
      out.writeStringProperty("commit", node.commit());
      out.writeStringProperty("started", node.started().get().toString());
      out.writeName("configuration");
      out.writeStartObject();
      node.configuration().forEach(out::writeStringProperty);
      out.writeEndObject();
      out.writeName("cost");
      cost(out);
      out.writeEndObject();
    });
  }

  private void cost(JsonGenerator out) {
    Requests counted = priceTag.requests();
    out.writeStartObject();
    out.writeStringProperty("prices_of", priceTag.prices().date().toString());
    out.writeStringProperty("prices_source", priceTag.prices().source());
    out.writeStringProperty("currency", "USD");
    out.writeName("counted");
    out.writeStartObject();
    out.writeNumberProperty("seconds", priceTag.counted().toSeconds());
    for (Requests.Kind kind : Requests.Kind.values()) {
      out.writeNumberProperty(kind.text() + "_requests", counted.count(kind));
    }
    out.writeNumberProperty("sent_bytes", counted.sentBytes());
    out.writeNumberProperty("received_bytes", counted.receivedBytes());
    out.writeEndObject();
    out.writeName("month");
    month(out, priceTag.month());
    out.writeName("cloudwatch_month");
    cloudWatch(out, Sampled.in(ring).at(priceTag));
    out.writeEndObject();
  }

  private static void month(JsonGenerator out, Optional<PriceTag.Month> month) {
    if (month.isEmpty()) {
      out.writeNull();
      return;
    }
    out.writeStartObject();
    out.writeNumberProperty("hours", PriceTag.HOURS_A_MONTH);
    month
        .get()
        .requests()
        .forEach(
            (kind, count) -> out.writeNumberProperty(kind.text() + "_requests", Math.round(count)));
    dollars(out, "dollars", month.get().dollars());
    dollars(out, "storage_dollars", month.get().storageDollars());
    out.writeEndObject();
  }

  private static void cloudWatch(JsonGenerator out, PriceTag.CloudWatch cost) {
    out.writeStartObject();
    out.writeNumberProperty("metrics", cost.metrics());
    dollars(out, "dollars", cost.dollars());
    out.writeNumberProperty("labelled_series", cost.series());
    dollars(out, "labelled_dollars", cost.seriesDollars());
    out.writeEndObject();
  }

  /** A request costs a fraction of a cent. */
  private static void dollars(JsonGenerator out, String name, double dollars) {
    out.writeName(name);
    out.writeNumber(Figures.decimal(dollars, 4));
  }
}
