package dev.fleetdash.archive;

import java.util.Arrays;
import java.util.Optional;

/**
 * A resolution of the derived part of the archive. Each tier is made from the one before it, and
 * the first from raw.
 */
public enum Tier {
  /** Full resolution: one host's hour. */
  SECONDS("1s", 1),
  /** One host's day in minutes. */
  MINUTES("1m", 60),
  /** One host's month in hours. */
  HOURS("1h", 3_600),
  /** One host's year in days. */
  DAYS("1d", 86_400);

  private final String text;
  private final int step;

  Tier(String text, int step) {
    this.text = text;
    this.step = step;
  }

  /** As in keys: {@code 1m}. */
  public String text() {
    return text;
  }

  /** Seconds that a row stands for. */
  public int step() {
    return step;
  }

  /** Whether rows are rollups, and not rows as they were sampled. */
  public boolean rollup() {
    return this != SECONDS;
  }

  /** What this tier is made from; empty for seconds, which are made from raw. */
  public Optional<Tier> finer() {
    return switch (this) {
      case SECONDS -> Optional.empty();
      case MINUTES -> Optional.of(SECONDS);
      case HOURS -> Optional.of(MINUTES);
      case DAYS -> Optional.of(HOURS);
    };
  }

  /** The tier of that text, or empty. */
  public static Optional<Tier> of(String text) {
    return Arrays.stream(values()).filter(tier -> tier.text.equals(text)).findFirst();
  }
}
