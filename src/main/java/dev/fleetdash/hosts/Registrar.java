package dev.fleetdash.hosts;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords.Found;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this host's own records, and with them its claim on its name: while another machine has
 * renewed that name within two hours, this one may not write. Who had the name yesterday has it
 * today. What cannot be put is kept on disk and put later. Safe for use by several threads.
 */
public final class Registrar {
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final HostRecords records;
  private final PendingRecords pending;
  private final HostName host;
  private final Supplier<Machine> machine;
  private final long run;
  private final long start;
  private final InstantSource clock;
  private final Part part;
  private LocalDate day;
  private long compacted = HostRecord.AS_BEFORE;
  private long renewed;
  private @Nullable Instant attempted;
  private volatile boolean mine;
  private @Nullable ArchiveException refusal;

  /**
   * @param spool where records wait
   * @param machine asked for when the first record is written, and then each time
   * @param run this process start
   */
  public Registrar(
      HostRecords records,
      Path spool,
      HostName host,
      Supplier<Machine> machine,
      long run,
      InstantSource clock,
      Telemetry telemetry) {
    this.records = records;
    this.pending = new PendingRecords(spool, host);
    this.host = host;
    this.machine = machine;
    this.run = run;
    this.clock = clock;
    this.start = now();
    this.day = HostRecords.day(start);
    this.part = telemetry.part("host record");
    pending.load();
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  /**
   * Returns if this machine may write under its name, or if that cannot be told. Asks the archive
   * before the first time, and then no more than once a minute, until it is told yes.
   *
   * @throws ArchiveException of kind REFUSED when another machine has the name
   */
  public void check() throws ArchiveException {
    if (mine) {
      return;
    }
    synchronized (this) {
      Instant last = attempted;
      if (last == null || !clock.instant().isBefore(last.plus(LOOK_AGAIN))) {
        try {
          renew(compacted);
        } catch (ArchiveException e) {
          // An archive that does not answer this does not take rows either.
          part.failing(String.valueOf(e.getMessage()));
        }
      }
      if (refusal != null) {
        throw refusal;
      }
    }
  }

  /**
   * Writes today's record, and before it what is still to be put.
   *
   * @param until the host's hours before this second are in the derived tiers; {@link
   *     HostRecord#AS_BEFORE} where that is not known
   */
  public synchronized void renew(long until) throws ArchiveException {
    compacted = until;
    long now = now();
    LocalDate today = HostRecords.day(now);
    if (today.isAfter(day)) {
      keep(day, record(day, now, State.RUNNING, Optional.of(Run.CONTINUED)));
    }
    day = today;
    keep(today, record(today, now, State.RUNNING, Optional.empty()));
    putPending();
  }

  /**
   * Sees to it that rows which come late are compacted by others too, should this host vanish:
   * where their day was closed, it is open again.
   *
   * @param of the host that they are of
   * @param ts one of their seconds
   */
  public void late(HostName of, long ts) throws IOException {
    LocalDate then = HostRecords.day(ts);
    if (then.isBefore(HostRecords.day(now()))) {
      records.open(then, of, ts - Math.floorMod(ts, 3_600));
    }
  }

  /** When today's record was last put, epoch seconds; 0 before the first time. */
  public synchronized long renewed() {
    return renewed;
  }

  /**
   * Writes today's record for the last time.
   *
   * @param how a departure's reason
   */
  public synchronized void end(String how, long until) throws ArchiveException {
    compacted = until;
    day = HostRecords.day(now());
    keep(day, record(day, now(), State.ENDED, Optional.of(how)));
    putPending();
  }

  private HostRecord record(LocalDate of, long now, State state, Optional<String> how) {
    long from = of.toEpochDay() * 86_400;
    long until = Math.min(now, from + 86_400);
    Run part = new Run(run, Math.max(start, from), Math.max(until, Math.max(start, from)), how);
    return new HostRecord(host, machine.get(), now, compacted, false, state, List.of(part));
  }

  private void keep(LocalDate of, HostRecord record) {
    pending.put(of, pending.get(of).map(record::after).orElse(record));
  }

  private void putPending() throws ArchiveException {
    attempted = clock.instant();
    try {
      for (Map.Entry<LocalDate, HostRecord> next : pending.all().entrySet()) {
        put(next.getKey(), next.getValue());
        pending.remove(next.getKey());
      }
      mine = true;
      refusal = null;
      renewed = now();
      part.up();
    } catch (ArchiveException e) {
      part.failing(String.valueOf(e.getMessage()));
      throw e;
    } catch (IOException e) {
      throw new ArchiveException(
          ArchiveException.Kind.UNREACHABLE, "cannot put a host record: " + e.getMessage(), e);
    }
  }

  private void put(LocalDate of, HostRecord record) throws IOException {
    for (int attempt = 0; attempt < HostRecords.ATTEMPTS; attempt++) {
      Found found = records.find(of, host);
      Optional<HostRecord> holder =
          found.record().isPresent()
              ? found.record()
              : records.find(of.minusDays(1), host).record();
      claim(holder);
      HostRecord merged = found.record().map(record::after).orElse(record);
      if (records.replace(of, found, merged)) {
        return;
      }
    }
    throw HostRecords.contended(host);
  }

  private void claim(Optional<HostRecord> holder) throws ArchiveException {
    Optional<HostRecord> other =
        holder.filter(record -> record.heldAgainst(machine.get().id(), now()));
    if (other.isPresent()) {
      mine = false;
      refusal = HostRecords.heldByAnother(other.get(), now());
      throw refusal;
    }
  }
}
