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
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this host's own records, and with them its {@link Claim} on its name: while that is
 * another's, this process may not write. Who had the name yesterday has it today. What cannot be
 * put is kept on disk and put later. In an archive that keeps no conditions there are records, but
 * no claims.
 *
 * <p>Whoever has not put a row for a while may have lost its name meanwhile, so it looks before it
 * puts the next; and now and then in any case. Safe for use by several threads.
 */
public final class Registrar {
  private static final Logger log = LoggerFactory.getLogger(Registrar.class);

  /** While the name is another's; and until it is known whether that one still writes. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private static final Duration WATCH = Duration.ofSeconds(10);

  /** While it is this one's. */
  private static final Duration CONFIRM = Duration.ofMinutes(5);

  /** How much earlier this process looks than another would take its name. */
  private static final Duration MARGIN = Duration.ofSeconds(15);

  private static final long NEVER = Long.MIN_VALUE;

  private final HostRecords records;
  private final PendingRecords pending;
  private final HostName host;
  private final Supplier<Machine> machine;
  private final Writer writer;
  private final Stretches up;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Claim claim;
  private final Runnable emptied;
  private final Part part;
  private LocalDate registered = LocalDate.MIN;
  private long compacted = HostRecord.AS_BEFORE;
  private long renewed;
  private long renewedNanos;
  private long recordedStart;
  private long attempted = NEVER;
  private volatile boolean mine;
  private volatile long looked = NEVER;
  private volatile long wrote = NEVER;
  private @Nullable ArchiveException refusal;
  private String note = "";

  /**
   * @param spool where records wait
   * @param machine asked for when the first record is written, and then each time
   * @param up when this process was, by its own clock
   * @param clock the archive's, by which it is said who has a name
   * @param nanoTime as {@link System#nanoTime}
   * @param emptied told that the archive has lost what this process had put there
   */
  public Registrar(
      HostRecords records,
      Path spool,
      HostName host,
      Supplier<Machine> machine,
      Writer writer,
      Stretches up,
      InstantSource clock,
      LongSupplier nanoTime,
      Runnable emptied,
      Telemetry telemetry) {
    this.records = records;
    this.pending = new PendingRecords(spool, host);
    this.host = host;
    this.machine = machine;
    this.writer = writer;
    this.up = up;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.renewedNanos = nanoTime.getAsLong();
    this.emptied = emptied;
    this.claim = new Claim(records, machine, writer, nanoTime);
    this.part = telemetry.part("host record");
    pending.load();
  }

  private long now() {
    return up.look();
  }

  private long archiveNow() {
    return clock.instant().getEpochSecond();
  }

  /** The day by which others look for this host. */
  private LocalDate archiveDay() {
    return HostRecords.day(archiveNow());
  }

  /**
   * Returns if this process may write under its name.
   *
   * @throws ArchiveException of kind REFUSED while it is another's, or as the archive fails
   */
  public void check() throws ArchiveException {
    if (isConfirmed()) {
      return;
    }
    synchronized (this) {
      if (isConfirmed()) {
        return;
      }
      ArchiveException known = refusal;
      if (known != null && !older(attempted, claim.isDecided() ? LOOK_AGAIN : WATCH)) {
        throw known;
      }
      if (!mine) {
        renew(compacted);
      } else {
        confirm();
      }
    }
  }

  /** Notes that a row of this host was put. */
  public void wrote() {
    wrote = nanoTime.getAsLong();
  }

  private boolean isConfirmed() {
    Duration lease = Claim.patience(writer.flushSeconds()).minus(MARGIN);
    return mine && !older(looked, CONFIRM) && !(older(wrote, lease) && older(looked, lease));
  }

  private boolean older(long then, Duration than) {
    return then == NEVER || nanoTime.getAsLong() - then >= than.toNanos();
  }

  /** Looks whether the newest record is the one that this process wrote, and if not writes it. */
  private void confirm() throws ArchiveException {
    long at = nanoTime.getAsLong();
    Optional<HostRecord> newest;
    try {
      LocalDate today = archiveDay();
      newest = orTheDayBefore(records.find(today, host), today);
    } catch (IOException e) {
      throw told(unreachable("read", e));
    }
    if (newest.filter(claim::wrote).isPresent()) {
      looked = at;
      return;
    }
    renew(compacted);
    if (newest.isEmpty()) {
      note =
          "the archive had lost this host's record, which was put back at "
              + Instant.ofEpochSecond(now())
              + "; was it emptied? What was archived before may be gone";
      log.warn("host record reason=\"{}\"", note);
      part.up(note);
      emptied.run();
    }
  }

  private Optional<HostRecord> orTheDayBefore(Found found, LocalDate of) throws IOException {
    return found.record().isPresent()
        ? found.record()
        : records.find(of.minusDays(1), host).record();
  }

  /**
   * Writes today's record, and before it what is still to be put.
   *
   * @param until the host's hours before this second are in the derived tiers; {@link
   *     HostRecord#AS_BEFORE} where that is not known
   */
  public synchronized void renew(long until) throws ArchiveException {
    compacted = until;
    put(State.RUNNING, Optional.empty());
  }

  private void put(State state, Optional<String> how) throws ArchiveException {
    keep(state, how);
    putPending();
    if (!registered.equals(archiveDay())) {
      // Only its answers have told that it is another day there.
      keep(state, how);
      putPending();
    }
  }

  private void keep(State state, Optional<String> how) {
    long now = now();
    LocalDate today = HostRecords.day(now);
    for (LocalDate left : up.left()) {
      if (!left.equals(today)) {
        keep(left, record(left, now, State.RUNNING, Optional.empty()));
      }
    }
    keep(today, record(today, now, state, how));
    registered = archiveDay();
    if (!registered.equals(today)) {
      keep(registered, record(registered, now, state, how));
    }
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

  /** Whether the clock was set since today's record was last put, some minutes ago. */
  public synchronized boolean isOutdated() {
    now();
    return up.start() != recordedStart && older(attempted, CONFIRM);
  }

  /** How long ago today's record was last put; since the start before the first time. */
  public synchronized Duration sinceRenewal() {
    return Duration.ofNanos(nanoTime.getAsLong() - renewedNanos);
  }

  /** When today's record was last put, by the host's clock; 0 before the first time. */
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
    put(State.ENDED, Optional.of(how));
  }

  private HostRecord record(LocalDate of, long now, State state, Optional<String> how) {
    List<Run> runs = up.on(of, writer.run(), how);
    if (runs.isEmpty()) {
      // By the host's own clock it was never that day.
      runs = List.of(up.last(writer.run(), how));
    }
    return new HostRecord(
        host, machine.get(), now, compacted, false, state, runs, Optional.of(writer));
  }

  private void keep(LocalDate of, HostRecord record) {
    pending.put(of, pending.get(of).map(record::after).orElse(record));
  }

  private void putPending() throws ArchiveException {
    attempted = nanoTime.getAsLong();
    try {
      records.askTime();
      for (Map.Entry<LocalDate, HostRecord> next : pending.all().entrySet()) {
        put(next.getKey(), next.getValue());
        pending.remove(next.getKey());
      }
      mine = true;
      refusal = null;
      renewed = now();
      renewedNanos = attempted;
      recordedStart = up.start();
      looked = attempted;
      part.up(note);
    } catch (IOException e) {
      throw told(unreachable("put", e));
    }
  }

  private ArchiveException told(ArchiveException e) {
    part.failing(String.valueOf(e.getMessage()));
    return e;
  }

  private static ArchiveException unreachable(String action, IOException e) {
    return e instanceof ArchiveException explained
        ? explained
        : new ArchiveException(
            ArchiveException.Kind.UNREACHABLE,
            "cannot " + action + " a host record: " + e.getMessage(),
            e);
  }

  private void put(LocalDate of, HostRecord record) throws IOException {
    for (int attempt = 0; attempt < HostRecords.ATTEMPTS; attempt++) {
      Found found = records.find(of, host);
      Optional<HostRecord> holder = holder(of, found);
      if (holder.isPresent()) {
        take(holder.get());
      }
      HostRecord now = record.renewedAt(archiveNow());
      HostRecord merged = found.record().map(now::after).orElse(now);
      if (records.replace(of, found, merged)) {
        return;
      }
    }
    throw HostRecords.contended(host);
  }

  /** Whatever day this host takes it for: who has the name has it on the archive's. */
  private Optional<HostRecord> holder(LocalDate of, Found found) throws IOException {
    LocalDate today = archiveDay();
    if (!of.equals(today)) {
      Optional<HostRecord> holder = orTheDayBefore(records.find(today, host), today);
      if (holder.isPresent()) {
        return holder;
      }
    }
    return orTheDayBefore(found, of);
  }

  private void take(HostRecord holder) throws IOException {
    if (!records.canBeClaimed()) {
      return;
    }
    try {
      claim.from(holder, archiveNow());
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.REFUSED) {
        mine = false;
        refusal = e;
      }
      throw e;
    }
  }
}
