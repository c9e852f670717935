package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Finishes everything that is open in an archive, of all hosts, from wherever it is called. It goes
 * by the raw rows that there are, and passes over the days that their records call closed unless
 * they are named. Hosts that are up keep the hour that goes on. For one thread.
 */
public final class Sweep {
  private static final int HOUR = 3_600;
  private static final String RAW = "v1/raw/";

  private final Archive archive;
  private final HostRecords records;
  private final Compaction compaction;
  private final Closing closing;
  private final InstantSource clock;
  private final Consumer<String> progress;

  /**
   * @param progress is told a line for each host's day, and for what is none of ours
   */
  public Sweep(
      Archive archive, InstantSource clock, Consumer<String> progress, Telemetry telemetry) {
    this.archive = archive;
    this.clock = clock;
    this.progress = progress;
    this.records = new HostRecords(archive);
    this.compaction = new Compaction(archive, clock, telemetry);
    this.closing = new Closing(records, compaction);
  }

  /** What was done, and how many objects could not be read. */
  public record Outcome(int days, long unreadable) {}

  /**
   * Does it. May be stopped and done again at any time.
   *
   * @param scope where it names days, those that are closed are done again
   * @throws ArchiveException also where the archive does not keep two who do this apart
   */
  public Outcome run(Scope scope) throws IOException {
    if (!archive.keepsConditions()) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "with FLEETDASH_S3_CONDITIONS=single-writer each host compacts its own rows, and nobody"
              + " another's: compact a copy of the archive in a directory, or in a store that has"
              + " conditional writes");
    }
    archive.askTime();
    int days = 0;
    boolean again = !scope.equals(new Scope(Scope.ALL.from(), Scope.ALL.to(), scope.host()));
    for (String folder : archive.folders(RAW, this::leaveAlone)) {
      Optional<LocalDate> day = day(folder);
      if (day.isEmpty()) {
        leaveAlone(RAW + folder + "/");
      } else if (scope.covers(day.get())) {
        for (Map.Entry<HostName, List<Long>> host : hours(folder, day.get()).entrySet()) {
          if (scope.covers(host.getKey())) {
            days += close(host.getKey(), day.get(), host.getValue(), again) ? 1 : 0;
          }
        }
      }
    }
    return new Outcome(days, compaction.unreadable());
  }

  private void leaveAlone(String name) {
    progress.accept("left alone, because it is none of fleetdash's: " + name);
  }

  private static Optional<LocalDate> day(String folder) {
    try {
      return folder.startsWith("dt=")
          ? Optional.of(LocalDate.parse(folder.substring("dt=".length())))
          : Optional.empty();
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private Map<HostName, List<Long>> hours(String folder, LocalDate day) throws IOException {
    Map<HostName, List<Long>> hours = new TreeMap<>();
    String prefix = RAW + folder + "/";
    for (String of : archive.folders(prefix, this::leaveAlone)) {
      if (!of.matches("hour=([01]\\d|2[0-3])")) {
        leaveAlone(prefix + of + "/");
        continue;
      }
      long hour = Closing.start(day) + Long.parseLong(of.substring("hour=".length())) * HOUR;
      for (String host : archive.folders(prefix + of + "/", this::leaveAlone)) {
        Optional<HostName> name =
            host.startsWith("host=")
                ? HostName.parse(host.substring("host=".length()))
                : Optional.empty();
        name.ifPresentOrElse(
            known -> hours.computeIfAbsent(known, _ -> new ArrayList<>()).add(hour),
            () -> leaveAlone(prefix + of + "/" + host + "/"));
      }
    }
    return hours;
  }

  private boolean close(HostName host, LocalDate day, List<Long> hours, boolean again)
      throws IOException {
    long now = clock.instant().getEpochSecond();
    Optional<HostRecord> record = records.find(day, host).record();
    if (!again && record.isPresent() && record.get().closed()) {
      return false;
    }
    if (up(host, now)) {
      List<Long> over = hours.stream().filter(hour -> hour + HOUR <= now).toList();
      if (!over.isEmpty()) {
        compaction.hours(host, over);
        compaction.day(host, Closing.start(day));
      }
    } else {
      closing.close(host, day, hours, isLast(host, day, now), now);
    }
    progress.accept("%s %s: %d hours".formatted(day, host, hours.size()));
    return true;
  }

  private boolean up(HostName host, long now) throws IOException {
    LocalDate today = HostRecords.day(now);
    return newest(host, today).filter(record -> record.alive(now)).isPresent();
  }

  private boolean isLast(HostName host, LocalDate day, long now) throws IOException {
    return !day.isBefore(HostRecords.day(now))
        || records.find(day.plusDays(1), host).record().isEmpty();
  }

  private Optional<HostRecord> newest(HostName host, LocalDate today) throws IOException {
    Optional<HostRecord> record = records.find(today, host).record();
    return record.isPresent() ? record : records.find(today.minusDays(1), host).record();
  }
}
