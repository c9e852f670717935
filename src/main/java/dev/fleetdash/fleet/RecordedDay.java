package dev.fleetdash.fleet;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.HostRecords.Listed;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The records of one day, as many as there is room for, of which only those are read that have
 * changed. For one thread.
 */
final class RecordedDay {
  /** Enough to hide the latency of a bucket. */
  private static final int CONCURRENT_READS = 16;

  /**
   * A record has some hundred bytes; one of a thousand starts takes the place of two such reads.
   */
  private static final int BYTES_A_READ = 64 << 10;

  private final HostRecords records;
  private final LocalDate day;
  private final Room room;
  private Map<HostName, Read> read = Map.of();
  private boolean crowded;

  /**
   * @param version of the record that was read
   * @param record its newest runs only, where it had more than there is room for
   */
  private record Read(String version, Optional<HostRecord> record, boolean cut) {}

  RecordedDay(HostRecords records, LocalDate day, Room room) {
    this.records = records;
    this.day = day;
    this.room = room;
  }

  LocalDate day() {
    return day;
  }

  List<HostRecord> all() {
    return read.values().stream().flatMap(known -> known.record().stream()).toList();
  }

  /** How many hosts are kept. */
  int size() {
    return read.size();
  }

  /** Why not all records are there, if they are not; a sentence. */
  Optional<String> crowded() {
    return crowded
        ? Optional.of(
            ("there are more than %,d hosts that have a record of %s, and this node has memory for so"
                    + " many: the first by name are known; start java with a larger -Xmx")
                .formatted(room.hosts(), day))
        : Optional.empty();
  }

  /** What is missing of the records that are there, if anything is; a sentence. */
  Optional<String> cut() {
    long hosts = read.values().stream().filter(Read::cut).count();
    return hosts == 0
        ? Optional.empty()
        : Optional.of(
            "%,d %s started more often than %d times on %s: %s newest starts are known"
                .formatted(
                    hosts,
                    hosts == 1 ? "host" : "hosts",
                    room.runs(read.size()),
                    day,
                    hosts == 1 ? "its" : "their"));
  }

  /** One LIST, and a GET for each record that is new or has changed. */
  void refresh() throws IOException, InterruptedException {
    Map<HostName, Listed> listed = records.listed(day, room.hosts() + 1);
    crowded = listed.size() > room.hosts();
    Map<HostName, Read> now = new LinkedHashMap<>();
    Map<HostName, Listed> changed = new LinkedHashMap<>();
    listed.entrySet().stream()
        .limit(room.hosts())
        .forEach(host -> {
          Read known = read.get(host.getKey());
          if (known != null && known.version().equals(host.getValue().version())) {
            now.put(host.getKey(), known);
          } else {
            changed.put(host.getKey(), host.getValue());
          }
        });
    get(changed, room.runs(now.size() + changed.size()), now);
    read = now;
  }

  /** That record, as it is now. */
  void reread(HostName host) throws IOException {
    Optional<HostRecord> record = records.find(day, host).record();
    Read known = read.get(host);
    if (record.isPresent() && (known != null || read.size() < room.hosts())) {
      Map<HostName, Read> now = new LinkedHashMap<>(read);
      // With the old version it would be read once more after the next LIST; no harm.
      String version = known == null ? "" : known.version();
      now.put(host, kept(version, record, room.runs(now.size())));
      read = now;
    }
  }

  private static Read kept(String version, Optional<HostRecord> record, int runs) {
    return new Read(
        version,
        record.map(one -> one.withNewestRuns(runs)),
        record.filter(one -> one.runs().size() > runs).isPresent());
  }

  private void get(Map<HostName, Listed> hosts, int runs, Map<HostName, Read> into)
      throws IOException, InterruptedException {
    Semaphore places = new Semaphore(CONCURRENT_READS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Map.Entry<HostName, Future<Read>>> reading = new ArrayList<>();
      hosts.forEach((host, listed) ->
          reading.add(Map.entry(host, threads.submit(() -> one(host, listed, runs, places)))));
      for (Map.Entry<HostName, Future<Read>> one : reading) {
        into.put(one.getKey(), await(one.getValue()));
      }
    }
  }

  private Read one(HostName host, Listed listed, int runs, Semaphore places)
      throws IOException, InterruptedException {
    int wanted = Math.clamp(listed.bytes() / BYTES_A_READ + 1, 1, CONCURRENT_READS);
    places.acquire(wanted);
    try {
      return kept(listed.version(), records.find(day, host).record(), runs);
    } finally {
      places.release(wanted);
    }
  }

  private static Read await(Future<Read> reading) throws IOException, InterruptedException {
    try {
      return reading.get();
    } catch (ExecutionException e) {
      @Nullable Throwable cause = e.getCause();
      throw cause instanceof IOException failure
          ? failure
          : new IOException("read the host records", e);
    }
  }
}
