package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Answers range queries from rings, the spool and the archive as one: a ring, this host's or a
 * peer's, for what it holds, and for what is before that the tiers of the archive, and segments of
 * which those that are still in the spool are read there. Safe for use by several threads.
 */
public final class History {
  /** As long as the longest tier is kept. */
  public static final Duration LONGEST_RANGE = Duration.ofDays(3_660);

  /** So many days' records are read for the completeness alone. */
  private static final int RECORDS = 32;

  private static final int DAY = 86_400;

  /** Of one question; those of a peer that does not answer keep their place for two seconds. */
  private static final int HOSTS_AT_ONCE = 25;

  private static final int PIECES_AT_ONCE = 16;

  private final Live live;
  private final Recent.Lookup peers;
  private final ArchiveReader archive;

  /**
   * @param peers who can be asked for the newest rows of hosts other than this one
   */
  public History(Live live, Recent.Lookup peers, ArchiveReader archive) {
    this.live = live;
    this.peers = peers;
    this.archive = archive;
  }

  /** One host's part of an answer. */
  private record Part(
      HostName host, Gathering gathered, Optional<Reading> reading, boolean recorded, Axis axis) {
    boolean exists() {
      return recorded || gathered.rows() > 0;
    }

    OptionalDouble completeness() {
      return reading.isPresent() && gathered.anyRolledUp()
          ? Completeness.of(axis, gathered.rows(), gathered.end(), reading.get().days())
          : gathered.completeness();
    }
  }

  /** What is to be read of one host. */
  private record Reading(HostRead read, Days days, Planner planner, long end, List<Piece> pieces) {}

  /**
   * Answers the question. All of it is planned before anything is read, so that one which is too
   * much costs little.
   *
   * @throws NoSuchHostException when of no host anything is found, and one is not this one
   * @throws TooMuchException when it would take more than one question may
   * @throws BusyException when others have what it would take
   * @throws IOException when the archive would have to be asked and cannot be reached, or refuses,
   *     and of a host there is not a single row without it; else that is a problem named in the
   *     answer
   */
  public Answer query(RangeQuery query)
      throws IOException,
          NoSuchHostException,
          TooMuchException,
          BusyException,
          InterruptedException {
    Axis axis = axis(query);
    long lines = (long) query.hosts().size() * query.metrics().size();
    Budget.Share share = archive.answers().take(lines * Buckets.bytes(axis));
    try {
      Answer answer =
          new Answer(range(query, axis, new Question(archive, query.metrics(), share)), share);
      share = null;
      return answer;
    } finally {
      if (share != null) {
        share.close();
      }
    }
  }

  private Range range(RangeQuery query, Axis axis, Question question)
      throws IOException,
          NoSuchHostException,
          TooMuchException,
          BusyException,
          InterruptedException {
    List<Part> parts = parts(query, axis, question);
    question.check();
    read(parts, question);
    question.check();
    Optional<ArchiveException> unreachable = question.gaveUp();
    if (unreachable.isPresent()) {
      if (parts.stream().anyMatch(part -> part.gathered().rows() == 0)) {
        throw unreachable.get();
      }
      question.problem(archive.location(), String.valueOf(unreachable.get().getMessage()));
    }
    List<Range.Problem> problems = question.problems(archive.location());
    if (problems.isEmpty()) {
      requireHosts(parts);
    }
    List<Range.Series> series =
        parts.stream().flatMap(of -> of.gathered().result(of.host()).stream()).toList();
    question.check();
    return new Range(
        axis.start(),
        axis.step(),
        axis.buckets(),
        coarsest(parts).text(),
        series,
        completeness(parts),
        problems);
  }

  /** The buckets that the answer to the question has. */
  public Axis axis(RangeQuery query) {
    return Axis.of(
        query, query.hosts().stream().map(this::sampleSeconds).collect(Collectors.toSet()));
  }

  /** A record may say anything. */
  private int sampleSeconds(HostName host) {
    int known =
        host.equals(live.host())
            ? live.sampleSeconds()
            : peers.sampleSeconds(host).orElse(live.sampleSeconds());
    return 60 % known == 0 ? known : live.sampleSeconds();
  }

  /**
   * The second up to which buckets are made of nothing but finished rollups; the axis' start where
   * none is.
   */
  public long finished(Axis axis) {
    if (axis.tier() == Tier.SECONDS) {
      return axis.start();
    }
    long open = Planner.open(axis.tier(), archive.now());
    return Math.clamp(open - Math.floorMod(open, axis.step()), axis.start(), axis.end());
  }

  /** In the order of the question. */
  private List<Part> parts(RangeQuery query, Axis axis, Question question)
      throws IOException, InterruptedException {
    Map<HostName, Part> parts = new ConcurrentHashMap<>();
    Window planning = new Window(archive, HOSTS_AT_ONCE);
    planning.add(
        query.hosts().stream()
            .map(host -> (Window.Task) () -> parts.put(host, part(host, query, axis, question)))
            .toList());
    planning.await();
    return query.hosts().stream().flatMap(host -> Stream.ofNullable(parts.get(host))).toList();
  }

  private Part part(HostName host, RangeQuery query, Axis axis, Question question)
      throws IOException, InterruptedException {
    Gathering into = new Gathering(query.metrics(), axis, question::line);
    long archivedTo = axis.end();
    try {
      archivedTo = recent(host, query, axis, into).orElse(archivedTo);
    } catch (IOException e) {
      question.problem(host.value(), String.valueOf(e.getMessage()));
    }
    if (axis.start() >= archivedTo) {
      return new Part(host, into, Optional.empty(), false, axis);
    }
    // A host whose clock was ahead has rows in what is the future here.
    long known = archive.now() + DAY;
    HostRead read = new HostRead(archive, question, host, axis.tier(), into);
    boolean all = (axis.end() - axis.start()) / DAY * query.hosts().size() < RECORDS;
    Days days = read.days(axis.start(), Math.min(known, all ? axis.end() : archivedTo), all);
    long end = Math.min(known, archivedTo);
    Planner planner = read.planner(axis.start(), end, days);
    List<Piece> pieces = pieces(host, into, read, days, planner, axis.start(), end, question);
    return new Part(
        host, into, Optional.of(new Reading(read, days, planner, end, pieces)), days.kept(), axis);
  }

  private List<Piece> pieces(
      HostName host,
      Gathering into,
      HostRead read,
      Days days,
      Planner planner,
      long from,
      long to,
      Question question)
      throws IOException, InterruptedException {
    if (question.unreachable().isPresent()) {
      return planner.spooled(from, to);
    }
    boolean heardOf =
        days.kept()
            || into.rows() > 0
            || host.equals(live.host())
            || peers.knows(host)
            || planner.anySpooled()
            || read.anyTrace(days, from, to);
    // Once more: looking may have shown it.
    if (question.unreachable().isPresent()) {
      return planner.spooled(from, to);
    }
    List<Piece> pieces = heardOf ? planner.plan(from, to) : List.of();
    return question.plan(pieces) ? pieces : List.of();
  }

  private void read(List<Part> parts, Question question) throws IOException, InterruptedException {
    Window reading = new Window(archive, PIECES_AT_ONCE);
    for (Part part : parts) {
      part.reading().ifPresent(of -> add(of.pieces(), of, question, reading));
    }
    reading.await();
  }

  private void add(List<Piece> pieces, Reading of, Question question, Window reading) {
    reading.add(
        pieces.stream()
            .map(piece ->
                (Window.Task)
                    () ->
                        archive.piece(() -> {
                          List<Piece> instead = of.read().read(piece, of.planner(), of.end());
                          if (question.plan(instead)) {
                            add(instead, of, question, reading);
                          }
                        }))
            .toList());
  }

  private OptionalLong recent(HostName host, RangeQuery query, Axis axis, Recent.Sink into)
      throws IOException, InterruptedException {
    Optional<Recent> recent = host.equals(live.host()) ? Optional.of(live) : peers.of(host);
    return recent.isEmpty()
        ? OptionalLong.empty()
        : recent
            .get()
            .pour(new Recent.Query(query.metrics(), axis.start(), axis.end(), axis.step()), into);
  }

  private void requireHosts(List<Part> parts) throws NoSuchHostException {
    if (parts.stream().anyMatch(Part::exists)) {
      return;
    }
    for (Part part : parts) {
      HostName host = part.host();
      if (!host.equals(live.host())) {
        throw new NoSuchHostException(
            host, "no row of host %s in this range; this node is %s".formatted(host, live.host()));
      }
    }
  }

  private static Tier coarsest(List<Part> parts) {
    return parts.stream()
        .map(part -> part.gathered().coarsest())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static Map<HostName, OptionalDouble> completeness(List<Part> parts) {
    Map<HostName, OptionalDouble> completeness = new LinkedHashMap<>();
    parts.forEach(part -> completeness.put(part.host(), part.completeness()));
    return completeness;
  }
}
