package dev.fleetdash.audit;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.archive.Listing;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.Year;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What objects there are, found by as few lists as will do, one hour of raw at a time. Whatever
 * lies among them and is none of ours is reported. For one thread.
 */
final class Inventory {
  private static final String RAW = "v1/raw/";
  private static final String RECORDS = "v1/hosts/";
  private static final String RECORD_END = ".json";
  private static final Set<String> FOLDERS = Set.of("raw", "1s", "1m", "1h", "1d", "hosts");
  private static final String DESCRIPTION = "v1/(README\\.md|schema\\.json|[a-z]+\\.sql)";

  private final Archive archive;
  private final Scope scope;
  private final Report report;
  private final Map<String, NavigableSet<LocalDate>> days = new HashMap<>();
  private final Map<String, Map<HostName, List<TierKey>>> partitions = new HashMap<>();

  Inventory(Archive archive, Scope scope, Report report) {
    this.archive = archive;
    this.scope = scope;
    this.report = report;
  }

  /** Looks at the top, and answers the days of which there is anything, up to today. */
  NavigableSet<LocalDate> days(LocalDate today) throws IOException {
    for (String folder : archive.folders("v1/", this::described)) {
      if (!FOLDERS.contains(folder)) {
        foreign("v1/" + folder + "/");
      }
    }
    for (String folder : archive.folders("")) {
      if (folder.matches("v\\d+") && !folder.equals("v1")) {
        foreign(folder + "/");
      }
    }
    NavigableSet<LocalDate> all = new TreeSet<>();
    for (String tier : List.of(RAW, "v1/1s/", "v1/1m/", RECORDS)) {
      NavigableSet<LocalDate> found = new TreeSet<>();
      found.addAll(values(tier, "dt=", LocalDate::parse));
      found.removeIf(day -> !scope.covers(day));
      days.put(tier, found);
      all.addAll(found);
    }
    for (YearMonth month : values("v1/1h/", "month=", YearMonth::parse)) {
      for (LocalDate day = month.atDay(1);
          month.equals(YearMonth.from(day));
          day = day.plusDays(1)) {
        all.add(day);
      }
    }
    values("v1/1d/", "year=", Year::parse);
    all.removeIf(day -> day.isAfter(today) || !scope.covers(day));
    return all;
  }

  private void described(String key) {
    if (!key.matches(DESCRIPTION)) {
      foreign(key);
    }
  }

  private void foreign(String name) {
    if (scope.host().isEmpty()) {
      report.wrong(
          name, "is none of fleetdash's, and SQL engines may trip over it: move it elsewhere");
    }
  }

  private <T> List<T> values(String tier, String name, Function<String, T> parse)
      throws IOException {
    List<T> values = new ArrayList<>();
    for (String folder : archive.folders(tier, this::foreign)) {
      try {
        if (folder.startsWith(name)) {
          values.add(parse.apply(folder.substring(name.length())));
          continue;
        }
      } catch (DateTimeException _) {
        // Said below.
      }
      foreign(tier + folder + "/");
    }
    return values;
  }

  /** The hosts that have a record of that day. */
  Set<HostName> recorded(LocalDate day) throws IOException {
    Set<HostName> hosts = new TreeSet<>();
    if (has(RECORDS, day)) {
      String folder = RECORDS + "dt=" + day + "/";
      Listing objects = new Listing(archive, folder, this::foreign);
      for (Optional<Listed> next = objects.next(); next.isPresent(); next = objects.next()) {
        String key = next.get().key();
        String name = key.substring(folder.length());
        Optional<HostName> host =
            name.endsWith(RECORD_END)
                ? HostName.parse(name.substring(0, name.length() - RECORD_END.length()))
                : Optional.empty();
        host.ifPresentOrElse(of -> add(of, hosts), () -> foreign(key));
      }
    }
    return hosts;
  }

  private void add(HostName host, Set<HostName> to) {
    if (scope.covers(host)) {
      to.add(host);
    }
  }

  /** The hours of that day, 0 to 23, of which there is raw. */
  Set<Integer> rawHours(LocalDate day) throws IOException {
    Set<Integer> hours = new TreeSet<>();
    if (has(RAW, day)) {
      String folder = RAW + "dt=" + day + "/";
      for (String hour : archive.folders(folder, this::foreign)) {
        if (hour.matches("hour=([01]\\d|2[0-3])")) {
          hours.add(Integer.valueOf(hour.substring("hour=".length())));
        } else {
          foreign(folder + hour + "/");
        }
      }
    }
    return hours;
  }

  /** The raw objects of one host's hour, one after the other. */
  interface Raw {
    /** The next one; empty behind the last. */
    Optional<Listed> next() throws IOException;
  }

  /** Is given the hosts of an hour, one after the other. */
  interface RawVisitor {
    /** Need not take all of the objects. */
    void host(HostName host, Raw objects) throws IOException, InterruptedException;
  }

  /** Goes through the raw objects of an hour. */
  void raw(LocalDate day, int hour, RawVisitor visitor) throws IOException, InterruptedException {
    String folder = RAW + "dt=" + day + "/hour=%02d/".formatted(hour);
    String only = scope.host().map(host -> "host=" + host + "/").orElse("");
    Listing listing = new Listing(archive, folder + only, this::foreign);
    for (Optional<RawKey> key = peek(listing); key.isPresent(); key = peek(listing)) {
      HostName host = key.get().host();
      Raw objects =
          () ->
              peek(listing).filter(next -> next.host().equals(host)).isPresent()
                  ? listing.next()
                  : Optional.empty();
      visitor.host(host, objects);
      while (objects.next().isPresent()) {
        // What was not taken.
      }
    }
  }

  /** The next one of ours; what lies before it is reported. */
  private Optional<RawKey> peek(Listing listing) throws IOException {
    for (Optional<Listed> next = listing.peek(); next.isPresent(); next = listing.peek()) {
      Optional<RawKey> key = RawKey.parse(next.get().key());
      if (key.isPresent()) {
        return key;
      }
      foreign(next.get().key());
      var _ = listing.next();
    }
    return Optional.empty();
  }

  /** The objects of a derived tier in the partition that holds a day, by host. */
  Map<HostName, List<TierKey>> derived(Tier tier, LocalDate day) throws IOException {
    String folder =
        "v1/"
            + tier.text()
            + switch (tier) {
              case SECONDS, MINUTES -> "/dt=" + day;
              case HOURS -> "/month=" + YearMonth.from(day);
              case DAYS -> "/year=" + Year.from(day);
            }
            + "/";
    boolean daily = tier == Tier.SECONDS || tier == Tier.MINUTES;
    if (daily) {
      return has("v1/" + tier.text() + "/", day) ? derived(folder) : Map.of();
    }
    Map<HostName, List<TierKey>> known = partitions.get(tier.text() + folder);
    if (known == null) {
      known = derived(folder);
      partitions.keySet().removeIf(other -> other.startsWith(tier.text()));
      partitions.put(tier.text() + folder, known);
    }
    return known;
  }

  private Map<HostName, List<TierKey>> derived(String folder) throws IOException {
    Map<HostName, List<TierKey>> hosts = new TreeMap<>();
    Listing objects = new Listing(archive, folder, this::foreign);
    for (Optional<Listed> next = objects.next(); next.isPresent(); next = objects.next()) {
      String text = next.get().key();
      TierKey.parse(text).ifPresentOrElse(key -> add(key, hosts), () -> foreign(text));
    }
    return hosts;
  }

  private void add(TierKey key, Map<HostName, List<TierKey>> to) {
    if (scope.covers(key.host())) {
      to.computeIfAbsent(key.host(), _ -> new ArrayList<>()).add(key);
    }
  }

  private boolean has(String tier, LocalDate day) {
    return days.getOrDefault(tier, new TreeSet<>()).contains(day);
  }
}
