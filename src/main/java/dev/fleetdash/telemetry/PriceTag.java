package dev.fleetdash.telemetry;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the archive costs at list prices: counted since the process started, and taken to go on like
 * that for a month. Safe for use by several threads.
 */
public final class PriceTag {
  /** A twelfth of a year of 365 days, as AWS counts. */
  public static final int HOURS_A_MONTH = 730;

  /** What a start costs once is not to be taken for what an hour costs. */
  private static final Duration LEAST = Duration.ofMinutes(10);

  private final Requests requests;
  private final Prices prices;
  private final Telemetry telemetry;

  public PriceTag(Telemetry telemetry, Prices prices) {
    this.requests = new Requests(telemetry);
    this.prices = prices;
    this.telemetry = telemetry;
  }

  /**
   * A month like the time so far.
   *
   * @param requests by kind
   * @param dollars of the requests
   * @param storageDollars of keeping what is sent in a month, each month that it is kept
   */
  public record Month(Map<Requests.Kind, Double> requests, double dollars, double storageDollars) {
    /** Of all kinds. */
    public double allRequests() {
      return requests.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /**
   * What the same numbers would cost as custom metrics of CloudWatch.
   *
   * @param metrics numbers without labels
   * @param series numbers with labels, each of which is a metric there
   * @param seriesDollars of these, beside the others
   */
  public record CloudWatch(long metrics, double dollars, long series, double seriesDollars) {}

  /** The prices that hold. */
  public Prices prices() {
    return prices;
  }

  /** Counted so far. */
  public Requests requests() {
    return requests;
  }

  /** For how long. */
  public Duration counted() {
    return telemetry.age();
  }

  /** Empty in the first minutes, of which no month can be made. */
  public Optional<Month> month() {
    Duration counted = counted();
    if (counted.compareTo(LEAST) < 0) {
      return Optional.empty();
    }
    double months = counted.toMillis() / 3.6e6 / HOURS_A_MONTH;
    Map<Requests.Kind, Double> monthly = new EnumMap<>(Requests.Kind.class);
    double dollars = 0;
    for (Requests.Kind kind : Requests.Kind.values()) {
      double count = requests.count(kind) / months;
      monthly.put(kind, count);
      dollars += prices.requests(kind, count);
    }
    return Optional.of(new Month(monthly, dollars, prices.storage(requests.sentBytes() / months)));
  }

  /** Of so many numbers. */
  public CloudWatch cloudWatch(long metrics, long series) {
    double dollars = prices.cloudWatch(metrics);
    return new CloudWatch(metrics, dollars, series, prices.cloudWatch(metrics + series) - dollars);
  }
}
