package dev.fleetdash;

import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.HostName;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How values are written. Each method throws an {@link IllegalArgumentException} that begins with
 * the value and says what is wrong with it.
 */
final class Syntax {
  private static final Duration LONGEST = Duration.ofDays(100 * 365L);
  private static final Map<String, Duration> TIMES =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1),
          "y", Duration.ofDays(365));
  private static final Map<String, Long> SIZES =
      Map.of(
          "",
          1L,
          "kB",
          1_000L,
          "MB",
          1_000_000L,
          "GB",
          1_000_000_000L,
          "TB",
          1_000_000_000_000L,
          "KiB",
          1L << 10,
          "MiB",
          1L << 20,
          "GiB",
          1L << 30,
          "TiB",
          1L << 40);
  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18}) ?([A-Za-z]{0,3})");
  private static final Pattern DIGITS = Pattern.compile("\\d{1,5}");
  private static final Pattern DNS_NAME =
      Pattern.compile(
          "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
  private static final Pattern WITH_PORT =
      Pattern.compile("(\\[[^]]*]|[^:\\[\\]]*)(?::(\\d{1,5}))?");

  private static final Pattern PREFIX = Pattern.compile("(/(?!\\.{1,2}(/|$))[^/]+)*");

  private Syntax() {}

  /** {@code auto}, {@code yes} or {@code no}. */
  static PathStyle pathStyle(String text) {
    return switch (text) {
      case "auto" -> PathStyle.AUTO;
      case "yes" -> PathStyle.YES;
      case "no" -> PathStyle.NO;
      default -> throw wrong(text, "is none of auto, yes and no");
    };
  }

  /** {@code require} or {@code single-writer}. */
  static Conditions conditions(String text) {
    return switch (text) {
      case "require" -> Conditions.REQUIRE;
      case "single-writer" -> Conditions.SINGLE_WRITER;
      default -> throw wrong(text, "is neither require nor single-writer");
    };
  }

  /** {@code 1s}, {@code 5m}, {@code 2h}, {@code 40d}, {@code 2y}; a year has 365 days. */
  static Duration duration(String text) {
    Matcher match = QUANTITY.matcher(text);
    if (!match.matches() || !TIMES.containsKey(match.group(2))) {
      throw wrong(text, "is not a duration: a whole number with its unit s, m, h, d or y");
    }
    BigInteger seconds =
        new BigInteger(match.group(1))
            .multiply(BigInteger.valueOf(TIMES.get(match.group(2)).toSeconds()));
    if (seconds.compareTo(BigInteger.valueOf(LONGEST.toSeconds())) > 0) {
      throw wrong(text, "is longer than 100 years");
    }
    return Duration.ofSeconds(seconds.longValueExact());
  }

  /** Whole seconds that divide a minute. */
  static Duration dividingMinute(String text) {
    Duration duration = duration(text);
    if (!divides(duration.toSeconds(), 60)) {
      throw wrong(
          text,
          "does not divide a minute: take 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60 seconds");
    }
    return duration;
  }

  /** Whole seconds that divide a minute, or whole minutes that divide an hour. */
  static Duration dividingHour(String text) {
    Duration duration = duration(text);
    long seconds = duration.toSeconds();
    if (!divides(seconds, 60) && !(seconds % 60 == 0 && divides(seconds / 60, 60))) {
      throw wrong(
          text,
          "divides neither a minute nor an hour: take 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60"
              + " seconds or minutes");
    }
    return duration;
  }

  private static boolean divides(long part, long whole) {
    return part > 0 && part <= whole && whole % part == 0;
  }

  /** Whole days, as lifecycle rules of a bucket count them. */
  static Duration days(String text) {
    Duration duration = duration(text);
    if (duration.isZero() || duration.toSeconds() % Duration.ofDays(1).toSeconds() != 0) {
      throw wrong(text, "is not one or more whole days");
    }
    return duration;
  }

  /** At most an hour, and none at all is fine. */
  static Duration pause(String text) {
    Duration duration = duration(text);
    if (duration.compareTo(Duration.ofHours(1)) > 0) {
      throw wrong(text, "is longer than an hour");
    }
    return duration;
  }

  /** {@code 8MiB}, {@code 1GB}, or plain bytes. */
  static long bytes(String text) {
    Matcher match = QUANTITY.matcher(text);
    if (!match.matches() || !SIZES.containsKey(match.group(2))) {
      throw wrong(
          text,
          "is not a size: a whole number of bytes, or with its unit kB, MB, GB, TB, KiB, MiB, GiB"
              + " or TiB");
    }
    try {
      return Math.multiplyExact(Long.parseLong(match.group(1)), SIZES.get(match.group(2)));
    } catch (ArithmeticException _) {
      throw wrong(text, "is more than there can be");
    }
  }

  static Setting.Syntax<Long> bytesFrom(long least, String told) {
    return text -> {
      long bytes = bytes(text);
      if (bytes < least) {
        throw wrong(text, "is too small: at least " + told);
      }
      return bytes;
    };
  }

  static int port(String text) {
    if (!DIGITS.matcher(text).matches() || Integer.parseInt(text) > 65_535) {
      throw wrong(text, "is not a port: 0 to 65535");
    }
    return Integer.parseInt(text);
  }

  static InetAddress address(String text) {
    return AddressBlock.address(text);
  }

  static HostName hostName(String text) {
    return HostName.parse(text)
        .orElseThrow(() ->
            wrong(
                text,
                "is not a name for a host: letters, digits, '.', '_' and '-', a letter or digit"
                    + " first, at most 64"));
  }

  static Path path(String text) {
    if (text.startsWith("~")) {
      throw wrong(text, "begins with '~', which only a shell expands; write the whole path");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("'" + text + "' is not a path here: " + e.getReason(), e);
    }
  }

  static Path readableFile(String text) {
    Path path = path(text);
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw wrong(text, "is not a file that this user can read");
    }
    return path;
  }

  /** A name or an address, with or without a port. */
  static String endpoint(String text) {
    Matcher match = WITH_PORT.matcher(text);
    if (match.matches()) {
      String host = webHost(match.group(1));
      if (match.group(2) != null && port(match.group(2)) == 0) {
        throw wrong(text, "names port 0, at which nobody can be reached");
      }
      if (host.equals("0.0.0.0") || host.equals("::")) {
        throw wrong(text, "stands for every address; name the one at which this host is reached");
      }
      return text;
    }
    return webHost(text);
  }

  /**
   * What a Host header may say: a name or an address, with or without the brackets of an IPv6
   * address, without a port.
   */
  static String webHost(String text) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String bare = bracketed ? text.substring(1, text.length() - 1) : text;
    if (bare.indexOf(':') < 0 && (bracketed || !DNS_NAME.matcher(bare).matches())) {
      throw wrong(text, "is neither a host name nor an address");
    }
    if (bare.indexOf(':') >= 0 && !isAddress(bare)) {
      throw wrong(text, "is neither a host name nor an address; both are written without a port");
    }
    return bare.toLowerCase(Locale.ROOT);
  }

  private static boolean isAddress(String text) {
    try {
      AddressBlock.address(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** What people open: without what only some pages have, and without a slash at the end. */
  static URI webAddress(String text) {
    URI url;
    try {
      url = new URI(text.replaceFirst("/$", ""));
    } catch (URISyntaxException _) {
      throw wrong(text, "is no address of a web page");
    }
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.matches("https?") || url.getHost() == null) {
      throw wrong(text, "does not begin with https:// or http:// and a host");
    }
    if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
      throw wrong(text, "has more than scheme, host, port and path");
    }
    if (url.getPort() == 0 || url.getPort() > 65_535) {
      throw wrong(text, "has a port that is none: 1 to 65535");
    }
    if (!PREFIX.matcher(url.getRawPath()).matches()) {
      throw wrong(text, "has a path with an empty, '.' or '..' part");
    }
    webHost(url.getHost());
    return url;
  }

  static Set<String> webHosts(String text) {
    return new LinkedHashSet<>(list(text, Syntax::webHost));
  }

  static List<AddressBlock> blocks(String text) {
    return list(text, AddressBlock::parse);
  }

  private static <T> List<T> list(String text, Function<String, T> syntax) {
    if (text.isEmpty()) {
      return List.of();
    }
    return Arrays.stream(text.split(",", -1)).map(String::strip).map(syntax).toList();
  }

  /** Nothing where nothing is said. */
  static <T> Setting.Syntax<Optional<T>> optional(Setting.Syntax<T> syntax) {
    return text -> text.isEmpty() ? Optional.empty() : Optional.of(syntax.read(text));
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException("'" + text + "' " + why);
  }
}
