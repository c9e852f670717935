package dev.fleetdash.archive;

/**
 * How a store is asked that is not quite S3, as {@code FLEETDASH_S3_*} says. Immutable.
 *
 * @param pathStyle where the bucket's name goes
 * @param conditions what is done about conditional writes
 */
public record S3Options(PathStyle pathStyle, Conditions conditions) {
  /** As S3 itself wants it. */
  public static final S3Options DEFAULT = new S3Options(PathStyle.AUTO, Conditions.REQUIRE);

  /** Whether the bucket is in the path, or in front of the host's name. */
  public enum PathStyle {
    /** AWS is asked by host name; other stores by path, unless they refuse that. */
    AUTO,
    YES,
    NO
  }

  /** Whether the store has to keep {@code If-None-Match} and {@code If-Match}. */
  public enum Conditions {
    /** Nothing is written where it does not. */
    REQUIRE,
    /** They are not asked for: each name has one machine, and nobody does another's work. */
    SINGLE_WRITER
  }
}
