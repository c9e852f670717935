package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Archive.Content;
import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.Listing;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.RollupMerge;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RowSums;
import dev.fleetdash.archive.RowUnion;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings derived objects up to date with what they are made from. An object is put only where that
 * changes it, and only if nobody else has changed it since it was read; else it is read again.
 * Objects that cannot be read are left out, named and counted.
 *
 * <p>Memory is bounded by the packed size of an hour of raw, and of two rollup objects. For one
 * thread.
 */
final class Compaction {
  private static final Logger log = LoggerFactory.getLogger(Compaction.class);

  private static final int DAY = 86_400;

  /** Several times what the largest of ours take; two are held at a time. */
  private static final int MAX_OBJECT_BYTES = 8 << 20;

  /** Of raw, packed, at a time; an hour is mostly a tenth of it. */
  private static final int BATCH_BYTES = 4 << 20;

  /** Likewise; an hour has mostly sixty. */
  private static final int BATCH_OBJECTS = 4_000;

  private static final int ATTEMPTS = 4;

  /** Of a rollup object, so that at most some hundred rows are held unpacked. */
  private static final int PARTS_AT_A_TIME = 4;

  private final Archive archive;
  private final InstantSource clock;
  private final Counter written;
  private final Counter unreadable;

  Compaction(Archive archive, InstantSource clock, Telemetry telemetry) {
    this.archive = archive;
    this.clock = clock;
    this.written =
        telemetry.counter("compacted_objects_put", "Objects of the derived tiers that were put");
    this.unreadable =
        telemetry.counter(
            "compaction_objects_unreadable", "Objects that compaction had to leave out");
  }

  /** Objects that had to be left out so far. */
  long unreadable() {
    return unreadable.count();
  }

  /**
   * Brings one host's hours, and the minutes of their day, up to date.
   *
   * @param hours first seconds, of one UTC day
   * @return the second after the last one of which they have a row; 0 where they have none
   */
  long hours(HostName host, Collection<Long> hours) throws IOException {
    long end = 0;
    for (long hour : hours) {
      end = Math.max(end, seconds(TierKey.of(Tier.SECONDS, host, hour)));
    }
    rollup(TierKey.of(Tier.MINUTES, host, hours.iterator().next()), hours);
    return end;
  }

  /** Brings the hours and the day of a host's UTC day up to date, whose minutes are. */
  void day(HostName host, long start) throws IOException {
    rollup(TierKey.of(Tier.HOURS, host, start), List.of(start));
    rollup(TierKey.of(Tier.DAYS, host, start), List.of(start));
  }

  /**
   * Merges the raw rows of an hour into its object.
   *
   * @return the second after the last one of which there is a row; 0 where there is none
   */
  private long seconds(TierKey key) throws IOException {
    Listing raw = new Listing(archive, RawKey.folder(key.host(), key.start()), _ -> {});
    for (int conflicts = 0; conflicts < ATTEMPTS; ) {
      Present present = present(key);
      Batch batch = new Batch(key, present);
      batch.addRaw(raw);
      if (batch.needed() && !put(key, present, batch.union.object())) {
        // What was merged is in another object now, or is not.
        raw.restart("");
        conflicts++;
        continue;
      }
      if (raw.peek().isEmpty()) {
        return batch.union.end();
      }
    }
    throw contended(key);
  }

  /**
   * A derived object as it is.
   *
   * @param tooLarge there is one that nobody can read, so there is no telling whether it changes
   */
  private record Present(Optional<Content> content, boolean tooLarge) {}

  private Present present(TierKey key) throws IOException {
    try {
      return new Present(archive.get(key.text(), MAX_OBJECT_BYTES), false);
    } catch (ArchiveException e) {
      if (e.kind() != Kind.BAD_OBJECT) {
        throw e;
      }
      leaveOut(e);
      return new Present(Optional.empty(), true);
    }
  }

  /** What is there of an hour, and as much raw as is taken at a time. */
  private final class Batch {
    private final RowUnion union;
    private final boolean damaged;
    private boolean added;

    Batch(TierKey key, Present present) {
      this.union = new RowUnion(key.host(), key.start());
      boolean unread = present.content().filter(of -> add(key.text(), of).isEmpty()).isPresent();
      this.damaged = unread || present.tooLarge() || !union.orderly();
    }

    /** Takes what comes next, as much as is taken at a time. */
    void addRaw(Listing raw) throws IOException {
      long bytes = 0;
      for (int taken = 0; taken < BATCH_OBJECTS; ) {
        Optional<Listed> next = raw.peek();
        if (next.isEmpty() || (taken > 0 && bytes + next.get().size() > BATCH_BYTES)) {
          return;
        }
        Listed object = raw.next().orElseThrow();
        if (RawKey.parse(object.key()).isPresent()) {
          taken++;
          bytes += object.size();
          added |= get(object.key()).flatMap(of -> add(object.key(), of)).orElse(false);
        }
      }
    }

    /** Whether rows of it count; empty where it cannot be read. */
    private Optional<Boolean> add(String from, Content content) {
      try {
        return Optional.of(union.add(from, content.bytes()));
      } catch (ArchiveException e) {
        leaveOut(e);
        return Optional.empty();
      }
    }

    /** An object that is damaged is better than none, as long as there is nothing to mend it. */
    boolean needed() {
      return added || (damaged && union.end() > 0);
    }
  }

  /** An object that is too large is left out like one that is damaged. */
  private Optional<Content> get(String key) throws IOException {
    try {
      return archive.get(key, MAX_OBJECT_BYTES);
    } catch (ArchiveException e) {
      if (e.kind() != Kind.BAD_OBJECT) {
        throw e;
      }
      leaveOut(e);
      return Optional.empty();
    }
  }

  private void leaveOut(ArchiveException e) {
    unreadable.increment();
    log.warn("object is left out of compaction reason=\"{}\"", e.getMessage());
  }

  /**
   * Recomputes rows of a rollup object: those of the parts that have changed, or all where the
   * object is not there or cannot be read.
   *
   * @param parts first seconds of hours for minutes, else of days
   */
  private void rollup(TierKey key, Collection<Long> parts) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Present present = present(key);
      Optional<byte[]> object = rollup(key, parts, present.content());
      if (object.isEmpty() || put(key, present, object.get())) {
        return;
      }
    }
    throw contended(key);
  }

  /** Empty where the object stays as it is. */
  private Optional<byte[]> rollup(TierKey key, Collection<Long> parts, Optional<Content> present)
      throws IOException {
    Optional<byte[]> base = present.map(Content::bytes).filter(bytes -> isGood(key, bytes));
    List<Span> all = base.isPresent() ? spans(key, parts) : everySpan(key);
    Optional<byte[]> changed = Optional.empty();
    for (int i = 0; i < all.size(); i += PARTS_AT_A_TIME) {
      RollupMerge merge = new RollupMerge(key);
      for (Span span : all.subList(i, Math.min(all.size(), i + PARTS_AT_A_TIME))) {
        sum(key, span, merge);
      }
      changed = merge.with(changed.or(() -> base).orElse(null)).or(previously(changed));
    }
    return changed;
  }

  private static <T> Supplier<Optional<T>> previously(Optional<T> value) {
    return () -> value;
  }

  private boolean isGood(TierKey key, byte[] object) {
    try {
      new RollupReader(Set.of()).read(key, object, (_, _, _) -> {});
      return true;
    } catch (ArchiveException e) {
      leaveOut(e);
      return false;
    }
  }

  /** Seconds from one up to another, all of one finer object. */
  private record Span(long from, long to) {}

  private static List<Span> spans(TierKey key, Collection<Long> parts) {
    int seconds = key.tier() == Tier.MINUTES ? Tier.HOURS.step() : DAY;
    return new TreeSet<>(parts).stream().map(part -> new Span(part, part + seconds)).toList();
  }

  /** Up to now. */
  private List<Span> everySpan(TierKey key) {
    List<Span> spans = new ArrayList<>();
    long end = Math.min(key.end(), clock.instant().getEpochSecond());
    for (TierKey next = finer(key, key.start());
        next.start() < end;
        next = finer(key, next.end())) {
      spans.add(new Span(next.start(), next.end()));
    }
    return spans;
  }

  private static TierKey finer(TierKey key, long ts) {
    return TierKey.of(key.tier().finer().orElseThrow(), key.host(), ts);
  }

  private void sum(TierKey key, Span span, RollupMerge into) throws IOException {
    TierKey finer = finer(key, span.from());
    Optional<Content> content = get(finer.text());
    if (content.isPresent()) {
      try {
        new RowSums().add(finer, content.get().bytes(), span.from(), span.to(), into);
      } catch (ArchiveException e) {
        leaveOut(e);
      }
    }
  }

  private boolean put(TierKey key, Present present, byte[] object) throws IOException {
    boolean put;
    if (present.tooLarge()) {
      archive.put(key.text(), object);
      put = true;
    } else {
      put =
          present.content().isPresent()
              ? archive.putIfMatch(key.text(), object, present.content().get().etag())
              : archive.putIfAbsent(key.text(), object);
    }
    if (put) {
      written.increment();
    }
    return put;
  }

  private ArchiveException contended(TierKey key) {
    return new ArchiveException(
        Kind.UNREACHABLE,
        "others keep writing " + key.text() + " in " + archive.location() + "; it is tried again");
  }
}
