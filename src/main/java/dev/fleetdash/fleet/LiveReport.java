package dev.fleetdash.fleet;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What a host tells a peer of its newest rows: {@code {"rows":[{…}],"seen":{…}}}.
 *
 * @param rows oldest first
 * @param seen everything as last sampled, as a row; there unless the rows go on where the peer left
 *     off
 */
record LiveReport(List<Row> rows, Optional<Row> seen) {
  private static final int MOST_ROWS = 130;

  /**
   * Of this host.
   *
   * @param after the newest second the peer has; empty where it has none
   */
  static byte[] of(HostName host, Ring ring, OptionalLong after) {
    Optional<Row> newest = ring.newest();
    if (newest.isEmpty()) {
      return bytes(List.of(), Optional.empty());
    }
    // A peer that is ahead has rows from before the clock was put back.
    if (after.isPresent() && after.getAsLong() <= newest.get().ts()) {
      List<Row> rows = ring.after(after.getAsLong());
      List<Row> held = ring.after(after.getAsLong() - 1);
      boolean goesOn = !held.isEmpty() && held.size() > rows.size();
      if (goesOn || rows.isEmpty()) {
        return bytes(rows, Optional.empty());
      }
    }
    return bytes(List.of(newest.get()), Optional.of(seen(host, ring, newest.get())));
  }

  private static Row seen(HostName host, Ring ring, Row newest) {
    Row.Builder seen = Row.at(newest.ts(), host, newest.run());
    for (Metric metric : Metric.scalars()) {
      OptionalDouble value = ring.value(metric);
      if (value.isPresent()) {
        seen.set(metric, value.getAsDouble());
      }
    }
    for (Family family : Family.values()) {
      if (!ring.items(family).isEmpty()) {
        seen.add(family, ring.items(family));
      }
    }
    return seen.build();
  }

  private static byte[] bytes(List<Row> rows, Optional<Row> seen) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
    write(out, "{\"rows\":[");
    for (int i = 0; i < rows.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      out.writeBytes(rows.get(i).json());
    }
    out.write(']');
    seen.ifPresent(row -> {
      write(out, ",\"seen\":");
      out.writeBytes(row.json());
    });
    out.write('}');
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  /**
   * Reads what that host has told.
   *
   * @throws PeerException where it is nothing of the kind
   */
  static LiveReport read(HostName host, byte[] body) throws PeerException {
    try (JsonParser json = RowParser.open(body)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw malformed();
      }
      List<Row> rows = new ArrayList<>();
      Optional<Row> seen = Optional.empty();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("rows") && value == JsonToken.START_ARRAY) {
          readRows(json, host, rows);
        } else if (name.equals("seen") && value == JsonToken.START_OBJECT) {
          seen = Optional.of(RowParser.read(json, host));
        } else {
          json.skipChildren();
        }
      }
      return new LiveReport(List.copyOf(rows), seen);
    } catch (JacksonException | IllegalArgumentException _) {
      throw malformed();
    }
  }

  private static void readRows(JsonParser json, HostName host, List<Row> rows)
      throws PeerException {
    while (json.nextToken() != JsonToken.END_ARRAY) {
      Row row = RowParser.read(json, host);
      if (rows.size() == MOST_ROWS || (!rows.isEmpty() && row.ts() <= rows.getLast().ts())) {
        throw malformed();
      }
      rows.add(row);
    }
  }

  private static PeerException malformed() {
    return new PeerException("its answer is malformed");
  }
}
