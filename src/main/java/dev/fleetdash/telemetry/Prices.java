package dev.fleetdash.telemetry;

import dev.fleetdash.sample.Nearest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * List prices in dollars, from a properties file. A file of one's own has to have all keys of the
 * built-in one, because prices of two days or two regions are not to be mixed.
 */
public final class Prices {
  private static final String DATE = "date";
  private static final String SOURCE = "source";
  private static final Pattern DECIMAL = Pattern.compile("\\d{1,9}(\\.\\d{1,12})?");

  /** What has a price. */
  enum Item {
    S3_PUT_PER_1000,
    S3_GET_PER_1000,
    S3_LIST_PER_1000,
    S3_GB_MONTH,
    CLOUDWATCH_METRIC_MONTH_FIRST_10000,
    CLOUDWATCH_METRIC_MONTH_NEXT_240000,
    CLOUDWATCH_METRIC_MONTH_NEXT_750000,
    CLOUDWATCH_METRIC_MONTH_BEYOND_1000000;

    String key() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private final LocalDate date;
  private final String source;
  private final Map<Item, Double> dollars;

  private Prices(LocalDate date, String source, Map<Item, Double> dollars) {
    this.date = date;
    this.source = source;
    this.dollars = Map.copyOf(dollars);
  }

  /** Those that came with this version. */
  public static Prices builtIn() {
    try (InputStream in = Prices.class.getResourceAsStream("prices.properties")) {
      if (in == null) {
        throw new IllegalStateException("no prices in this jar");
      }
      return read(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Those of a file.
   *
   * @throws IllegalArgumentException with everything that is wrong
   */
  public static Prices of(Path file) {
    try (Reader in = Files.newBufferedReader(file)) {
      return read(in);
    } catch (IOException e) {
      throw new IllegalArgumentException("'" + file + "' cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + file + "' " + e.getMessage(), e);
    }
  }

  private static Prices read(Reader in) throws IOException {
    Properties lines = new Properties();
    lines.load(in);
    List<String> problems = new ArrayList<>();
    List<String> known = new ArrayList<>(List.of(DATE, SOURCE));
    for (Item item : Item.values()) {
      known.add(item.key());
    }
    for (String key : new TreeSet<>(lines.stringPropertyNames())) {
      if (!known.contains(key)) {
        problems.add("there is no " + key + Nearest.hint(key, known));
      }
    }
    Optional<LocalDate> date = date(lines, problems);
    Map<Item, Double> dollars = new HashMap<>();
    for (Item item : Item.values()) {
      dollars(lines, item, problems).ifPresent(price -> dollars.put(item, price));
    }
    if (date.isEmpty() || !problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    return new Prices(date.get(), lines.getProperty(SOURCE, "").strip(), dollars);
  }

  private static Optional<LocalDate> date(Properties lines, List<String> problems) {
    String text = lines.getProperty(DATE, "").strip();
    try {
      return Optional.of(LocalDate.parse(text));
    } catch (DateTimeException _) {
      problems.add("date is '" + text + "', not a day like 2026-11-23");
      return Optional.empty();
    }
  }

  private static Optional<Double> dollars(Properties lines, Item item, List<String> problems) {
    String text = lines.getProperty(item.key());
    if (text == null) {
      problems.add(item.key() + " is missing");
      return Optional.empty();
    }
    if (!DECIMAL.matcher(text.strip()).matches()) {
      problems.add(item.key() + " is '" + text + "', not a number of dollars like 0.005");
      return Optional.empty();
    }
    return Optional.of(Double.valueOf(text.strip()));
  }

  /** When they held. */
  public LocalDate date() {
    return date;
  }

  /** Where they were found. */
  public String source() {
    return source;
  }

  /** Of so many requests. */
  double requests(Requests.Kind kind, double count) {
    return count
        / 1000
        * price(
            switch (kind) {
              case PUT -> Item.S3_PUT_PER_1000;
              case GET -> Item.S3_GET_PER_1000;
              case LIST -> Item.S3_LIST_PER_1000;
            });
  }

  /** Of keeping so many bytes for a month. */
  double storage(double bytes) {
    return bytes / 1e9 * price(Item.S3_GB_MONTH);
  }

  /** Of so many custom metrics of CloudWatch for a month. */
  double cloudWatch(long metrics) {
    long first = Math.min(metrics, 10_000);
    long second = Math.clamp(metrics - 10_000, 0, 240_000);
    long third = Math.clamp(metrics - 250_000, 0, 750_000);
    long beyond = Math.max(metrics - 1_000_000, 0);
    return first * price(Item.CLOUDWATCH_METRIC_MONTH_FIRST_10000)
        + second * price(Item.CLOUDWATCH_METRIC_MONTH_NEXT_240000)
        + third * price(Item.CLOUDWATCH_METRIC_MONTH_NEXT_750000)
        + beyond * price(Item.CLOUDWATCH_METRIC_MONTH_BEYOND_1000000);
  }

  private double price(Item item) {
    return dollars.getOrDefault(item, 0.0);
  }
}
