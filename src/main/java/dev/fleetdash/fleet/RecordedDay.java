package dev.fleetdash.fleet;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
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

/** The records of one day, of which only those are read that have changed. For one thread. */
final class RecordedDay {
  private static final int CONCURRENT_READS = 16;

  private final HostRecords records;
  private final LocalDate day;
  private Map<HostName, Read> read = Map.of();

  private record Read(String version, Optional<HostRecord> record) {}

  RecordedDay(HostRecords records, LocalDate day) {
    this.records = records;
    this.day = day;
  }

  LocalDate day() {
    return day;
  }

  List<HostRecord> all() {
    return read.values().stream().flatMap(known -> known.record().stream()).toList();
  }

  /** One LIST, and a GET for each record that is new or has changed. */
  void refresh(int most) throws IOException, InterruptedException {
    Map<HostName, String> listed = records.versions(day);
    Map<HostName, Read> now = new LinkedHashMap<>();
    Map<HostName, String> changed = new LinkedHashMap<>();
    for (Map.Entry<HostName, String> host : listed.entrySet()) {
      Read known = read.get(host.getKey());
      if (known != null) {
        now.put(host.getKey(), known);
      }
      if (known == null || !known.version().equals(host.getValue())) {
        changed.put(host.getKey(), host.getValue());
      }
      if (now.size() + changed.size() >= most) {
        break;
      }
    }
    now.putAll(get(changed));
    read = now;
  }

  /** That record, as it is now. */
  void reread(HostName host) throws IOException {
    Optional<HostRecord> record = records.find(day, host).record();
    if (record.isPresent()) {
      Read known = read.get(host);
      Map<HostName, Read> now = new LinkedHashMap<>(read);
      // With the old version it would be read once more after the next LIST; no harm.
      now.put(host, new Read(known == null ? "" : known.version(), record));
      read = now;
    }
  }

  private Map<HostName, Read> get(Map<HostName, String> hosts)
      throws IOException, InterruptedException {
    Map<HostName, Read> found = new LinkedHashMap<>();
    Semaphore places = new Semaphore(CONCURRENT_READS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Map.Entry<HostName, Future<Optional<HostRecord>>>> reading = new ArrayList<>();
      hosts
          .keySet()
          .forEach(host -> reading.add(Map.entry(host, threads.submit(() -> one(host, places)))));
      for (Map.Entry<HostName, Future<Optional<HostRecord>>> one : reading) {
        found.put(
            one.getKey(), new Read(String.valueOf(hosts.get(one.getKey())), await(one.getValue())));
      }
    }
    return found;
  }

  private Optional<HostRecord> one(HostName host, Semaphore places)
      throws IOException, InterruptedException {
    places.acquire();
    try {
      return records.find(day, host).record();
    } finally {
      places.release();
    }
  }

  private static Optional<HostRecord> await(Future<Optional<HostRecord>> reading)
      throws IOException, InterruptedException {
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
