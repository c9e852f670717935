package dev.fleetdash.web;

import dev.fleetdash.fleet.FleetEvent;
import dev.fleetdash.fleet.FleetEvents;
import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;

/** The fleet as programs get it. */
final class FleetJson {
  /** What a table of hosts shows, and so what the stream of the fleet carries. */
  static final List<Metric> TABLE =
      List.of(
          Metric.CPU_UTILIZATION,
          Metric.LOAD1,
          Metric.MEMORY_TOTAL_BYTES,
          Metric.MEMORY_USED_BYTES,
          Metric.DISK_READ_BYTES_PER_SECOND,
          Metric.DISK_WRITTEN_BYTES_PER_SECOND,
          Metric.NETWORK_RECEIVED_BYTES_PER_SECOND,
          Metric.NETWORK_SENT_BYTES_PER_SECOND,
          Metric.FILESYSTEM_USED_RATIO_MAX,
          Metric.UPTIME_SECONDS);

  private FleetJson() {}

  /** Everyone, with all that is known but what has labels. */
  static byte[] fleet(FleetView view) {
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeNumberProperty("ts", view.ts());
      out.writeStringProperty("node", view.node().value());
      text(out, "trouble", view.trouble());
      out.writeName("hosts");
      out.writeStartArray();
      view.hosts().forEach(host -> host(out, host));
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private static void host(JsonGenerator out, HostStatus host) {
    out.writeStartObject();
    state(out, host);
    Optional<Machine> machine = host.machine();
    text(out, "zone", machine.flatMap(Machine::zone));
    text(out, "type", machine.flatMap(Machine::type));
    text(out, "instance", machine.flatMap(Machine::instance));
    text(out, "version", machine.map(Machine::version));
    text(out, "address", machine.flatMap(Machine::address));
    out.writeName("started");
    if (host.runs().isEmpty()) {
      out.writeNull();
    } else {
      out.writeNumber(Run.began(host.runs()));
    }
    out.writeName("sample");
    machine.ifPresentOrElse(known -> out.writeNumber(known.sampleSeconds()), out::writeNull);
    out.writeName("cores");
    int cores = host.latest().map(latest -> latest.items(Family.CORES).size()).orElse(0);
    if (cores == 0) {
      out.writeNull();
    } else {
      out.writeNumber(cores);
    }
    out.writeName("runs");
    out.writeStartArray();
    host.runs().forEach(run -> run(out, run));
    out.writeEndArray();
    row(out, host.latest(), Metric.scalars());
    out.writeEndObject();
  }

  /** What changes of a host while one looks at a table of them. */
  static byte[] line(HostStatus host) {
    return Json.bytes(out -> {
      out.writeStartObject();
      state(out, host);
      row(out, host.latest(), TABLE);
      out.writeEndObject();
    });
  }

  private static void state(JsonGenerator out, HostStatus host) {
    out.writeStringProperty("host", host.host().value());
    out.writeStringProperty("state", host.state().text());
    text(out, "reason", host.reason());
    out.writeNumberProperty("since", host.since());
  }

  private static void run(JsonGenerator out, Run run) {
    out.writeStartObject();
    out.writeNumberProperty("run", run.run());
    out.writeNumberProperty("start", run.start());
    out.writeNumberProperty("end", run.end());
    text(out, "how", run.how());
    out.writeEndObject();
  }

  /** Null where no row is known. */
  private static void row(JsonGenerator out, Optional<Latest> latest, List<Metric> scalars) {
    out.writeName("row");
    if (latest.isEmpty()) {
      out.writeNull();
      return;
    }
    Latest known = latest.get();
    out.writeStartObject();
    out.writeNumberProperty("ts", known.row().ts());
    out.writeStringProperty("host", known.row().host().value());
    out.writeNumberProperty("run", known.row().run());
    for (Metric metric : scalars) {
      OptionalDouble value = known.value(metric);
      if (value.isPresent()) {
        out.writeName(metric.field());
        out.writeNumber(metric.unit().decimal(metric.scaled(value.getAsDouble())));
      }
    }
    out.writeEndObject();
  }

  static byte[] events(FleetEvents events) {
    return Json.bytes(out -> {
      out.writeStartObject();
      text(out, "trouble", events.trouble());
      out.writeName("events");
      out.writeStartArray();
      events.events().forEach(event -> event(out, event));
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private static void event(JsonGenerator out, FleetEvent event) {
    out.writeStartObject();
    out.writeNumberProperty("ts", event.ts());
    out.writeStringProperty("host", event.host().value());
    out.writeStringProperty("kind", event.kind().text());
    out.writeStringProperty("detail", event.detail());
    out.writeEndObject();
  }

  private static void text(JsonGenerator out, String name, Optional<String> text) {
    out.writeName(name);
    text.ifPresentOrElse(out::writeString, out::writeNull);
  }
}
