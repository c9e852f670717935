package dev.fleetdash;

import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.ArchiveLocation.InDirectory;
import dev.fleetdash.place.AddressBlock;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** Notes values that are each right but cannot hold together. */
final class Contradictions {
  /** More than the rows of a busy host take, gzipped. */
  private static final long SPOOLED_BYTES_A_MINUTE = 64 << 10;

  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127\\.[0-9.]+|\\[?::1]?)(:\\d+)?");

  private Contradictions() {}

  static void note(Environment environment, long heapBytes) {
    flush(environment);
    spoolSize(environment);
    spoolPlace(environment);
    outlives(environment, Settings.RETAIN_1S, Settings.RETAIN_RAW);
    outlives(environment, Settings.RETAIN_1M, Settings.RETAIN_1S);
    outlives(environment, Settings.RETAIN_1H, Settings.RETAIN_1M);
    outlives(environment, Settings.RETAIN_1D, Settings.RETAIN_1H);
    advertise(environment);
    ring(environment, heapBytes);
  }

  private static void flush(Environment environment) {
    environment.conflict(
        environment.value(Settings.FLUSH).toSeconds()
                % environment.value(Settings.SAMPLE).toSeconds()
            != 0,
        Settings.FLUSH,
        Settings.SAMPLE,
        "the time between puts is a multiple of the time between rows; for example FLEETDASH_FLUSH=60s");
  }

  private static void spoolSize(Environment environment) {
    long flushed = environment.value(Settings.FLUSH).toSeconds() * SPOOLED_BYTES_A_MINUTE / 60;
    environment.conflict(
        environment.value(Settings.SPOOL_MAX) < flushed,
        Settings.SPOOL_MAX,
        Settings.FLUSH,
        "the spool has to hold what is put at once; set FLEETDASH_SPOOL_MAX=%dMiB or more, or flush more often"
            .formatted((flushed >> 20) + 1));
  }

  private static void spoolPlace(Environment environment) {
    environment.conflict(
        overlap(environment.value(Settings.ARCHIVE), environment.value(Settings.SPOOL)),
        Settings.SPOOL,
        Settings.ARCHIVE,
        "neither directory may be within the other; for example FLEETDASH_SPOOL=data/spool with FLEETDASH_ARCHIVE=file:data/archive");
  }

  private static boolean overlap(ArchiveLocation archive, Path spool) {
    if (!(archive instanceof InDirectory directory)) {
      return false;
    }
    Path one = directory.root().toAbsolutePath().normalize();
    Path other = spool.toAbsolutePath().normalize();
    return one.startsWith(other) || other.startsWith(one);
  }

  /**
   * A coarser tier is made of the finer one, and is what there is to look at when that has gone.
   */
  private static void outlives(
      Environment environment, Setting<Duration> coarse, Setting<Duration> fine) {
    environment.conflict(
        environment.value(coarse).compareTo(environment.value(fine)) < 0,
        coarse,
        fine,
        "a tier is kept at least as long as the finer one that it is made of; set %s=%s or longer"
            .formatted(coarse.name(), environment.text(fine)));
  }

  private static void advertise(Environment environment) {
    boolean reachable =
        !environment.value(Settings.BIND).isLoopbackAddress()
            || environment.value(Settings.TRUST_PROXY).stream()
                .map(AddressBlock::network)
                .anyMatch(InetAddress::isLoopbackAddress);
    environment.conflict(
        environment
                .value(Settings.ADVERTISE)
                .filter(name -> !LOOPBACK.matcher(name).matches())
                .isPresent()
            && !reachable,
        Settings.ADVERTISE,
        Settings.BIND,
        "peers cannot reach a loopback address; set FLEETDASH_BIND=0.0.0.0, or FLEETDASH_TRUST_PROXY=127.0.0.1 if a proxy on this"
            + " host passes their requests on");
  }

  private static void ring(Environment environment, long heapBytes) {
    long bytes = environment.value(Settings.RING);
    environment.problem(
        bytes > heapBytes / 2,
        Settings.RING,
        "is more than half of java's heap of %d MiB; lower it, or start java with -Xmx%dm"
            .formatted(heapBytes >> 20, (bytes >> 19) + 1));
  }
}
