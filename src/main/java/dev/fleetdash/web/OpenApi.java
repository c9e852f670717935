package dev.fleetdash.web;

import dev.fleetdash.fleet.PeerPaths;
import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;

/** The description of every path, as OpenAPI 3.1 has it. */
final class OpenApi {
  private static final String HTML = "text/html";
  private static final String EVENTS = "text/event-stream";

  private static final Parameter HOST =
      query("host", "string", "a host's name; without it the node that answers");
  private static final Parameter HOSTS =
      query("hosts", "string", "names with commas between; without it the node that answers");
  private static final Parameter FROM =
      query("from", "string", "RFC 3339, epoch seconds, or a time before now such as -15m");
  private static final Parameter TO = query("to", "string", "likewise; without it now");
  private static final List<Parameter> RANGE =
      List.of(
          HOSTS,
          new Parameter("metrics", "query", "string", true, "catalogue names, commas between"),
          FROM,
          TO,
          query(
              "points",
              "integer",
              "buckets wanted for each series, 1 to 5000. A bucket is always whole: the first may"
                  + " begin before from, the last end after to"));
  private static final List<Parameter> SQL =
      Stream.concat(
              RANGE.stream(), Stream.of(query("engine", "string", "duckdb, athena and the like")))
          .toList();

  /** Every path, in the order in which it is told. */
  static final List<Path> PATHS =
      List.of(
          new Path("/", "The page of the fleet", HTML, List.of()),
          new Path("/hosts/{host}", "The page of a host", HTML, List.of(inPath("host"))),
          new Path(
              "/assets/{hash}/{name}",
              "A file of the pages; never changes under its address",
              "application/octet-stream",
              List.of(inPath("hash"), inPath("name"))),
          json("/health", "Whether this process samples and serves; 503 where not", List.of()),
          json("/health/details", "Each part's state", List.of()),
          new Path("/metrics", "Prometheus text or OpenMetrics", "text/plain", List.of()),
          json("/api/fleet", "Every host of the last 24 hours", "Fleet", List.of()),
          new Path(
              "/api/stream/fleet",
              "Server-sent events, one a second: the hosts that changed",
              EVENTS,
              List.of(query("hosts", "string", "those on the screen, commas between"))),
          json("/api/events", "What happened to hosts", "Events", List.of(FROM, TO)),
          json("/api/live", "The newest row of a host", "Row", List.of(HOST)),
          new Path("/api/stream", "Server-sent events, one a tick: its row", EVENTS, List.of(HOST)),
          json(
              "/api/history",
              "min, avg and max a bucket, as columns; 400 too_much and 503 busy where that would"
                  + " take more memory than there is",
              RANGE),
          new Path("/api/history.csv", "The same, a line a bucket", "text/csv", RANGE),
          new Path("/api/history.ndjson", "The same, as JSON", "application/x-ndjson", RANGE),
          new Path("/api/history.sql", "The query of the same numbers", "text/plain", SQL),
          json("/api/catalogue", "Every metric", List.of()),
          json("/api/info", "Version, place, configuration, costs", List.of()),
          json("/api/openapi.json", "This description", List.of()),
          json(
              PeerPaths.LIVE,
              "For members of the fleet, signed: this host's newest rows",
              List.of(
                  query(PeerPaths.AFTER, "integer", "only rows after this second"),
                  query(PeerPaths.FOLLOWED, "boolean", "somebody looks at this host"))),
          json(
              PeerPaths.HISTORY,
              "For members of the fleet, signed: what its ring has, as sums",
              List.of(
                  query(PeerPaths.METRICS, "string", "catalogue names, commas between"),
                  query(PeerPaths.FROM, "integer", "epoch seconds, a multiple of the step"),
                  query(PeerPaths.TO, "integer", "likewise"),
                  query(PeerPaths.STEP, "integer", "seconds a bucket"))));

  private OpenApi() {}

  record Parameter(String name, String in, String type, boolean required, String description) {}

  record Path(
      String path, String summary, String contentType, String schema, List<Parameter> parameters) {
    Path(String path, String summary, String contentType, List<Parameter> parameters) {
      this(path, summary, contentType, "", parameters);
    }

    List<String> queryNames() {
      return parameters.stream()
          .filter(parameter -> parameter.in().equals("query"))
          .map(Parameter::name)
          .toList();
    }
  }

  private static Path json(String path, String summary, List<Parameter> parameters) {
    return new Path(path, summary, Errors.JSON_TYPE, parameters);
  }

  private static Path json(String path, String summary, String schema, List<Parameter> parameters) {
    return new Path(path, summary, Errors.JSON_TYPE, schema, parameters);
  }

  private static Parameter query(String name, String type, String description) {
    return new Parameter(name, "query", type, false, description);
  }

  private static Parameter inPath(String name) {
    return new Parameter(name, "path", "string", true, "as its page links to it");
  }

  /** The document. */
  static byte[] json(String version, Optional<URI> url) {
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeStringProperty("openapi", "3.1.0");
      out.writeName("info");
      out.writeStartObject();
      out.writeStringProperty("title", "fleetdash");
      out.writeStringProperty("version", version);
      out.writeEndObject();
      url.ifPresent(address -> servers(out, address));
      out.writeName("paths");
      out.writeStartObject();
      PATHS.forEach(path -> path(out, path));
      out.writeEndObject();
      out.writeName("components");
      out.writeStartObject();
      out.writeName("schemas");
      out.writeStartObject();
      error(out);
      row(out);
      fleet(out);
      events(out);
      out.writeEndObject();
      out.writeEndObject();
      out.writeEndObject();
    });
  }

  /** Without it paths begin where the document came from, which is right unless it was copied. */
  private static void servers(JsonGenerator out, URI url) {
    out.writeName("servers");
    out.writeStartArray();
    out.writeStartObject();
    out.writeStringProperty("url", url.toString());
    out.writeEndObject();
    out.writeEndArray();
  }

  private static void path(JsonGenerator out, Path path) {
    out.writeName(path.path());
    out.writeStartObject();
    out.writeName("get");
    out.writeStartObject();
    out.writeStringProperty("summary", path.summary());
    out.writeName("parameters");
    out.writeStartArray();
    path.parameters().forEach(parameter -> parameter(out, parameter));
    out.writeEndArray();
    out.writeName("responses");
    out.writeStartObject();
    answer(out, "200", path.summary(), path.contentType(), path.schema());
    answer(out, "default", "What is wrong, and what mends it", Errors.JSON_TYPE, "Error");
    out.writeEndObject();
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void parameter(JsonGenerator out, Parameter parameter) {
    out.writeStartObject();
    out.writeStringProperty("name", parameter.name());
    out.writeStringProperty("in", parameter.in());
    out.writeBooleanProperty("required", parameter.required());
    out.writeStringProperty("description", parameter.description());
    out.writeName("schema");
    type(out, parameter.type());
    out.writeEndObject();
  }

  private static void answer(
      JsonGenerator out, String status, String description, String contentType, String schema) {
    out.writeName(status);
    out.writeStartObject();
    out.writeStringProperty("description", description);
    out.writeName("content");
    out.writeStartObject();
    out.writeName(contentType);
    out.writeStartObject();
    if (!schema.isEmpty()) {
      out.writeName("schema");
      reference(out, schema);
    }
    out.writeEndObject();
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void type(JsonGenerator out, String type) {
    out.writeStartObject();
    out.writeStringProperty("type", type);
    out.writeEndObject();
  }

  private static void reference(JsonGenerator out, String schema) {
    out.writeStartObject();
    out.writeStringProperty("$ref", "#/components/schemas/" + schema);
    out.writeEndObject();
  }

  private static void property(JsonGenerator out, String name, String type) {
    out.writeName(name);
    type(out, type);
  }

  private static void object(JsonGenerator out, Runnable properties) {
    out.writeStartObject();
    out.writeStringProperty("type", "object");
    out.writeName("properties");
    out.writeStartObject();
    properties.run();
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void array(JsonGenerator out, String name, Runnable properties) {
    out.writeName(name);
    out.writeStartObject();
    out.writeStringProperty("type", "array");
    out.writeName("items");
    object(out, properties);
    out.writeEndObject();
  }

  private static void error(JsonGenerator out) {
    out.writeName("Error");
    object(
        out,
        () -> {
          out.writeName("error");
          object(
              out,
              () -> {
                property(out, "code", "string");
                property(out, "message", "string");
                property(out, "field", "string");
              });
        });
  }

  private static void row(JsonGenerator out) {
    out.writeName("Row");
    object(
        out,
        () -> {
          property(out, "ts", "integer");
          property(out, "host", "string");
          property(out, "run", "integer");
          Metric.scalars().forEach(metric -> metric(out, metric));
          for (Family family : Family.values()) {
            array(
                out,
                family.field(),
                () -> {
                  family.labels().forEach(label -> property(out, label, "string"));
                  family.metrics().forEach(metric -> metric(out, metric));
                });
          }
        });
  }

  private static void metric(JsonGenerator out, Metric metric) {
    out.writeName(metric.field());
    out.writeStartObject();
    out.writeStringProperty("type", metric.unit().integer() ? "integer" : "number");
    out.writeStringProperty("description", metric.help() + ", " + metric.unit().text());
    out.writeEndObject();
  }

  private static void fleet(JsonGenerator out) {
    out.writeName("Fleet");
    object(
        out,
        () -> {
          property(out, "ts", "integer");
          property(out, "node", "string");
          nullable(out, "trouble");
          array(out, "hosts", () -> host(out));
        });
  }

  private static void host(JsonGenerator out) {
    property(out, "host", "string");
    out.writeName("state");
    out.writeStartObject();
    out.writeStringProperty("type", "string");
    out.writeName("enum");
    out.writeStartArray();
    Arrays.stream(State.values()).map(State::text).forEach(out::writeString);
    out.writeEndArray();
    out.writeEndObject();
    List.of("reason", "zone", "type", "instance", "version", "address")
        .forEach(name -> nullable(out, name));
    property(out, "since", "integer");
    property(out, "started", "integer");
    array(
        out,
        "runs",
        () -> {
          property(out, "run", "integer");
          property(out, "start", "integer");
          property(out, "end", "integer");
          nullable(out, "how");
        });
    out.writeName("row");
    reference(out, "Row");
  }

  private static void events(JsonGenerator out) {
    out.writeName("Events");
    object(
        out,
        () -> {
          nullable(out, "trouble");
          array(
              out,
              "events",
              () -> {
                property(out, "ts", "integer");
                property(out, "host", "string");
                property(out, "kind", "string");
                property(out, "detail", "string");
              });
        });
  }

  private static void nullable(JsonGenerator out, String name) {
    out.writeName(name);
    out.writeStartObject();
    out.writeName("type");
    out.writeStartArray();
    out.writeString("string");
    out.writeString("null");
    out.writeEndArray();
    out.writeEndObject();
  }
}
