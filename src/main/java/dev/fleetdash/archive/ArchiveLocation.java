package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Telemetry;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where the archive is, as {@code FLEETDASH_ARCHIVE} says. Immutable; nothing is looked at. */
public sealed interface ArchiveLocation {

  /** A directory of this host. */
  record InDirectory(Path root) implements ArchiveLocation {
    @Override
    public DirectoryArchive open(S3Options options, Telemetry telemetry) {
      return new DirectoryArchive(root, telemetry.clocks()::archiveSaid);
    }

    @Override
    public String url() {
      return root.toAbsolutePath().normalize().toString();
    }

    @Override
    public String toString() {
      return "file:" + root;
    }
  }

  /**
   * A bucket.
   *
   * @param prefix in front of every key: empty, or ends in {@code /}
   */
  record InBucket(String bucket, String prefix) implements ArchiveLocation {
    @Override
    public Archive open(S3Options options, Telemetry telemetry) {
      return open(S3Connection.fromEnvironment(), options, telemetry);
    }

    /** The archive at another server than the environment says. */
    public Archive open(S3Connection connection, S3Options options, Telemetry telemetry) {
      Archive archive = new S3Archive(this, connection, options, telemetry);
      return switch (options.conditions()) {
        case REQUIRE -> new ProbedArchive(archive, System::nanoTime);
        case SINGLE_WRITER -> new SingleWriterArchive(archive);
      };
    }

    @Override
    public String url() {
      return toString();
    }

    @Override
    public String toString() {
      String text = "s3://" + bucket + "/" + prefix;
      return text.substring(0, text.length() - 1);
    }
  }

  /**
   * Where its keys begin, as other programs take it: an absolute path, or {@code
   * s3://bucket/prefix}.
   */
  String url();

  /**
   * The archive there. It opens nothing before it is used.
   *
   * @param options for a bucket
   */
  Archive open(S3Options options, Telemetry telemetry);

  /** The same, as S3 itself wants it. */
  default Archive open(Telemetry telemetry) {
    return open(S3Options.DEFAULT, telemetry);
  }

  /**
   * Reads {@code file:DIR} or {@code s3://bucket[/prefix]}.
   *
   * @throws IllegalArgumentException with what is wrong and what would be right
   */
  static ArchiveLocation parse(String text) {
    if (text.startsWith("file:")) {
      return Parsing.directory(text);
    }
    if (text.startsWith("s3://")) {
      return Parsing.bucket(text);
    }
    throw Parsing.wrong(text, "must begin with file: or s3://");
  }

  /** Holder, because an interface has no private constants. */
  final class Parsing {
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9!_.*'()=/-]*");

    private Parsing() {}

    private static ArchiveLocation directory(String text) {
      String path = text.substring("file:".length());
      if (path.startsWith("//")) {
        if (!path.startsWith("///")) {
          throw wrong(text, "names a host; a directory is file:/absolute or file:relative");
        }
        path = path.substring(2);
      }
      if (path.isBlank()) {
        throw wrong(text, "names no directory");
      }
      if (path.startsWith("~")) {
        throw wrong(text, "begins with '~', which only a shell expands; write the whole path");
      }
      try {
        return new InDirectory(Path.of(path));
      } catch (InvalidPathException e) {
        throw wrong(text, "is not a path here: " + e.getReason());
      }
    }

    private static ArchiveLocation bucket(String text) {
      String path = text.substring("s3://".length());
      int slash = path.indexOf('/');
      String bucket = slash < 0 ? path : path.substring(0, slash);
      String prefix = slash < 0 ? "" : path.substring(slash + 1);
      if (!BUCKET.matcher(bucket).matches()
          || bucket.contains("..")
          || ADDRESS.matcher(bucket).matches()) {
        throw wrong(
            text,
            "has no bucket name (3 to 63 of a-z, 0-9, '-', '.'; begins and ends with a letter or"
                + " digit)");
      }
      if (!prefix.isEmpty() && !prefix.endsWith("/")) {
        prefix += "/";
      }
      if (!PREFIX.matcher(prefix).matches() || (!prefix.isEmpty() && !Keys.legal(prefix + "x"))) {
        throw wrong(
            text,
            "has a prefix that is not one (letters, digits and !_.*'()=- with single '/' between;"
                + " no part begins with '.')");
      }
      return new InBucket(bucket, prefix);
    }

    private static IllegalArgumentException wrong(String text, String why) {
      return new IllegalArgumentException(
          "'" + text + "' " + why + "; for example file:data/archive or s3://my-bucket/fleetdash");
    }
  }
}
