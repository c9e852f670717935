package dev.fleetdash.web;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.OwnCost;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;

/**
 * What Prometheus scrapes. Encoded when asked for, and at most once for a row and a second. Safe
 * for use by several threads.
 *
 * <p>A metric is called {@code fleetdash_} and the name of its entry in the catalogue, which is
 * unique there and whole where a row's field is short: {@code fleetdash_cpu_utilization}, {@code
 * fleetdash_filesystem_used_bytes{mount="/",type="ext4"}}. Processes are left out, because each one
 * would be a series for ever.
 */
final class Exposition {
  private static final String PREFIX = "fleetdash_";
  private static final long KEPT_NANOS = Duration.ofSeconds(1).toNanos();

  /** The format, chosen by the Accept header. */
  enum Format {
    TEXT(PrometheusTextFormatWriter.create()),
    OPEN_METRICS(OpenMetricsTextFormatWriter.create());

    @SuppressWarnings("ImmutableEnumChecker")
    private final ExpositionFormatWriter writer;

    @SuppressWarnings("ImmutableEnumChecker")
    private final HttpField field;

    Format(ExpositionFormatWriter writer) {
      this.writer = writer;
      this.field = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, writer.getContentType());
    }

    String contentType() {
      return writer.getContentType();
    }

    /** The same, encoded once. */
    HttpField field() {
      return field;
    }

    /** The better one of those the client takes; the classic one where it says nothing. */
    static Format accepted(@Nullable String accept) {
      if (accept == null || !accept.contains("application/openmetrics-text")) {
        return TEXT;
      }
      return quality(accept, "application/openmetrics-text") >= quality(accept, "text/plain")
          ? OPEN_METRICS
          : TEXT;
    }

    private static double quality(String accept, String type) {
      return Arrays.stream(accept.split(",", -1))
          .map(part -> part.replace(" ", ""))
          .filter(part -> part.startsWith(type))
          .mapToDouble(Format::quality)
          .max()
          .orElse(0);
    }

    private static double quality(String part) {
      int at = part.indexOf(";q=");
      if (at < 0) {
        return 1;
      }
      String number = part.substring(at + 3).split(";", 2)[0];
      return number.matches("[01](\\.\\d{0,3})?") ? Double.parseDouble(number) : 0;
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Encoded(Optional<Row> of, long nanos, byte[] bytes) {}

  private final Node node;
  private final Ring ring;
  private final Telemetry telemetry;
  private final LongSupplier nanoTime;
  private final Map<Format, Encoded> encoded = new EnumMap<>(Format.class);

  Exposition(Node node, Ring ring, Telemetry telemetry, LongSupplier nanoTime) {
    this.node = node;
    this.ring = ring;
    this.telemetry = telemetry;
    this.nanoTime = nanoTime;
  }

  /** Shared between requests: not to be changed. */
  byte[] bytes(Format format) {
    Optional<Row> newest = ring.newest();
    synchronized (this) {
      Encoded last = encoded.get(format);
      long now = nanoTime.getAsLong();
      if (last == null || now - last.nanos() >= KEPT_NANOS || !last.of().equals(newest)) {
        last = new Encoded(newest, now, encode(format));
        encoded.put(format, last);
      }
      return last.bytes();
    }
  }

  private byte[] encode(Format format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(16 * 1024);
    try {
      format.writer.write(
          bytes, new MetricSnapshots(snapshots()), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException("encode the exposition in memory", e);
    }
    return bytes.toByteArray();
  }

  private List<MetricSnapshot> snapshots() {
    List<MetricSnapshot> all = new ArrayList<>();
    for (Metric metric : Metric.scalars()) {
      OptionalDouble value = ring.value(metric);
      value.ifPresent(v ->
          all.add(
              gauge(
                  name(metric),
                  help(metric),
                  List.of(new GaugeDataPointSnapshot(v, Labels.EMPTY, null)))));
    }
    for (Family family : Family.values()) {
      if (family.charted()) {
        family(all, family, ring.items(family));
      }
    }
    partsUp().ifPresent(all::add);
    all.addAll(counters());
    all.addAll(process());
    return all;
  }

  static String name(Metric metric) {
    return PREFIX + metric.name().toLowerCase(Locale.ROOT);
  }

  private static String help(Metric metric) {
    return metric.help() + ".";
  }

  private static void family(List<MetricSnapshot> all, Family family, List<Item> items) {
    // Two items of the same labels, such as one file system mounted over another, would make the
    // whole exposition invalid.
    Map<Labels, Item> distinct = new LinkedHashMap<>();
    items.forEach(item -> distinct.put(Labels.of(family.labels(), item.labels()), item));
    for (Metric metric : family.metrics()) {
      List<GaugeDataPointSnapshot> points = new ArrayList<>();
      distinct.forEach((labels, item) -> {
        if (item.has(metric)) {
          points.add(new GaugeDataPointSnapshot(item.value(metric), labels, null));
        }
      });
      if (!points.isEmpty()) {
        all.add(gauge(name(metric), help(metric), points));
      }
    }
  }

  private Optional<MetricSnapshot> partsUp() {
    List<GaugeDataPointSnapshot> points =
        telemetry.parts().stream()
            .filter(part -> part.status() != Part.Status.STARTING)
            .map(part ->
                new GaugeDataPointSnapshot(
                    part.status() == Part.Status.UP ? 1 : 0, Labels.of("part", part.name()), null))
            .toList();
    return points.isEmpty()
        ? Optional.empty()
        : Optional.of(
            gauge(
                PREFIX + "part_up",
                "Whether the last attempt of a part of the process succeeded.",
                points));
  }

  private List<MetricSnapshot> counters() {
    Map<String, List<Counter>> byName = new LinkedHashMap<>();
    telemetry
        .counters()
        .forEach(
            counter -> byName.computeIfAbsent(counter.name(), _ -> new ArrayList<>()).add(counter));
    return byName.values().stream().map(Exposition::counter).toList();
  }

  private static MetricSnapshot counter(Collection<Counter> ofOneName) {
    Counter first = ofOneName.iterator().next();
    CounterSnapshot.Builder builder =
        CounterSnapshot.builder().name(PREFIX + first.name()).help(first.help() + ".");
    for (Counter counter : ofOneName) {
      Labels.Builder labels = Labels.builder();
      counter.labels().forEach(labels::label);
      builder.dataPoint(new CounterDataPointSnapshot(counter.count(), labels.build(), null, 0));
    }
    return builder.build();
  }

  private List<MetricSnapshot> process() {
    List<MetricSnapshot> all = new ArrayList<>();
    Labels build =
        Labels.of("commit", node.commit(), "host", node.host().value(), "version", node.version());
    all.add(
        InfoSnapshot.builder()
            .name(PREFIX + "build")
            .help("What this process is.")
            .dataPoint(new InfoDataPointSnapshot(build))
            .build());
    OwnCost.cpuTime()
        .ifPresent(time ->
            all.add(
                CounterSnapshot.builder()
                    .name("process_cpu_seconds")
                    .help("Total user and system CPU time spent in seconds.")
                    .dataPoint(
                        new CounterDataPointSnapshot(time.toNanos() / 1e9, Labels.EMPTY, null, 0))
                    .build()));
    OwnCost.residentBytes()
        .ifPresent(bytes ->
            all.add(
                single(
                    "process_resident_memory_bytes",
                    "Resident memory size in bytes.",
                    (double) bytes)));
    double started = node.started().get().toEpochMilli() / 1e3;
    all.add(
        single(
            "process_start_time_seconds",
            "Start time of the process since unix epoch in seconds.",
            started));
    return all;
  }

  private static MetricSnapshot single(String name, String help, double value) {
    return gauge(name, help, List.of(new GaugeDataPointSnapshot(value, Labels.EMPTY, null)));
  }

  private static MetricSnapshot gauge(
      String name, String help, List<GaugeDataPointSnapshot> points) {
    GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name).help(help);
    points.forEach(builder::dataPoint);
    return builder.build();
  }
}
