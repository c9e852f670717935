package dev.fleetdash.sample;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A host's identity: the same string in rows, in keys and in addresses of pages. The pattern leaves
 * nothing that a path, a query or a page would have to escape.
 */
public record HostName(String value) implements Comparable<HostName> {
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public HostName {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "not a host name (letters, digits, '.', '_', '-'; at most 64): " + value);
    }
  }

  /** The name, or empty where the text is not one. */
  public static Optional<HostName> parse(String text) {
    return VALID.matcher(text).matches() ? Optional.of(new HostName(text)) : Optional.empty();
  }

  @Override
  public int compareTo(HostName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
