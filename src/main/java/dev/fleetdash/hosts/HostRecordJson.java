package dev.fleetdash.hosts;

import dev.fleetdash.sample.HostName;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A record as its object holds it. What is unknown is left out; fields of later versions are passed
 * over.
 */
final class HostRecordJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MOST_RUNS = 10_000;

  /** A record may have thousands of runs: they share the words that all records use. */
  private static final Map<String, String> HOW =
      Stream.of(Run.CONTINUED, Run.CLOCK_SET, Run.KILLED, Run.LOST)
          .collect(Collectors.toUnmodifiableMap(word -> word, word -> word));

  private HostRecordJson() {}

  static byte[] write(HostRecord record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeStringProperty("host", record.host().value());
      machine(out, record.machine());
      out.writeNumberProperty("renewed", record.renewed());
      out.writeNumberProperty("compacted", record.compacted());
      out.writeBooleanProperty("closed", record.closed());
      out.writeStringProperty("state", record.state().name().toLowerCase(Locale.ROOT));
      record.writer().ifPresent(writer -> writer(out, writer));
      out.writeName("runs");
      out.writeStartArray();
      record.runs().forEach(run -> run(out, run));
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void machine(JsonGenerator out, Machine machine) {
    out.writeStringProperty("machine", machine.id());
    machine.zone().ifPresent(zone -> out.writeStringProperty("zone", zone));
    machine.type().ifPresent(type -> out.writeStringProperty("type", type));
    machine.instance().ifPresent(instance -> out.writeStringProperty("instance", instance));
    machine.address().ifPresent(address -> out.writeStringProperty("address", address));
    out.writeStringProperty("version", machine.version());
    out.writeNumberProperty("sample_seconds", machine.sampleSeconds());
  }

  private static void writer(JsonGenerator out, Writer writer) {
    out.writeStringProperty("spool", writer.spool());
    out.writeNumberProperty("writer", writer.run());
    out.writeNumberProperty("flush_seconds", writer.flushSeconds());
  }

  private static void run(JsonGenerator out, Run run) {
    out.writeStartObject();
    out.writeNumberProperty("run", run.run());
    out.writeNumberProperty("start", run.start());
    out.writeNumberProperty("end", run.end());
    run.how().ifPresent(how -> out.writeStringProperty("how", how));
    out.writeEndObject();
  }

  /**
   * The record of that host.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  static HostRecord read(HostName host, byte[] object) {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), object)) {
      expect(JsonToken.START_OBJECT, json.nextToken());
      Fields fields = Fields.of(json);
      if (!fields.text("host").equals(Optional.of(host.value()))) {
        throw new IllegalArgumentException("it is not of host " + host);
      }
      return fields.record(host);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("it is not JSON", e);
    }
  }

  private static void expect(JsonToken wanted, JsonToken found) {
    if (wanted != found) {
      throw new IllegalArgumentException("there is " + found + " instead of " + wanted);
    }
  }

  /** An object's own fields, and what its one array tells of. */
  private record Fields(Map<String, String> plain, List<Run> runs) {

    /** Reads the rest of an object. */
    static Fields of(JsonParser json) {
      Fields fields = new Fields(new HashMap<>(), new ArrayList<>());
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (value == JsonToken.START_ARRAY && name.equals("runs")) {
          fields.readRuns(json);
        } else if (value.isStructStart()) {
          json.skipChildren();
        } else {
          fields.plain.put(name, json.getString());
        }
      }
      return fields;
    }

    private void readRuns(JsonParser json) {
      for (JsonToken next = json.nextToken();
          next != JsonToken.END_ARRAY;
          next = json.nextToken()) {
        expect(JsonToken.START_OBJECT, next);
        runs.add(of(json).run());
        if (runs.size() > MOST_RUNS) {
          throw new IllegalArgumentException("it has more than " + MOST_RUNS + " runs");
        }
      }
    }

    Optional<String> text(String name) {
      return Optional.ofNullable(plain.get(name));
    }

    private String required(String name) {
      return text(name).orElseThrow(() -> new IllegalArgumentException("it has no " + name));
    }

    private long number(String name) {
      String text = required(name);
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(name + " is not a whole number", e);
      }
    }

    private HostRecord record(HostName host) {
      Machine machine =
          new Machine(
              required("machine"),
              text("zone"),
              text("type"),
              text("instance"),
              text("address"),
              required("version"),
              Math.toIntExact(Math.clamp(number("sample_seconds"), 1, 60)));
      return new HostRecord(
          host,
          machine,
          number("renewed"),
          number("compacted"),
          required("closed").equals("true"),
          state(),
          runs,
          writer());
    }

    private Optional<Writer> writer() {
      return text("spool")
          .map(spool ->
              new Writer(
                  spool,
                  number("writer"),
                  Math.toIntExact(Math.clamp(number("flush_seconds"), 1, 3_600))));
    }

    private HostRecord.State state() {
      return switch (required("state")) {
        case "running" -> HostRecord.State.RUNNING;
        case "ended" -> HostRecord.State.ENDED;
        case "lost" -> HostRecord.State.LOST;
        case String other -> throw new IllegalArgumentException("its state is " + other);
      };
    }

    private Run run() {
      return new Run(
          number("run"),
          number("start"),
          number("end"),
          text("how").map(how -> HOW.getOrDefault(how, how)));
    }
  }
}
