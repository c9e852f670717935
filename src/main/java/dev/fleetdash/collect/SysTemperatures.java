package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Sensors from /sys/class/hwmon, named {@code chip/label}; where there are none, the zones of
 * /sys/class/thermal by their type. Sensors that do not answer are left out, as many drivers refuse
 * while their device sleeps. Not thread-safe.
 */
final class SysTemperatures implements Supplier<Map<String, Double>> {
  private static final long LIST_NANOS = 60_000_000_000L;
  private static final double MILLIDEGREES = 1e3;

  private final Path sys;
  private final LongSupplier nanos;
  private Map<String, Path> sensors = Map.of();
  private long listedNanos;
  private boolean listed;

  SysTemperatures(Path sys, LongSupplier nanos) {
    this.sys = sys;
    this.nanos = nanos;
  }

  @Override
  public Map<String, Double> get() {
    long now = nanos.getAsLong();
    if (!listed || now - listedNanos >= LIST_NANOS) {
      sensors = list();
      listed = true;
      listedNanos = now;
    }
    Map<String, Double> celsius = new TreeMap<>();
    sensors.forEach(
        (name, path) -> {
          String text = text(path);
          if (text.matches("-?\\d{1,9}")) {
            celsius.put(name, Integer.parseInt(text) / MILLIDEGREES);
          }
        });
    return celsius;
  }

  private Map<String, Path> list() {
    Map<String, Path> found = new TreeMap<>();
    for (Path chip : children(sys.resolve("class/hwmon"), "hwmon*")) {
      for (Path input : children(chip, "temp*_input")) {
        String file = input.getFileName().toString();
        String sensor = file.substring(0, file.length() - "_input".length());
        String label = text(chip.resolve(sensor + "_label"));
        String name = text(chip.resolve("name")) + "/" + (label.isEmpty() ? sensor : label);
        add(found, name, input);
      }
    }
    if (found.isEmpty()) {
      for (Path zone : children(sys.resolve("class/thermal"), "thermal_zone*")) {
        add(found, text(zone.resolve("type")), zone.resolve("temp"));
      }
    }
    return found;
  }

  /** Two chips of a kind have sensors of the same names. */
  private static void add(Map<String, Path> found, String name, Path input) {
    String free = name;
    for (int i = 2; found.containsKey(free); i++) {
      free = name + "#" + i;
    }
    found.put(free, input);
  }

  private static List<Path> children(Path directory, String glob) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
      stream.forEach(children::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    Collections.sort(children);
    return children;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
