package dev.fleetdash.archive;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.core.util.Named;

/**
 * Reads the wanted numbers of gzipped rows. Fields it does not know are passed over; a number that
 * is null, of another type or out of range is absent.
 *
 * <p>An object counts whole or not at all: the visitor is called only after the last byte was found
 * good. Refused are damaged gzip, lines that are no JSON objects, rows without {@code ts}, {@code
 * host} or {@code run}, rows of another host, and whatever exceeds the bounds. For one thread; to
 * be reused.
 */
public final class RowReader {
  /** Bounds an object, unpacked, where nothing else does. */
  public static final long DEFAULT_MAX_BYTES = 64L << 20;

  private static final int LONGEST_LINE = 1 << 20;
  private static final int DEEPEST = 8;
  private static final int SURE_DIGITS = 18;
  private static final double MOST = 0x1p63;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(LONGEST_LINE)
                  .maxNameLength(256)
                  .build())
          // Our names come from a fixed catalogue, foreign ones from who knows where.
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private static final int TS = 0;
  private static final int HOST = 1;
  private static final int RUN = 2;
  private static final int UPTIME = 3;
  private static final int FIRST_WANTED = 4;

  private final long maxBytes;
  private final boolean uptimeWanted;
  private final List<Metric> scalars = new ArrayList<>();
  private final List<ItemFields> families = new ArrayList<>();
  private final PropertyNameMatcher rowFields;
  private final RowTape tape = new RowTape();

  /** The fields of a family's items: the key at 0, then the wanted metrics. */
  private record ItemFields(List<Metric> metrics, PropertyNameMatcher names) {}

  /**
   * @param maxBytes the most an object may hold, unpacked
   */
  public RowReader(Collection<Metric> wanted, long maxBytes) {
    this.maxBytes = maxBytes;
    this.uptimeWanted = wanted.contains(Metric.UPTIME_SECONDS);
    List<String> names =
        new ArrayList<>(List.of("ts", "host", "run", Metric.UPTIME_SECONDS.field()));
    Map<Family, List<Metric>> items = new EnumMap<>(Family.class);
    for (Metric metric : wanted) {
      if (!metric.scalar()) {
        items.computeIfAbsent(metric.family().orElseThrow(), _ -> new ArrayList<>()).add(metric);
      } else if (metric != Metric.UPTIME_SECONDS) {
        scalars.add(metric);
        names.add(metric.field());
      }
    }
    items.forEach((family, metrics) -> {
      names.add(family.field());
      List<String> fields = new ArrayList<>(List.of(family.keyLabel()));
      metrics.forEach(metric -> fields.add(metric.field()));
      families.add(new ItemFields(metrics, matcher(fields)));
    });
    this.rowFields = matcher(names);
  }

  private static PropertyNameMatcher matcher(List<String> names) {
    List<Named> named = new ArrayList<>();
    names.forEach(name -> named.add(Named.fromString(name)));
    return JSON.constructNameMatcher(named, false);
  }

  /**
   * Tells {@code visitor} of all rows of one object, in their order there.
   *
   * @param key the object's, for the message
   * @param object gzip, of one or several members
   * @param host whose rows they must be
   * @throws ArchiveException of kind BAD_OBJECT, with the reason; the visitor has not been called
   *     then
   */
  public void read(String key, byte[] object, HostName host, RowVisitor visitor)
      throws ArchiveException {
    tape.clear();
    int line = 1;
    try (GzipInput in = new GzipInput(object, maxBytes);
        JsonParser json = JSON.createParser(ObjectReadContext.empty(), in)) {
      long start = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token != JsonToken.START_OBJECT) {
          throw new BadRow("is not a JSON object");
        }
        row(json, host.value());
        long end = json.currentLocation().getByteOffset();
        if (end - start > LONGEST_LINE) {
          throw new BadRow("is longer than " + LONGEST_LINE + " bytes");
        }
        start = end;
        if (tape.full()) {
          throw new BadRow("is one too many to be held");
        }
        line++;
      }
    } catch (BadRow e) {
      throw bad(key, "row " + line + " " + e.getMessage(), e);
    } catch (JacksonIOException e) {
      throw bad(
          key,
          String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage()),
          e);
    } catch (JacksonException e) {
      throw bad(
          key, "row " + line + " is not JSON within the bounds: " + e.getOriginalMessage(), e);
    }
    tape.play(visitor);
  }

  private static ArchiveException bad(String key, String why, Exception cause) {
    return new ArchiveException(ArchiveException.Kind.BAD_OBJECT, key + ": " + why, cause);
  }

  private static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    BadRow(String message) {
      super(message);
    }
  }

  private void row(JsonParser json, String host) throws BadRow {
    tape.beginRow();
    boolean hasTs = false;
    boolean hasHost = false;
    boolean hasRun = false;
    for (int field = json.nextNameMatch(rowFields);
        field != PropertyNameMatcher.MATCH_END_OBJECT;
        field = json.nextNameMatch(rowFields)) {
      JsonToken token = json.nextToken();
      switch (field) {
        case TS -> {
          tape.ts(whole(json, token, "ts"));
          hasTs = true;
        }
        case RUN -> {
          tape.run(whole(json, token, "run"));
          hasRun = true;
        }
        case HOST -> {
          if (token != JsonToken.VALUE_STRING || !json.getString().equals(host)) {
            throw new BadRow("is not of host " + host);
          }
          hasHost = true;
        }
        case UPTIME -> uptime(json, token);
        default -> other(json, token, field - FIRST_WANTED);
      }
    }
    if (!hasTs || !hasHost || !hasRun) {
      throw new BadRow("has no " + (hasTs ? hasHost ? "run" : "host" : "ts"));
    }
  }

  private void uptime(JsonParser json, JsonToken token) {
    long scaled = scaled(json, token, Metric.UPTIME_SECONDS);
    tape.uptime(scaled);
    if (uptimeWanted && scaled != Row.ABSENT) {
      tape.value(Metric.UPTIME_SECONDS, scaled);
    }
  }

  private void other(JsonParser json, JsonToken token, int wanted) {
    if (wanted < 0) {
      json.skipChildren();
    } else if (wanted < scalars.size()) {
      Metric metric = scalars.get(wanted);
      long scaled = scaled(json, token, metric);
      if (scaled != Row.ABSENT) {
        tape.value(metric, scaled);
      }
    } else {
      items(json, token, families.get(wanted - scalars.size()));
    }
  }

  private void items(JsonParser json, JsonToken token, ItemFields fields) {
    if (token != JsonToken.START_ARRAY) {
      json.skipChildren();
      return;
    }
    for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
      if (next == JsonToken.START_OBJECT) {
        item(json, fields);
      } else {
        json.skipChildren();
      }
    }
  }

  private void item(JsonParser json, ItemFields fields) {
    String key = null;
    tape.beginItem();
    for (int field = json.nextNameMatch(fields.names());
        field != PropertyNameMatcher.MATCH_END_OBJECT;
        field = json.nextNameMatch(fields.names())) {
      JsonToken token = json.nextToken();
      if (field == 0 && token == JsonToken.VALUE_STRING) {
        key = json.getString();
      } else if (field > 0) {
        itemValue(json, token, fields.metrics().get(field - 1));
      } else {
        json.skipChildren();
      }
    }
    if (key == null) {
      tape.dropItem();
    } else {
      tape.endItem(key);
    }
  }

  private void itemValue(JsonParser json, JsonToken token, Metric metric) {
    long scaled = scaled(json, token, metric);
    if (scaled != Row.ABSENT) {
      tape.itemValue(metric, scaled);
    }
  }

  private static long whole(JsonParser json, JsonToken token, String field) throws BadRow {
    if (token != JsonToken.VALUE_NUMBER_INT || json.getStringLength() > SURE_DIGITS) {
      throw new BadRow("has a " + field + " that is not a whole number");
    }
    return json.getLongValue();
  }

  private static long scaled(JsonParser json, JsonToken token, Metric metric) {
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      json.skipChildren();
      return Row.ABSENT;
    }
    int length = json.getStringLength();
    if (length <= SURE_DIGITS - metric.unit().digits()) {
      long exact =
          decimal(
              json.getStringCharacters(), json.getStringOffset(), length, metric.unit().digits());
      if (exact != Row.ABSENT) {
        return exact;
      }
    }
    double value = json.getDoubleValue();
    return Math.abs(value * metric.unit().scale()) < MOST ? metric.scaled(value) : Row.ABSENT;
  }

  /**
   * The plain decimal times 10 to the power of {@code digits}; absent where it is written
   * otherwise.
   */
  private static long decimal(char[] text, int offset, int length, int digits) {
    int missing = digits;
    boolean fraction = false;
    long value = 0;
    for (int at = text[offset] == '-' ? offset + 1 : offset; at < offset + length; at++) {
      char c = text[at];
      if (c == '.') {
        fraction = true;
      } else if (c < '0' || c > '9' || (fraction && missing == 0 && c != '0')) {
        return Row.ABSENT;
      } else if (!fraction || missing > 0) {
        value = value * 10 + (c - '0');
        missing -= fraction ? 1 : 0;
      }
    }
    for (; missing > 0; missing--) {
      value *= 10;
    }
    return text[offset] == '-' ? -value : value;
  }
}
