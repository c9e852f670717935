package dev.fleetdash.telemetry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What others' clocks say of this host's, told as the part {@code clock}: the archive's, or where
 * there is none that says the time, the peers'. Rows keep the time of the host's own clock,
 * whatever is said here; what is decided about others goes by {@link #instant}. Safe for use by
 * several threads.
 */
public final class ClockCheck implements InstantSource {
  /**
   * A clock that is further off is wrong. NTP keeps clocks within a tenth of a second. An answer
   * says whole seconds and takes a second or two, which must not count; at 30 s peers refuse each
   * other, and charts of several hosts show different moments long before.
   */
  public static final Duration TOLERANCE = Duration.ofSeconds(5);

  /** What was said longer ago, is no news of a clock that may have been stepped since. */
  private static final Duration HOLDS = Duration.ofMinutes(15);

  /** An answer that took longer says too little. */
  private static final Duration SLOWEST = Duration.ofSeconds(10);

  /** Peers answer within 2.5 s. */
  private static final Duration OF_PEERS = Duration.ofSeconds(3);

  private static final int MOST_PEERS = 16;

  private final Telemetry telemetry;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<String, Word> peers =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Word> eldest) {
          return size() > MOST_PEERS;
        }
      };
  private volatile @Nullable Word archive;

  /**
   * What a clock said.
   *
   * @param at its time then
   * @param nanos then, on the monotonic clock
   * @param unsure by how much it may be wrong either way
   * @param ahead how far the host's clock was ahead of it; negative where it was behind
   */
  private record Word(Instant at, long nanos, Duration unsure, Duration ahead) {
    boolean disagrees() {
      return ahead.abs().compareTo(TOLERANCE.plus(unsure)) > 0;
    }
  }

  ClockCheck(Telemetry telemetry, InstantSource clock, LongSupplier nanoTime) {
    this.telemetry = telemetry;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** The time: the archive's, where the host's own clock disagrees with it, and else the host's. */
  @Override
  public Instant instant() {
    Instant own = clock.instant();
    Word said = archive;
    if (said == null || !holds(said)) {
      return own;
    }
    Instant theirs = said.at().plusNanos(nanoTime.getAsLong() - said.nanos());
    boolean disagrees =
        Duration.between(theirs, own).abs().compareTo(TOLERANCE.plus(said.unsure())) > 0;
    return disagrees ? theirs : own;
  }

  /** The time of the host's own clock, right or wrong. */
  public Instant own() {
    return clock.instant();
  }

  private boolean holds(Word word) {
    return nanoTime.getAsLong() - word.nanos() <= HOLDS.toNanos();
  }

  /**
   * Notes what the archive said in an answer that has just come.
   *
   * @param second its time, without fractions
   * @param took from the question to the answer
   */
  public void archiveSaid(Instant second, Duration took) {
    if (took.compareTo(SLOWEST) > 0) {
      return;
    }
    // Said at some moment between question and answer, and at some moment of that second.
    Duration unsure = took.dividedBy(2).plusMillis(500);
    Instant now = second.plusMillis(500).plus(took.dividedBy(2));
    Word word = new Word(now, nanoTime.getAsLong(), unsure, Duration.between(now, clock.instant()));
    archive = word;
    tell(word, "that of the archive");
  }

  /**
   * Notes what a peer said in an answer that is to be believed.
   *
   * @param host the peer
   */
  public synchronized void peerSaid(String host, Instant now) {
    Word word =
        new Word(now, nanoTime.getAsLong(), OF_PEERS, Duration.between(now, clock.instant()));
    peers.remove(host);
    peers.put(host, word);
    Word said = archive;
    if (said != null && holds(said)) {
      return;
    }
    peers.values().removeIf(known -> !holds(known));
    tell(
        peers.values().stream()
            .sorted((a, b) -> a.ahead().compareTo(b.ahead()))
            .skip(peers.size() / 2)
            .findFirst()
            .orElse(word),
        peers.size() == 1
            ? "that of " + host + ", and one of both is wrong"
            : "those of its peers");
  }

  private void tell(Word word, String whose) {
    Part part = telemetry.part("clock");
    if (word.disagrees()) {
      part.failing(
          "this host's clock is %s %s %s: its rows are kept under wrong times; set it, and let NTP keep it"
              .formatted(
                  text(word.ahead().abs()),
                  word.ahead().isNegative() ? "behind" : "ahead of",
                  whose));
    } else {
      part.up();
    }
  }

  /** With as many digits as matter. */
  private static String text(Duration length) {
    long seconds = length.plusMillis(500).toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7_200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " days";
  }
}
