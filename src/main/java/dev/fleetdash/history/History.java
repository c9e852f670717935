package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Future;

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

  /** What is known of one host when all was read. */
  private record Answer(
      HostName host, Gathering gathered, boolean recorded, OptionalDouble completeness) {
    boolean exists() {
      return recorded || gathered.rows() > 0;
    }
  }

  /**
   * Answers the question.
   *
   * @throws NoSuchHostException when of no host anything is found, and one is not this one
   * @throws IOException when the archive would have to be asked and cannot be reached, or refuses,
   *     and of a host there is not a single row without it; else that is a problem named in the
   *     answer
   */
  public Range query(RangeQuery query)
      throws IOException, NoSuchHostException, InterruptedException {
    Axis axis = axis(query);
    Question question = new Question(query.metrics());
    List<Answer> answers = all(query, axis, question);
    Optional<ArchiveException> unreachable = question.unreachable();
    if (unreachable.isPresent()) {
      if (answers.stream().anyMatch(answer -> answer.gathered().rows() == 0)) {
        throw unreachable.get();
      }
      question.problem(archive.location(), String.valueOf(unreachable.get().getMessage()));
    }
    List<Range.Problem> problems = question.problems();
    if (problems.isEmpty()) {
      requireHosts(answers);
    }
    return new Range(
        axis.start(),
        axis.step(),
        axis.buckets(),
        coarsest(answers).text(),
        answers.stream().flatMap(of -> of.gathered().result(of.host()).stream()).toList(),
        completeness(answers),
        problems);
  }

  /** The buckets that the answer to the question has. */
  public Axis axis(RangeQuery query) {
    return Axis.of(query, live.sampleSeconds());
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

  private List<Answer> all(RangeQuery query, Axis axis, Question question)
      throws IOException, InterruptedException {
    if (query.hosts().size() == 1) {
      return List.of(one(query.hosts().getFirst(), query, axis, question));
    }
    List<Future<Answer>> asked = new ArrayList<>();
    for (HostName host : query.hosts()) {
      asked.add(archive.submit(() -> one(host, query, axis, question)));
    }
    List<Answer> answers = new ArrayList<>();
    for (Future<Answer> answer : asked) {
      answers.add(HostRead.await(answer));
    }
    return answers;
  }

  private Answer one(HostName host, RangeQuery query, Axis axis, Question question)
      throws IOException, InterruptedException {
    Gathering into = new Gathering(query.metrics(), axis);
    long archivedTo = axis.end();
    try {
      archivedTo = recent(host, query, axis, into).orElse(archivedTo);
    } catch (IOException e) {
      question.problem(host.value(), String.valueOf(e.getMessage()));
    }
    if (axis.start() >= archivedTo) {
      return new Answer(host, into, false, into.completeness());
    }
    // A host whose clock was ahead has rows in what is the future here.
    long known = archive.now() + DAY;
    HostRead read = new HostRead(archive, question, host, axis.tier(), into);
    boolean all = (axis.end() - axis.start()) / DAY * query.hosts().size() < RECORDS;
    Days days = read.days(axis.start(), Math.min(known, all ? axis.end() : archivedTo), all);
    read.read(axis.start(), Math.min(known, archivedTo), days);
    return new Answer(
        host,
        into,
        days.kept(),
        into.anyRolledUp()
            ? Completeness.of(axis, into.rows(), into.end(), days)
            : into.completeness());
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

  private void requireHosts(List<Answer> answers) throws NoSuchHostException {
    if (answers.stream().anyMatch(Answer::exists)) {
      return;
    }
    for (Answer answer : answers) {
      HostName host = answer.host();
      if (!host.equals(live.host())) {
        throw new NoSuchHostException(
            host, "no row of host %s in this range; this node is %s".formatted(host, live.host()));
      }
    }
  }

  private static Tier coarsest(List<Answer> answers) {
    return answers.stream()
        .map(answer -> answer.gathered().coarsest())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static Map<HostName, OptionalDouble> completeness(List<Answer> answers) {
    Map<HostName, OptionalDouble> completeness = new LinkedHashMap<>();
    answers.forEach(answer -> completeness.put(answer.host(), answer.completeness()));
    return completeness;
  }
}
