package dev.fleetdash;

import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Nearest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code --from T --to T --host H}, which may also be written {@code --from=T}. */
final class ScopeArguments {
  private static final List<String> NAMES = List.of("--from", "--to", "--host");
  private static final Pattern AGO = Pattern.compile("-(\\d{1,5})d");
  private static final Pattern EPOCH = Pattern.compile("\\d{9,12}");
  private static final String TIMES =
      "times are 2026-11-23, 2026-11-23T10:00:00Z, epoch seconds, or -7d for days ago";

  private ScopeArguments() {}

  /**
   * The days and the host that are meant.
   *
   * @throws IllegalArgumentException with what is wrong, what would be right, and an example
   */
  static Scope read(List<String> arguments, Instant now) {
    Map<String, String> given = pairs(arguments);
    Optional<Instant> from =
        Optional.ofNullable(given.get("--from")).map(t -> time("--from", t, now));
    Optional<Instant> to = Optional.ofNullable(given.get("--to")).map(t -> time("--to", t, now));
    if (from.filter(now::isBefore).isPresent()) {
      throw wrong("--from " + given.get("--from") + " is in the future", "--from -7d");
    }
    LocalDate first = from.map(ScopeArguments::day).orElse(Scope.ALL.from());
    LocalDate behind = to.map(t -> day(t.minusSeconds(1)).plusDays(1)).orElse(Scope.ALL.to());
    if (!first.isBefore(behind)) {
      throw wrong(
          "--from %s is not before --to %s".formatted(given.get("--from"), given.get("--to")),
          "--from 2026-11-23 --to 2026-11-24 is one day");
    }
    return new Scope(
        first, behind, Optional.ofNullable(given.get("--host")).map(ScopeArguments::host));
  }

  private static Map<String, String> pairs(List<String> arguments) {
    Map<String, String> pairs = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (!NAMES.contains(name)) {
        throw new IllegalArgumentException(
            "unknown argument '" + argument + "'" + Nearest.hint(name, NAMES));
      }
      if (equals < 0 && i + 1 == arguments.size()) {
        throw wrong(name + " has no value", name + example(name));
      }
      String value = equals < 0 ? arguments.get(++i) : argument.substring(equals + 1);
      if (pairs.put(name, value) != null) {
        throw wrong(name + " is there twice; leave one out", name + example(name));
      }
    }
    return pairs;
  }

  private static String example(String name) {
    return name.equals("--host") ? " web-1" : " 2026-11-23";
  }

  private static LocalDate day(Instant at) {
    return LocalDate.ofInstant(at, ZoneOffset.UTC);
  }

  private static Instant time(String name, String text, Instant now) {
    Matcher ago = AGO.matcher(text);
    try {
      if (ago.matches()) {
        return now.atOffset(ZoneOffset.UTC).minusDays(Long.parseLong(ago.group(1))).toInstant();
      }
      if (EPOCH.matcher(text).matches()) {
        return Instant.ofEpochSecond(Long.parseLong(text));
      }
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException _) {
      throw wrong(
          "%s '%s' is not a time; %s".formatted(name, brief(text), TIMES), name + " 2026-11-23");
    }
  }

  private static HostName host(String text) {
    return HostName.parse(text)
        .orElseThrow(() ->
            wrong(
                "--host '%s' is no host name (letters, digits, '.', '_', '-'; at most 64)"
                    .formatted(brief(text)),
                "--host web-1"));
  }

  private static String brief(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }

  private static IllegalArgumentException wrong(String what, String example) {
    return new IllegalArgumentException(what + "; for example " + example);
  }
}
