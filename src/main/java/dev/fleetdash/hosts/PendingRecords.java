package dev.fleetdash.hosts;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host's records on their way to the archive, as files {@code 2026-11-23-HOST.json}, so that a
 * stopped process leaves none behind that nobody knows of. A directory that cannot be written costs
 * only that. For one thread.
 */
final class PendingRecords {
  private static final Logger log = LoggerFactory.getLogger(PendingRecords.class);
  private static final Pattern NAME = Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)-(.+)\\.json");

  private final Path directory;
  private final HostName host;
  private final TreeMap<LocalDate, HostRecord> records = new TreeMap<>();
  private boolean told;

  PendingRecords(Path directory, HostName host) {
    this.directory = directory;
    this.host = host;
  }

  /** Takes up what an earlier process left. */
  void load() {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches() && name.group(2).equals(host.value())) {
          records.put(
              LocalDate.parse(name.group(1)), HostRecordJson.read(host, Files.readAllBytes(file)));
        }
      }
    } catch (NoSuchFileException _) {
      // Nothing was left.
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      log.warn(
          "pending host records cannot be read directory={} reason=\"{}\"",
          directory,
          e.toString());
    }
  }

  /** In the order of their days. */
  SequencedMap<LocalDate, HostRecord> all() {
    return new TreeMap<>(records);
  }

  Optional<HostRecord> get(LocalDate day) {
    return Optional.ofNullable(records.get(day));
  }

  void put(LocalDate day, HostRecord record) {
    records.put(day, record);
    try {
      OwnerOnly.createFolders(directory);
      Path temporary = directory.resolve(name(day) + ".tmp");
      Files.deleteIfExists(temporary);
      Files.createFile(temporary, OwnerOnly.file(directory));
      Files.write(temporary, HostRecordJson.write(record));
      Files.move(temporary, directory.resolve(name(day)), StandardCopyOption.ATOMIC_MOVE);
      told = false;
    } catch (IOException e) {
      if (!told) {
        log.warn(
            "host record cannot be spooled directory={} reason=\"{}\"", directory, e.toString());
      }
      told = true;
    }
  }

  void remove(LocalDate day) {
    records.remove(day);
    try {
      Files.deleteIfExists(directory.resolve(name(day)));
    } catch (IOException e) {
      log.warn("host record cannot be removed directory={} reason=\"{}\"", directory, e.toString());
    }
  }

  private String name(LocalDate day) {
    return day + "-" + host + ".json";
  }

  /** For messages. */
  @Override
  public String toString() {
    return Map.copyOf(records).toString();
  }
}
