package dev.fleetdash.hosts;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.hosts.HostRecord.State;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process may take its name from whoever has it: at once where the holder said
 * goodbye, or was an earlier start with the same spool. Otherwise the holder is watched, and counts
 * as gone when its rows have stopped to come; one on another machine must be silent for {@link
 * HostRecord#HELD} besides. For one thread.
 */
final class Claim {
  private static final Logger log = LoggerFactory.getLogger(Claim.class);

  private final HostRecords records;
  private final Supplier<Machine> machine;
  private final Writer writer;
  private final LongSupplier nanoTime;
  private @Nullable Watch watch;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  Claim(HostRecords records, Supplier<Machine> machine, Writer writer, LongSupplier nanoTime) {
    this.records = records;
    this.machine = machine;
    this.writer = writer;
    this.nanoTime = nanoTime;
  }

  /**
   * For how long a writer's rows have to stay away until it counts as gone. A little more than an
   * interval and a half, so that one put may be late.
   */
  static Duration patience(int flushSeconds) {
    Duration usual = Duration.ofSeconds(flushSeconds * 3L / 2 + 15);
    Duration least = Duration.ofMinutes(1);
    return usual.compareTo(least) < 0 ? least : usual;
  }

  /** What was seen of one holder. */
  private final class Watch {
    private final HostRecord holder;
    private final Unchanged<Long> renewals = new Unchanged<>(nanoTime);
    private final Unchanged<Long> puts = new Unchanged<>(nanoTime);
    private long newest = -1;
    private boolean told;

    Watch(HostRecord holder) {
      this.holder = holder;
    }

    Duration sinceRenewal(HostRecord now) {
      return renewals.look(now.renewed());
    }

    /** Numbers within a run only grow; those of the hour before go out of sight. */
    Duration sincePut(long seq) {
      newest = Math.max(newest, seq);
      return puts.look(newest);
    }

    boolean writes() {
      return renewals.hasChanged() || puts.hasChanged();
    }
  }

  /** Whether the record was written by this very process. */
  boolean wrote(HostRecord record) {
    return record.state() == State.RUNNING
        && record.writer().equals(Optional.of(writer))
        && record.machine().id().equals(machine.get().id());
  }

  /**
   * Returns if the name may be taken.
   *
   * @param now the archive's time, epoch seconds
   * @throws ArchiveException of kind REFUSED while it is the holder's
   */
  void from(HostRecord holder, long now) throws IOException {
    if (holder.state() != State.RUNNING || isEarlierStart(holder)) {
      watch = null;
      return;
    }
    Watch watching = watching(holder);
    boolean sameMachine = isSameMachine(holder);
    Duration silent = watching.sinceRenewal(holder);
    if (sameMachine || !holder.alive(now) || silent.compareTo(HostRecord.HELD) >= 0) {
      Duration needed = patience(flushSeconds(holder));
      Duration quiet = watching.sincePut(records.newestSeq(holder, now, needed));
      if (quiet.compareTo(needed) >= 0 && silent.compareTo(needed) >= 0) {
        log.info("name is taken over host={} from=\"{}\"", holder.host(), who(holder));
        watch = null;
        return;
      }
      if (!watching.writes()) {
        throw refused(
            "%s wrote as host %s, and it shows within %d s whether it still does: meanwhile nothing of this one is archived, and its rows wait in the spool"
                .formatted(other(holder), holder.host(), needed.minus(quiet).toSeconds()));
      }
    }
    ArchiveException refusal = refused(sentence(holder, sameMachine, now));
    if (!watching.told) {
      watching.told = true;
      log.warn("name is another's host={} reason=\"{}\"", holder.host(), refusal.getMessage());
    }
    throw refusal;
  }

  /** Whether the holder that was last refused for has been seen to write since. */
  boolean isDecided() {
    Watch watching = watch;
    return watching == null || watching.told;
  }

  private Watch watching(HostRecord holder) {
    Watch known = watch;
    if (known == null
        || !known.holder.machine().id().equals(holder.machine().id())
        || !known.holder.writer().equals(holder.writer())) {
      known = new Watch(holder);
      watch = known;
    }
    return known;
  }

  private boolean isSameMachine(HostRecord holder) {
    return holder.machine().id().equals(machine.get().id());
  }

  /** Records of earlier versions name no spool. */
  private boolean isEarlierStart(HostRecord holder) {
    return isSameMachine(holder)
        && holder
            .writer()
            .map(other -> other.spool().equals(writer.spool()) && other.run() <= writer.run())
            .orElse(true);
  }

  private boolean isCopyOfSpool(HostRecord holder) {
    return holder.writer().filter(other -> other.spool().equals(writer.spool())).isPresent();
  }

  private int flushSeconds(HostRecord holder) {
    return Math.max(writer.flushSeconds(), holder.writer().map(Writer::flushSeconds).orElse(0));
  }

  private String sentence(HostRecord holder, boolean sameMachine, long now) {
    if (!sameMachine) {
      return "%s writes as host %s, last seen %d min ago: nothing of this one is archived; give one of them another name in FLEETDASH_HOST, or wait until the name is free, %d h after the other has gone"
          .formatted(
              other(holder),
              holder.host(),
              Math.max(0, now - holder.renewed()) / 60,
              HostRecord.HELD.toHours());
    }
    String mend =
        isCopyOfSpool(holder)
            ? "give one of them another name in FLEETDASH_HOST and an empty directory in"
                + " FLEETDASH_SPOOL"
            : "stop one of them, or give it another name in FLEETDASH_HOST";
    return "%s writes as host %s: nothing of this one is archived, and its rows wait in the spool; %s; when the other is gone, this one goes on within %d s"
        .formatted(
            other(holder),
            holder.host(),
            mend,
            patience(flushSeconds(holder)).plusMinutes(1).toSeconds());
  }

  private String other(HostRecord holder) {
    String who = who(holder);
    if (!isSameMachine(holder)) {
      return "another machine" + who;
    }
    return isCopyOfSpool(holder)
        ? "a later process with a copy of this one's spool" + who
        : "another process on this machine, or on a copy of it with the same machine id," + who;
  }

  private static String who(HostRecord holder) {
    return holder
        .machine()
        .address()
        .map(address -> " (" + address + ", run " + holder.run() + ")")
        .orElse(" (run " + holder.run() + ")");
  }

  private static ArchiveException refused(String reason) {
    return new ArchiveException(ArchiveException.Kind.REFUSED, reason);
  }
}
