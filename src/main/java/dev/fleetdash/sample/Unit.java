package dev.fleetdash.sample;

/**
 * What a number of the row counts, and how many of its digits mean something.
 *
 * <p>A value is kept and compared as a <em>scaled</em> integer, {@code round(value * 10^digits)},
 * so that the ring, the archive and a SQL engine all hold the same number.
 */
public enum Unit {
  /** A share, 0 to 1 unless the metric says otherwise. */
  RATIO("ratio", 4, false),
  BYTES("bytes", 0, true),
  BYTES_PER_SECOND("bytes_per_second", 0, false),
  PER_SECOND("per_second", 1, false),
  SECONDS("seconds", 2, false),
  CELSIUS("celsius", 1, false),
  /** Runnable tasks, as the kernel's load average gives them: two decimals. */
  LOAD("tasks", 2, false),
  COUNT("count", 0, true);

  private static final long[] POWERS = {1, 10, 100, 1_000, 10_000};

  private final String text;
  private final int digits;
  private final boolean integer;

  Unit(String text, int digits, boolean integer) {
    this.text = text;
    this.digits = digits;
    this.integer = integer;
  }

  /** The unit's name in the API and in the documentation. */
  public String text() {
    return text;
  }

  /** Decimals kept, 0 to 4. */
  public int digits() {
    return digits;
  }

  /**
   * Whether the archive writes an integer. Everything else is written with a decimal point even
   * when whole ({@code 3.0}), because engines infer a column's type from the first values they see.
   */
  public boolean integer() {
    return integer;
  }

  /** 10 to the power of {@link #digits}. */
  public long scale() {
    return POWERS[digits];
  }

  /**
   * {@link #scale} of an average. Two decimals more for counts, whose averages are seldom whole.
   */
  public long averageScale() {
    return this == COUNT ? 100 : scale();
  }

  /**
   * The average of {@code count} scaled values, in this unit, rounded half up to {@link
   * #averageScale}. Exact, so that whoever else divides the same sum gets the same digits.
   */
  public double average(long sum, long count) {
    long more = averageScale() / scale();
    long rest = Math.floorMod(sum, count) * more;
    long rounded = Math.floorDiv(sum, count) * more + Math.floorDiv(2 * rest + count, 2 * count);
    return (double) rounded / averageScale();
  }

  /**
   * The decimal text of a scaled value: {@code 3} for an integer unit, else with at least one
   * decimal and no trailing zeros ({@code 0.25}, {@code 3.0}).
   */
  public String decimal(long scaled) {
    if (integer) {
      return Long.toString(scaled);
    }
    StringBuilder text = new StringBuilder(20);
    if (scaled < 0) {
      text.append('-');
    }
    long magnitude = Math.abs(scaled);
    text.append(magnitude / scale()).append('.');
    long fraction = magnitude % scale();
    if (fraction == 0) {
      return text.append('0').toString();
    }
    for (long place = scale() / 10; fraction > 0; place /= 10) {
      text.append((char) ('0' + fraction / place));
      fraction %= place;
    }
    return text.toString();
  }
}
