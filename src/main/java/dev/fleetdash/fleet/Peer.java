package dev.fleetdash.fleet;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Another host, as far as this one has heard of it, and what follows from that. Times of asking are
 * on the monotonic clock, so that no step of a clock makes a host stale. Safe for use by several
 * threads.
 */
final class Peer {
  /** After the time of the next ask; an answer takes some. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** A tick that comes a little early still counts. */
  private static final Duration EARLY = Duration.ofMillis(500);

  static final Duration SILENCE = Duration.ofMinutes(3);

  /** A host whose rows still come is looked at again after that; one whose rows do not, seldom. */
  private static final Duration TRACE_AGAIN = Duration.ofMinutes(2);

  private static final Duration LOST_AGAIN = Duration.ofMinutes(10);

  private static final Duration GOODBYE = Duration.ofSeconds(45);
  private static final Duration REREAD = Duration.ofSeconds(8);

  /** Who says goodbye may come back on the same machine before its new record is read. */
  private static final Duration ASKED_AFTER_END = Duration.ofMinutes(10);

  private static final Duration LOST_ASKED = Duration.ofMinutes(1);

  private static final long HOUR = 3_600;
  private static final long NEVER = Long.MIN_VALUE;
  private static final long ROWS_AHEAD_SECONDS = 90;

  /** Rows kept for those who follow. */
  private static final int MOST_ROWS = 30;

  private final HostName host;
  private Registry.@Nullable Entry entry;
  private boolean asking;
  private long askedAt = NEVER;
  private long answeredAt = NEVER;
  private long failedAt = NEVER;
  private long failingSince = NEVER;
  private long rereadAt = NEVER;
  private long goodUntil = NEVER;
  private long heardTs = NEVER;
  private long recoveredTs = NEVER;
  private long heardRun = NEVER;
  private long heardRunTs = NEVER;
  private @Nullable String failure;
  private @Nullable Seen seen;
  private final Deque<Row> rows = new ArrayDeque<>();
  private boolean tracing;
  private long tracedAt = NEVER;
  private @Nullable String traceFailure;
  private Traces.@Nullable Trace trace;
  private boolean foundSilent;
  private @Nullable State state;
  private long since;

  Peer(HostName host) {
    this.host = host;
  }

  HostName host() {
    return host;
  }

  synchronized void recorded(Registry.Entry known) {
    entry = known;
  }

  synchronized Optional<String> address() {
    Registry.Entry known = entry;
    return known == null ? Optional.empty() : known.newest().machine().address();
  }

  /**
   * Begins a question, if it is time for one.
   *
   * @param interval between two
   * @return whether to ask
   */
  synchronized boolean begin(long nanos, long wall, Duration interval) {
    Duration pause = interval;
    if (gone(HostRecord.State.ENDED)) {
      if (wall - lastEnd() > ASKED_AFTER_END.toSeconds()) {
        return false;
      }
    } else if (state == State.LOST && pause.compareTo(LOST_ASKED) < 0) {
      pause = LOST_ASKED;
    }
    if (asking || (askedAt != NEVER && nanos - askedAt < pause.toNanos() - EARLY.toNanos())) {
      return false;
    }
    boolean resumes = askedAt == NEVER || nanos - askedAt > 2 * pause.toNanos();
    asking = true;
    askedAt = resumes ? nanos - spread(interval) : nanos;
    return true;
  }

  /** The second question comes earlier, by another time for each host, or all came at once. */
  private long spread(Duration interval) {
    long halfMillis = interval.compareTo(GRACE) > 0 ? interval.toMillis() / 2 : 1;
    return Math.floorMod(host.value().hashCode() * 31L, halfMillis) * 1_000_000L;
  }

  /** The newest second held, where the rows since can still be had from the host. */
  synchronized OptionalLong newest(long nanos) {
    Seen known = seen;
    boolean recent = answeredAt != NEVER && nanos - answeredAt < Duration.ofSeconds(50).toNanos();
    return known == null || !recent ? OptionalLong.empty() : OptionalLong.of(known.row().ts());
  }

  /**
   * Ends a question with its answer.
   *
   * @param interval until the next
   */
  synchronized void answered(
      LiveReport report, long nanos, long wall, Duration interval, boolean followed)
      throws PeerException {
    asking = false;
    for (Row row : report.rows()) {
      if (row.ts() > wall + ROWS_AHEAD_SECONDS) {
        throw new PeerException("its rows are of the future");
      }
    }
    report
        .seen()
        .filter(_ -> !report.rows().isEmpty())
        .ifPresent(whole -> {
          seen = Seen.of(whole);
          rows.clear();
        });
    for (Row row : report.rows()) {
      Seen known = seen;
      seen = known == null ? Seen.of(row) : known.with(row);
      rows.addLast(row);
    }
    while (rows.size() > (followed ? MOST_ROWS : 1)) {
      rows.removeFirst();
    }
    if (failedAt != NEVER) {
      recoveredTs = wall;
    }
    answeredAt = nanos;
    failedAt = NEVER;
    failingSince = NEVER;
    rereadAt = NEVER;
    failure = null;
    heardTs = wall;
    noteRun(wall);
    goodUntil = askedAt + interval.toNanos() + GRACE.toNanos();
    trace = null;
    foundSilent = false;
    tracedAt = NEVER;
    traceFailure = null;
  }

  /**
   * Ends a question without an answer.
   *
   * @return whether its record should be read again: it may just have said goodbye, which takes
   *     some time to be put
   */
  synchronized boolean failed(String reason, long nanos) {
    asking = false;
    failedAt = nanos;
    failure = reason;
    if (failingSince == NEVER) {
      failingSince = nanos;
    }
    boolean reread =
        nanos - failingSince < GOODBYE.toNanos()
            && (rereadAt == NEVER || nanos - rereadAt >= REREAD.toNanos());
    if (reread) {
      rereadAt = nanos;
    }
    return reread;
  }

  /** Whether a question was put since then, and all is known that follows from its outcome. */
  synchronized boolean settledSince(long nanos, long wall) {
    if (gone(HostRecord.State.ENDED)) {
      return seen != null || tracedAt != NEVER;
    }
    if (answeredAt != NEVER && answeredAt >= nanos) {
      return true;
    }
    boolean failed = failedAt != NEVER && failedAt >= nanos;
    return failed && (!silent(failedAt, wall) || tracedAt != NEVER);
  }

  /** Begins a look into the archive, if it is time for one. */
  synchronized boolean beginTrace(long nanos, long wall) {
    boolean ended = gone(HostRecord.State.ENDED);
    if (tracing || !(ended ? seen == null || endedSince() : silent(nanos, wall))) {
      return false;
    }
    if (tracedAt != NEVER) {
      Traces.Trace known = trace;
      boolean again = traceFailure != null || (known != null && known.coming());
      Duration pause = again ? TRACE_AGAIN : LOST_AGAIN;
      if ((ended && traceFailure == null) || nanos - tracedAt < pause.toNanos()) {
        return false;
      }
    }
    tracing = true;
    return true;
  }

  /** Whether more may be archived of a host that ended than was heard of it. */
  private boolean endedSince() {
    Seen known = seen;
    return known == null || known.row().ts() + 1 < lastEnd();
  }

  /** Whether it answers, or has not been asked of late. */
  synchronized boolean worthAsking(long nanos, long wall) {
    State now = verdict(nanos, wall).state();
    return now == State.LIVE || (now == State.STALE && failedAt == NEVER);
  }

  synchronized boolean busy() {
    return asking || tracing;
  }

  /** Where to stop looking. */
  synchronized long traceFrom(long wall) {
    Registry.Entry known = entry;
    return known == null
        ? wall - 2 * HOUR
        : Math.min(known.newest().renewed(), known.newest().known()) - 2 * HOUR;
  }

  /** The time by the host's own clock, as its rows have it. */
  synchronized long itsTime(long wall) {
    Registry.Entry known = entry;
    return known == null ? wall : wall + known.ahead();
  }

  /** Where to begin looking, backwards. */
  synchronized long traceTo(long wall) {
    boolean over = gone(HostRecord.State.ENDED) || gone(HostRecord.State.LOST);
    return over ? Math.min(itsTime(wall), lastEnd()) : itsTime(wall);
  }

  synchronized void traced(Optional<Traces.Trace> found, long nanos) {
    tracing = false;
    tracedAt = nanos;
    traceFailure = null;
    trace = found.orElse(null);
    foundSilent = found.filter(Traces.Trace::coming).isEmpty();
  }

  synchronized void traceFailed(String reason, long nanos) {
    tracing = false;
    tracedAt = nanos;
    traceFailure = reason;
  }

  /** The rows held after that second; all of them where they go back before it. */
  synchronized List<Row> after(long ts) {
    if (!rows.isEmpty() && rows.getLast().ts() < ts) {
      return List.copyOf(rows);
    }
    return rows.stream().filter(row -> row.ts() > ts).toList();
  }

  /** What is known at that moment. */
  synchronized HostStatus status(long nanos, long wall) {
    Verdict verdict = verdict(nanos, wall);
    if (verdict.state() != state || state != State.UNKNOWN) {
      state = verdict.state();
      since = verdict.since();
    }
    Registry.Entry known = entry;
    return new HostStatus(
        host,
        verdict.state(),
        verdict.reason(),
        since,
        known == null ? Optional.empty() : Optional.of(known.newest().machine()),
        known == null ? List.of() : known.runs(),
        latest());
  }

  private record Verdict(State state, Optional<String> reason, long since) {}

  private Verdict verdict(long nanos, long wall) {
    if (gone(HostRecord.State.ENDED)) {
      return new Verdict(
          State.ENDED, lastRun().flatMap(Run::how), lastRun().map(Run::end).orElse(wall));
    }
    if (answeredAt != NEVER && failedAt == NEVER && nanos <= goodUntil) {
      return new Verdict(State.LIVE, Optional.empty(), liveSince(wall));
    }
    if (gone(HostRecord.State.LOST)) {
      return new Verdict(State.LOST, lostReason(), lastEnd());
    }
    Optional<String> why = Optional.ofNullable(failure);
    if (!silent(nanos, wall) || (tracedAt == NEVER && traceFailure == null)) {
      String idle = answeredAt == NEVER ? "not asked yet" : "not asked since";
      return new Verdict(State.STALE, why.or(() -> Optional.of(idle)), lastHeard(wall));
    }
    Traces.Trace found = trace;
    // What was found lost before the archive went away stays so.
    if (traceFailure != null && !foundSilent) {
      return new Verdict(State.UNKNOWN, Optional.of(traceFailure), wall);
    }
    if (found != null && found.coming()) {
      return new Verdict(State.UNREACHABLE, why, lastHeard(wall));
    }
    return new Verdict(State.LOST, lostReason(), found == null ? lastHeard(wall) : found.ts() + 1);
  }

  private Optional<String> lostReason() {
    return Optional.of("neither answers nor archives, and said no goodbye");
  }

  /** Whether it fails to answer, and was last heard of too long ago to call it stale. */
  private boolean silent(long nanos, long wall) {
    if (failedAt == NEVER) {
      return false;
    }
    long seconds =
        answeredAt == NEVER
            ? wall - lastHeard(wall)
            : Math.min((nanos - answeredAt) / 1_000_000_000L, wall - runStart(wall));
    return seconds >= SILENCE.toSeconds();
  }

  /** A start counts as a word, because its record was put. */
  private long runStart(long wall) {
    long ahead = itsTime(0);
    return lastRun()
        .map(run -> run.start() - ahead)
        .filter(start -> start > heardTs)
        .orElse(wall - 86_400);
  }

  private long lastHeard(long wall) {
    if (heardTs != NEVER) {
      return heardTs;
    }
    Registry.Entry known = entry;
    return known == null ? wall : known.newest().renewed();
  }

  private void noteRun(long wall) {
    Seen heard = seen;
    if (heard != null && heard.row().run() != heardRun) {
      heardRun = heard.row().run();
      heardRunTs = wall;
    }
  }

  /** The start of its run, or when it came back after that. */
  private long liveSince(long wall) {
    return Math.min(wall, Math.max(began(wall), recoveredTs));
  }

  /** A run is named by its start, if the host's clock was right then. */
  private long began(long wall) {
    Registry.Entry known = entry;
    boolean recorded = lastRun().filter(run -> run.run() >= heardRun).isPresent();
    if (known != null && (recorded || heardRun == NEVER)) {
      return known.began().orElse(NEVER);
    }
    long named = heardRun / 1000;
    boolean plausible = named <= wall && named >= lastEnd();
    return plausible ? named : heardRunTs;
  }

  private Optional<Run> lastRun() {
    Registry.Entry known = entry;
    return known == null ? Optional.empty() : known.lastRun();
  }

  private long lastEnd() {
    return lastRun().map(Run::end).orElse(0L);
  }

  /** Whether its record says so, of the run that was heard last or of a later one. */
  private boolean gone(HostRecord.State as) {
    Registry.Entry known = entry;
    if (known == null || known.newest().state() != as) {
      return false;
    }
    Seen heard = seen;
    return heard == null || lastRun().map(run -> run.run() >= heard.row().run()).orElse(true);
  }

  private Optional<Latest> latest() {
    Seen heard = seen;
    Traces.Trace found = trace;
    if (found != null && (heard == null || found.ts() > heard.row().ts())) {
      return Optional.of(found.latest());
    }
    return Optional.ofNullable(heard);
  }
}
